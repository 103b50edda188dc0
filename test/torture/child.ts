import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnvironment } from '../support/clean-environment.ts'

const MAIN = path.join(import.meta.dirname, '../../src/main.ts')

/** Longer than anything takes on a machine that is busy with other things. */
export const PATIENCE_MS = 120_000

/** Who may end by itself, and how: EXIT.unreachable. Anything else is a defect. */
export const GAVE_UP = 69
export const LEAVES_WITHIN_MS = 30_000

/**
 * `evenkeel run` as a process of its own, to be killed, stopped and started again. It needs no test runner around it, and whatever
 * becomes of the process that started it, even SIGKILL: a watcher on the other end of a pipe ends the child, also a stopped one.
 */
export class Child {
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly startedMs = performance.now()
  output = ''
  isOver = false
  private readonly child: ChildProcess
  private readonly watcher: ChildProcess

  constructor(configPath: string, { env = {}, imports = [] }: ChildOptions = {}) {
    const preloads = imports.map((file) => `--import=${path.join(import.meta.dirname, file)}`)
    this.child = spawn(process.execPath, [...preloads, MAIN, 'run', '--config', configPath], {
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.watcher = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${this.child.pid}`], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.watcher.stdin!.on('error', () => undefined) // it may be gone before us
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.isOver = true
      this.watcher.kill('SIGKILL') // first: the number of a process that is gone may be given to another
      return { code: code as number | null, signal: signal as NodeJS.Signals | null }
    })
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.isOver) this.child.kill(signal)
  }

  /** Until it says so; false when it ended before. */
  async says(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<RegExpExecArray | null> {
    for (const endMs = performance.now() + patienceMs; performance.now() < endMs; await sleep(10)) {
      const found = pattern.exec(this.output)
      if (found !== null || this.isOver) return found
    }
    throw new Error(`it never said ${pattern}, for ${patienceMs} ms:\n${this.lastWords()}`)
  }

  /** `running` is the line that the service says when everything of it is joined and started. */
  async runs(): Promise<boolean> {
    return (await this.says(/"running"/)) !== null
  }

  async url(): Promise<string | null> {
    return (await this.says(/listening on (http:\S+)/))?.[1] ?? null
  }

  async endsWithin(ms: number, doing: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const late = sleep(ms, null, { ref: false })
    const ended = await Promise.race([this.ended, late])
    if (ended === null) throw new Error(`${doing}: it did not end within ${ms} ms:\n${this.lastWords()}`)
    return ended
  }

  lastWords(): string {
    return this.output.slice(-3_000)
  }
}

export interface ChildOptions {
  env?: Record<string, string>
  /** Files of this folder that are loaded before the program. */
  imports?: readonly string[]
}

/**
 * Node writes down what it has compiled only at an orderly end, and ours are killed: so one process loads everything first, and ends.
 * Without a place for it (NODE_COMPILE_CACHE, which `npm run` and `npm test` set) every start compiles anew.
 */
export async function warmUp(): Promise<void> {
  if (process.env.NODE_COMPILE_CACHE === undefined) return
  const modules = ['commands/run.ts', 'log/kafka.ts'].map((file) => path.join(import.meta.dirname, '../../src', file))
  const load = modules.map((file) => `await import(${JSON.stringify(file)});`)
  const env = cleanEnvironment()
  const loader = spawn(process.execPath, ['--input-type=module', '-e', load.join('')], { env, stdio: 'ignore' })
  await once(loader, 'close')
}
