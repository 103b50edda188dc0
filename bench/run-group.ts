import { growYoungSpaceAtOnce } from '../src/young-space.ts'
import { GROUPS } from './groups.ts'

/** One group in this process: `run-group.ts GROUP SCALE`. Rows go to the parent. */
growYoungSpaceAtOnce() // as the program does
const [name, scale] = process.argv.slice(2)
const group = await GROUPS[name!]!.load()
const rows = await group({ scale: Number(scale) })
// What a measured part may have left open (sockets, timers) must not keep the process.
process.send!(rows, () => process.exit(0))
