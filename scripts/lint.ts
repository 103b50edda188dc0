import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { buffer } from 'node:stream/consumers'

/** Side by side, as they need one core each; what one has to say comes in one piece, when it has ended. */
const STEPS: readonly [title: string, command: string, args: readonly string[]][] = [
  ['types', 'tsc', ['-p', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo']],
  ['lint', 'eslint', ['--max-warnings=0', '.']],
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
]

async function run([title, command, args]: (typeof STEPS)[number]): Promise<boolean> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [status]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  process.stdout.write(`\n== ${title}${status === 0 ? '' : ' failed'}\n${stdout.toString()}${stderr.toString()}`)
  return status === 0
}

const passed = await Promise.all(STEPS.map(run))
if (passed.includes(false)) process.exit(1)
