import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import process from 'node:process'
import type { SliceEvents } from './events.ts'
import { PEERS_FOLDER } from './peers-environment.ts'
import { Random } from './random.ts'
import type { Scenario } from './scenario.ts'

/** What a rival made of a day; see `bench/peers/peers.py`. */
export interface PeerResult {
  /** Hours with an alarm. */
  hours: number
  /** Hours in a row are one alarm. */
  alarms: number
  /** Of these, those that began before the change. */
  before: number
  /** Minutes from the change to the end of the first window with an alarm. */
  delay: number | null
  seconds: number
}

const KSWIN = 'river KSWIN difference'
/** It takes some twenty seconds for a day. */
const KSWIN_SCENARIOS = ['iid', 'clustered', 'shift-0.2', 'shift-0.3']

/** Names say package, method, and for river what it is fed. */
/** @param isSlow with KSWIN, where it is tried at all */
export function peersFor({ name, values }: Scenario, isSlow: boolean): string[] {
  const anyKind = ['evidently default', 'evidently p < 0.05', 'evidently JS >= 0.1', 'evidently PSI > 0.2']
  // The number of a category is no number.
  if (values.kind === 'zipf') return anyKind
  const detectors = ['ADWIN', 'PageHinkley'].flatMap((each) => [`river ${each} candidate`, `river ${each} difference`])
  return [
    ...anyKind,
    'evidently W1/std >= 0.1',
    ...detectors,
    ...(isSlow && KSWIN_SCENARIOS.includes(name) ? [KSWIN] : []),
  ]
}

/** The day as it is handed over: the values of all slices, as they were judged. */
export class PeerDay {
  readonly #random: Random
  readonly #counts: [number, number][] = []
  readonly #values: Buffer[] = []

  constructor(seed: string) {
    this.#random = new Random(seed)
  }

  /** In random order: the bench makes a unit's events one after the other, and no stream brings them so. */
  add(slice: SliceEvents): void {
    this.#counts.push([slice[0].length, slice[1].length])
    for (const { values, length } of slice) {
      const shuffled = values.slice(0, length)
      for (let at = length - 1; at > 0; at--) {
        const other = this.#random.below(at + 1)
        const value = shuffled[at]!
        shuffled[at] = shuffled[other]!
        shuffled[other] = value
      }
      this.#values.push(Buffer.from(shuffled.buffer))
    }
  }

  frame(scenario: Scenario, rivals: readonly string[]): Buffer {
    const { values, change } = scenario
    const kind = values.kind === 'zipf' ? 'categories' : values.kind in RATE_KINDS ? 'rate' : 'numeric'
    const header = Buffer.from(JSON.stringify({ kind, counts: this.#counts, after: change?.after ?? null, rivals }))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(header.length)
    return Buffer.concat([length, header, ...this.#values])
  }
}

const RATE_KINDS = { rate: true, missing: true }

/** The child process that judges days, one after the other. */
export class Peers {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(python: string) {
    const env = { ...process.env, DO_NOT_TRACK: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
    this.#child = spawn(python, [path.join(PEERS_FOLDER, 'peers.py')], { stdio: ['pipe', 'pipe', 'inherit'], env })
    // A child that ends early shows as the end of its answers.
    this.#child.stdin.on('error', () => {})
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  static async start(python: string): Promise<Peers> {
    const peers = new Peers(python)
    await peers.#answer()
    return peers
  }

  async judge(scenario: Scenario, day: PeerDay, rivals: readonly string[]): Promise<Record<string, PeerResult>> {
    // One day is under way at a time: the pipe holds no more than that.
    this.#child.stdin.write(day.frame(scenario, rivals))
    return (await this.#answer()) as Record<string, PeerResult>
  }

  async stop(): Promise<void> {
    this.#child.stdin.end()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }

  async #answer(): Promise<unknown> {
    const { done, value } = await this.#lines.next()
    if (done === true) throw new Error('the rivals’ process ended; what it said stands above')
    return JSON.parse(value)
  }
}
