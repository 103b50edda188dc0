#!/usr/bin/env node
/** Arguments and signals in, exit code out. Commands load lazily: `check` should not wait for an HTTP server's code. */
import process from 'node:process'

const [major] = process.versions.node.split('.').map(Number)
if (major! < 24) {
  process.stderr.write(`evenkeel needs Node 24 or newer; this is ${process.versions.node}\n`)
  process.exit(64)
}

const { runCommand } = await import('./commands/main.ts')
process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
})
