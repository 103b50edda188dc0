import process from 'node:process'
import { setImmediate as eventLoopTurned } from 'node:timers/promises'
import { Random } from './random.ts'

/**
 * A time of its own, and the only one who decides what happens next: events in order of their time, one after the other. Before
 * the next one begins, all promises that the last one settled have been followed to their end. So a run is a function of its seed.
 */
export class Scheduler {
  nowMs: number
  readonly random: Random
  /** A binary heap by time, then by the order of asking. */
  private readonly heap: Entry[] = []
  private asked = 0
  events = 0
  private readonly drained: () => Promise<void>

  /** `hasDisks`: who reads files lets the event loop turn meanwhile, and is waited for. */
  constructor(seed: number, startMs: number, hasDisks = false) {
    this.random = new Random(seed)
    this.drained = hasDisks ? eventLoopTurned : promisesFollowed
    this.nowMs = startMs
  }

  after(ms: number, work: () => void): void {
    this.push({ atMs: this.nowMs + Math.max(0, ms), order: this.asked++, work })
  }

  async runUntil(endMs: number): Promise<void> {
    for (let first = this.heap[0]; first !== undefined && first.atMs <= endMs; first = this.heap[0]) {
      this.pop()
      this.nowMs = first.atMs
      this.events++
      first.work()
      await this.drained()
    }
    this.nowMs = endMs
  }

  private push(entry: Entry): void {
    let at = this.heap.push(entry) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (isBefore(this.heap[above]!, entry)) break
      this.heap[at] = this.heap[above]!
      at = above
    }
    this.heap[at] = entry
  }

  private pop(): void {
    const last = this.heap.pop()!
    if (this.heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= this.heap.length) break
      if (below + 1 < this.heap.length && isBefore(this.heap[below + 1]!, this.heap[below]!)) below++
      if (isBefore(last, this.heap[below]!)) break
      this.heap[at] = this.heap[below]!
      at = below
    }
    this.heap[at] = last
  }
}

/** Node looks at its ticks when no promise is left to be followed. A turn of the event loop would do as well, and costs more. */
function promisesFollowed(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)))
}

interface Entry {
  atMs: number
  order: number
  work: () => void
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}
