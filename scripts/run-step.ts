import { spawnSync } from 'node:child_process'
import process from 'node:process'

/** Runs one step of a script in the foreground; a failing step ends the whole script with its exit code. */
export function runStep(title: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  process.stdout.write(`\n== ${title}\n`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
