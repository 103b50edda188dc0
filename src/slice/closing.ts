import { Frontier } from './frontier.ts'
import { PartitionClosing } from './partition-closing.ts'
import type { SilenceLimits } from './partition-closing.ts'
import type { Progress } from './progress.ts'
import { ReportedClock } from './reported-clock.ts'

/** Which slices are complete: the partitions of all streams of a group, and how long has been waited for the slowest. */
export class Closing {
  private readonly limits: ClosingLimits
  private readonly streams: ReadonlyMap<string, StreamClosing>
  private readonly clock = new ReportedClock()
  private readonly frontier = new Frontier()
  private isFinished = false

  constructor(streams: readonly string[], limits: ClosingLimits) {
    this.limits = limits
    this.streams = new Map(streams.map((stream) => [stream, { count: null, partitions: [] }]))
  }

  /** A topic only grows; partitions that nobody has told of yet hold slices up like any that is not read. */
  setPartitions(stream: string, count: number): void {
    const closing = this.streams.get(stream)!
    closing.count = Math.max(closing.count ?? 0, count)
    while (closing.partitions.length < count) closing.partitions.push(new PartitionClosing())
  }

  addPane(stream: string, partition: number, endMs: number, offset: number): void {
    const closing = this.partitionOf(stream, partition)
    closing.addPane(endMs)
    this.note(closing, offset)
  }

  addProgress(progress: Progress, offset: number): void {
    this.setPartitions(progress.stream, progress.partitions)
    this.clock.add(progress.reporter, progress.nowMs)
    const closing = this.partitionOf(progress.stream, progress.partition)
    closing.addProgress(progress, this.limits)
    this.note(closing, offset)
    this.frontier.date(this.clock.valueMs)
  }

  /** The end of input: what has not come will not come. */
  finish(): void {
    this.isFinished = true
  }

  /** Nobody holds the slice up, and somebody has reached its end; or it has waited long enough. */
  isDue(endMs: number): boolean {
    const states = [...this.streams.keys()].flatMap((stream) => this.statesAt(stream, endMs))
    if (!states.some(({ state }) => state === 'closed')) return false
    const isComplete = states.every(({ state }) => state !== 'open')
    return isComplete || this.frontier.waitedMs(endMs, this.clock.valueMs) >= this.limits.completeWithinMs
  }

  /** By partition number. Until somebody tells how many a stream has, one more that is open stands for those unknown. */
  statesAt(stream: string, endMs: number): PartitionAt[] {
    const { count, partitions } = this.streams.get(stream)!
    const states = partitions.map((closing) => this.stateOf(closing, endMs))
    if (count === null && !this.isFinished) states.push({ state: 'open', isIdle: false })
    return states
  }

  /** The smallest offset that a restart must read again to know all this, for slices that end at `endMs` or later; null = none. */
  neededOffset(endMs: number): number | null {
    const heard = [...this.streams.values()].flatMap(({ partitions }) =>
      partitions.filter((each) => !this.isDead(each)),
    )
    return smallestOf([...heard.map(({ lastOffset }) => lastOffset), this.frontier.neededOffset(endMs)])
  }

  forgetBefore(endMs: number): void {
    this.frontier.forgetBefore(endMs)
  }

  private stateOf(closing: PartitionClosing, endMs: number): PartitionAt {
    const isPast = closing.closedThroughMs < endMs
    if (this.isFinished) return { state: isPast ? 'silent' : 'closed', isIdle: false }
    const state = closing.stateAt(endMs)
    const isIdle = isPast && state !== 'open'
    // What was said about silence stands only while somebody goes on saying it.
    return isIdle && this.isDead(closing) ? { state: 'open', isIdle: false } : { state, isIdle }
  }

  private partitionOf(stream: string, partition: number): PartitionClosing {
    const { partitions } = this.streams.get(stream)!
    while (partitions.length <= partition) partitions.push(new PartitionClosing())
    return partitions[partition]!
  }

  private note(closing: PartitionClosing, offset: number): void {
    closing.lastOffset = offset
    closing.lastClockMs = this.clock.valueMs
    if (closing.throughMs > -Infinity) this.frontier.advance(closing.throughMs, offset)
  }

  /** Nobody has told of it for as long as a slice waits: it is not read any more, and its last record need not be read again. */
  private isDead(closing: PartitionClosing): boolean {
    return this.clock.valueMs - closing.lastClockMs > this.limits.completeWithinMs
  }
}

/** null where there is none. */
export function smallestOf(offsets: readonly (number | null)[]): number | null {
  let first: number | null = null
  for (const offset of offsets) if (offset !== null && (first === null || offset < first)) first = offset
  return first
}

export interface ClosingLimits extends SilenceLimits {
  completeWithinMs: number
}

export interface PartitionAt {
  state: 'closed' | 'silent' | 'open'
  /** Counts as closed only because it has fallen silent. */
  isIdle: boolean
}

interface StreamClosing {
  /** As progress records say; null = nobody has. */
  count: number | null
  partitions: PartitionClosing[]
}
