import { registerHooks } from 'node:module'
import process from 'node:process'
import { breakText } from './mutant.ts'
import type { Mutant } from './mutant.ts'

/**
 * `node --import ./break-on-load.ts FILE` with MUTANT in the environment: that one constant is broken in the source as it is
 * loaded. Nothing on disk is touched, so whatever runs at the same time sees the right program.
 */
const { url, ...mutant } = JSON.parse(process.env.MUTANT!) as Mutant & { url: string }
let isBroken = false

registerHooks({
  load(each, context, nextLoad) {
    const module = nextLoad(each, context)
    if (each !== url) return module
    const { source } = module
    if (source === undefined || source === null) throw new Error(`${url} has no source to break`)
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
    isBroken = true
    return { ...module, source: breakText(text, mutant) }
  },
})

process.on('exit', () => {
  if (isBroken) return
  process.stderr.write(`${mutant.file} was never loaded\n`)
  process.exitCode = NEVER_LOADED
})

const NEVER_LOADED = 86
