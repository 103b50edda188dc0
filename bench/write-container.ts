import { writeContainer } from './event-files.ts'

/** In a process of its own, into a pipe: `write-container.ts PATH COUNT STEP_MS`. */
const [path, count, stepMs] = process.argv.slice(2)
await writeContainer(path!, Number(count), Number(stepMs))
