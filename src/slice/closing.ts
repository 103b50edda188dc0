import type { Doubt, Stretch } from './doubts.ts'
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
  /** Of the next slice: what is known by now of panes in doubt. */
  private readonly settled = new Map<string, 'empty' | 'gone'>()
  /** Where records were first lost that may have been panes of anybody; null = nowhere. */
  private lostOffset: number | null = null

  constructor(streams: readonly string[], limits: ClosingLimits) {
    this.limits = limits
    this.streams = new Map(streams.map((stream) => [stream, { count: null, partitions: [], early: [] }]))
  }

  /** A topic only grows; partitions that nobody has told of yet hold slices up like any that is not read. */
  setPartitions(stream: string, count: number): void {
    const closing = this.streams.get(stream)!
    closing.count = Math.max(closing.count ?? 0, count)
    while (closing.partitions.length < count) closing.partitions.push(this.newPartition())
    for (const { partition, stretch } of closing.early) closing.partitions[partition]?.doubts.add(stretch)
    closing.early = []
  }

  addPane(stream: string, partition: number, startMs: number, offset: number): void {
    const closing = this.partitionOf(stream, partition)
    closing.addPane(startMs, startMs + this.limits.lengthMs)
    this.note(closing, offset)
  }

  /** A record of this pane cannot be read, or is not whole yet. Nothing that it says of itself is sure: it makes no partition. */
  doubt({ stream, partition, startMs }: PanePlace, digest: string | null, offset: number): void {
    const { count, partitions, early } = this.streams.get(stream)!
    const stretch = { fromMs: startMs, toMs: startMs + this.limits.lengthMs, digest, offset }
    if (partition < partitions.length) partitions[partition]!.doubts.add(stretch)
    else if (count === null && early.length < EARLY_MAX) early.push({ partition, stretch })
  }

  /** Records cannot be read, or are gone, that may have been panes of any partition. */
  lose(offset: number): void {
    this.lostOffset ??= offset
    for (const { partitions } of this.streams.values()) {
      for (const each of partitions) each.doubts.lose(each.closedThroughMs, Math.min(offset, each.lastOffset ?? offset))
    }
  }

  /** Panes in doubt without which the slice would not be complete, while it is due and may still wait. */
  missing(startMs: number, isThere: (stream: string, partition: number) => boolean): DoubtedPane[] {
    const endMs = startMs + this.limits.lengthMs
    if (!this.isDue(endMs) || this.isOverdue(endMs)) return []
    return [...this.streams.keys()].flatMap((stream) =>
      this.statesAt(stream, endMs).flatMap(({ doubt }, partition) => {
        const place = { stream, partition, startMs }
        const isSettled = doubt === null || isThere(stream, partition) || this.settled.has(keyOf(place))
        return isSettled ? [] : [{ ...place, ...doubt }]
      }),
    )
  }

  /** The first pane in doubt that begins before this and of which nothing is known by now. */
  firstDoubtMs(beforeMs: number): number | null {
    const starts = [...this.streams].flatMap(([stream, { partitions }]) =>
      partitions.flatMap(
        ({ doubts }, partition) =>
        doubts.startsMs().filter((startMs) => startMs < beforeMs && !this.settled.has(keyOf({ stream, partition, startMs }))), // prettier-ignore
      ),
    )
    return starts.length === 0 ? null : Math.min(...starts)
  }

  /** `empty`: there was no such pane. `gone`: nobody can say what it was. */
  settle(place: PanePlace, as: 'empty' | 'gone'): void {
    this.settled.set(keyOf(place), as)
  }

  /** The slice has waited as long as it may. */
  isOverdue(endMs: number): boolean {
    return this.frontier.waitedMs(endMs, this.clock.valueMs) >= this.limits.completeWithinMs
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
    return isComplete || this.isOverdue(endMs)
  }

  /** By partition number. Until somebody tells how many a stream has, one more that is open stands for those unknown. */
  statesAt(stream: string, endMs: number): PartitionAt[] {
    const { count, partitions } = this.streams.get(stream)!
    const startMs = endMs - this.limits.lengthMs
    const states = partitions.map((closing, partition): PartitionAt => {
      const doubt = closing.doubts.at(startMs, endMs)
      const isEmpty = doubt !== null && this.settled.get(keyOf({ stream, partition, startMs })) === 'empty'
      return { ...this.stateOf(closing, endMs), doubt: isEmpty ? null : doubt }
    })
    if (count === null && !this.isFinished) states.push({ state: 'open', isIdle: false, doubt: null })
    return states
  }

  /** The smallest offset that a restart must read again to know all this, for slices that end at `endMs` or later; null = none. */
  neededOffset(endMs: number): number | null {
    const heard = [...this.streams.values()].flatMap(({ partitions }) =>
      partitions.filter((each) => !this.isDead(each)),
    )
    const doubts = [...this.streams.values()].flatMap(({ partitions, early }) => [
      ...partitions.filter((each) => each.lastOffset === null || !this.isDead(each)).map((each) => each.doubts.neededOffset()),
      ...early.map(({ stretch }) => stretch.offset),
    ]) // prettier-ignore
    return smallestOf([...heard.map(({ lastOffset }) => lastOffset), this.frontier.neededOffset(endMs), ...doubts])
  }

  forgetBefore(endMs: number): void {
    this.frontier.forgetBefore(endMs)
    this.settled.clear()
    for (const { partitions } of this.streams.values())
      for (const { doubts } of partitions) doubts.forgetBefore(endMs - this.limits.lengthMs)
  }

  private stateOf(closing: PartitionClosing, endMs: number): Omit<PartitionAt, 'doubt'> {
    const isPast = closing.closedThroughMs < endMs
    if (this.isFinished) return { state: isPast ? 'silent' : 'closed', isIdle: false }
    const state = closing.stateAt(endMs)
    const isIdle = isPast && state !== 'open'
    // What was said about silence stands only while somebody goes on saying it.
    return isIdle && this.isDead(closing) ? { state: 'open', isIdle: false } : { state, isIdle }
  }

  private partitionOf(stream: string, partition: number): PartitionClosing {
    const { partitions } = this.streams.get(stream)!
    while (partitions.length <= partition) partitions.push(this.newPartition())
    return partitions[partition]!
  }

  private newPartition(): PartitionClosing {
    const closing = new PartitionClosing()
    if (this.lostOffset !== null) closing.doubts.lose(-Infinity, this.lostOffset)
    return closing
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
  /** Where it has no pane here: it may have had one. */
  doubt: Doubt | null
}

export interface PanePlace {
  stream: string
  partition: number
  startMs: number
}

export interface DoubtedPane extends PanePlace {
  /** As a record says that cannot be read; null = none does. */
  digest: string | null
}

interface StreamClosing {
  /** As progress records say; null = nobody has. */
  count: number | null
  partitions: PartitionClosing[]
  /** Doubts that came before anybody said how many partitions there are. */
  early: { partition: number; stretch: Stretch }[]
}

const EARLY_MAX = 10_000

function keyOf({ stream, partition, startMs }: PanePlace): string {
  return `${startMs} ${partition} ${stream}`
}
