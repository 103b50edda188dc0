#!/usr/bin/env node
/** Arguments and signals in, exit code out. Commands load lazily: `check` should not wait for an HTTP server's code. */
import process from 'node:process'
import { growYoungSpaceAtOnce } from './young-space.ts'

const [major] = process.versions.node.split('.').map(Number)
if (major! < 24) {
  process.stderr.write(`evenkeel needs Node 24 or newer; this is ${process.versions.node}\n`)
  process.exit(64)
}

growYoungSpaceAtOnce()

// Whoever read our output may be gone (`| head`): the exit code is still owed.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

const { runCommand } = await import('./commands/main.ts')
const code = await runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
})
for (const output of [process.stdout, process.stderr]) await new Promise((resolve) => output.write('', resolve))
// A command is over when it says so: a client that still calls for a dead broker would keep the process for minutes.
process.exit(code)
