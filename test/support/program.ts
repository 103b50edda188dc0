import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnvironment } from './clean-environment.ts'

/** The program as its users start it: a process of its own, with arguments, an environment and an exit code. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface StartOptions {
  cwd?: string
  env?: Record<string, string>
  timeoutMs?: number
  /** In place of the sources: say, what `npm pack` made. */
  main?: string
  /** Whose rights it has; only root may give others than its own. */
  uid?: number
}

export const MAIN = path.join(import.meta.dirname, '../../src/main.ts')

/** Runs a command to its end. A command that does not end is killed, and the test fails with what it has said so far. */
export async function evenkeel(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const program = new Program(args, options)
  const timer = setTimeout(() => program.kill('SIGKILL'), options.timeoutMs ?? 300_000)
  const ended = await program.ended
  clearTimeout(timer)
  if (ended.signal === 'SIGKILL') throw new Error(`evenkeel ${args.join(' ')} did not end:\n${ended.stderr}`)
  return ended
}

/** Starts `evenkeel run` and waits until it listens. */
export async function startRun(
  configPath: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<RunningService> {
  const program = new Program(['run', '--config', configPath, ...args], options)
  const url = await program.says(/listening on (http:\S+)/)
  return Object.assign(program, { url: url[1]! })
}

export type RunningService = Program & { url: string }

export class Program {
  readonly pid: number
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  private readonly child: ChildProcess
  private isOver = false

  constructor(args: readonly string[], { cwd, env = {}, main = MAIN, uid }: StartOptions) {
    this.child = spawn(process.execPath, [main, ...args], { cwd, env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...(uid === undefined ? {} : { uid }) }) // prettier-ignore
    this.pid = this.child.pid!
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.isOver = true
      children.delete(this)
      const { stdout, stderr } = this
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr }
    })
    children.add(this)
  }

  /** SIGTERM, and the promise that goes with it: an end by itself, exit 0, within five seconds and what the machine adds. */
  async stopsInTime(): Promise<void> {
    const askedMs = performance.now()
    this.kill('SIGTERM')
    const { code, signal, stderr } = await this.ended
    const tookMs = Math.round(performance.now() - askedMs)
    assert.deepEqual([code, signal], [0, null], stderr)
    assert.ok(tookMs < STOP_WITHIN_MS + SLACK_MS, `${tookMs} ms\n${stderr}`)
  }

  /** Waits until stderr says it. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(pattern, () => this.stderr)
  }

  /** Waits until it stands on stdout. */
  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(pattern, () => this.stdout)
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  private async until(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    for (const endMs = performance.now() + SAYS_WITHIN_MS; ; await sleep(20)) {
      const found = pattern.exec(text())
      if (found !== null) return found
      if (this.isOver || performance.now() > endMs)
        throw new Error(`never said ${pattern}:\n${this.stdout}\n${this.stderr}`)
    }
  }
}

/** A start takes a second; on a machine that is busy with other tests, many. */
const SAYS_WITHIN_MS = 180_000

/** That the service itself gives up waiting before that is held to the millisecond in test/unit/stop-steps.test.ts. */
const STOP_WITHIN_MS = 5_000
const SLACK_MS = 20_000

/** Whatever happens to a test, its processes go with it. */
const children = new Set<Program>()
const killAll = (): void => {
  for (const child of children) child.kill('SIGKILL')
}
after(killAll)
process.on('exit', killAll)
