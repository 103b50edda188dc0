import type { LogRecord } from '../log/log.ts'
import { Observer } from '../observe.ts'
import type { ObserveOutbox } from '../observe.ts'
import type { Checkpoint } from '../pane/checkpoint.ts'
import { paneDigest } from '../pane/digest.ts'
import type { Pane } from '../pane/pane.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { NextEra, ObservedStream } from '../service/observed-partition.ts'
import type { Comparison, Outcome } from './comparison.ts'
import { DimStretches } from './dim-stretches.ts'
import type { RecordedPane, RecordedPartition } from './recorded-panes.ts'

/**
 * One partition's panes of one era made again from its events, and compared with those on record.
 *
 * Who begins in the middle of a log does not know the watermark there, nor the ids and the early events that came before. After
 * 64 timed records the window of the watermark is the same as if one had always been there; what was read before can then only
 * have gone into panes up to `ahead` beyond it, and ids are compared with the pane before. From there on panes are certain:
 *
 *   first offset that is left    64 records    watermark + ahead      two panes further
 *   ──────────────┤·················┤───────────────┤──────────────────────┤ certain ──►
 *
 * A pane that differs earlier than that says nothing. Where the log reaches back to where the watch of the partition began,
 * everything is certain.
 *
 * Silence. A pane that was closed because its partition fell silent was closed by a clock. Progress records say at which offset,
 * so it is closed there again; if it differs all the same (events came meanwhile, and somebody crashed) that is no fault, and
 * what follows within its reach is not certain either.
 *
 * Eras. Where another one begins the observer leaves aside what belongs there, as it did the first time, and the next era's goes on
 * from where it stands (rebuilt-eras.ts).
 */
export class RebuiltPartition {
  readonly partition: number
  readonly topic: string
  position: number
  /** Where the log ended when we began. */
  readonly end: number
  readonly stream: ObservedStream
  private readonly options: RebuiltPartitionOptions
  private observer: Observer
  private readonly left: Map<number, RecordedPane>
  private readonly firstStartMs: number
  private readonly lastStartMs: number
  private silentAt: number[]
  /** Of panes on record that were closed by silence and are yet to be passed. */
  private readonly idleStarts: number[]
  /** null = nobody can say yet. */
  private certainFromMs: number | null
  private readonly dim: DimStretches
  private isHeld = false

  constructor(options: RebuiltPartitionOptions) {
    const { stream, partition, from, end, recorded, certainFromMs } = options
    const { plan, panes } = stream
    this.options = options
    this.stream = stream
    this.topic = plan.topic
    this.partition = partition
    this.dim = new DimStretches(panes)
    this.position = from
    this.end = end
    this.certainFromMs = certainFromMs
    this.left = new Map(recorded.panes)
    const starts = [...recorded.panes.keys(), ...recorded.broken.keys()]
    this.firstStartMs = starts.reduce((first, each) => Math.min(first, each), Infinity)
    this.lastStartMs = starts.reduce((last, each) => Math.max(last, each), -Infinity)
    this.silentAt = [...recorded.silentAt].filter((offset) => offset > from).sort((a, b) => a - b)
    this.idleStarts = [...recorded.panes]
      .flatMap(([startMs, { idle }]) => (idle ? [startMs] : []))
      .sort((a, b) => a - b)
    this.observer = this.observerAt({ offset: from, checkpoint: null })
  }

  /** The era before was made again to its very end: its observer's last commit is where this one begins, and all of it is certain. */
  goOnFrom(commit: ObserveOutbox['commit']): void {
    this.observer = this.observerAt(commit)
    this.position = commit.offset
    this.silentAt = this.silentAt.filter((offset) => offset > commit.offset)
    this.certainFromMs = -Infinity
  }

  private observerAt({ offset, checkpoint }: { offset: number; checkpoint: Checkpoint | null }): Observer {
    const { stream, partition, options } = this
    const { plan, panes, paneConfigDigest, decoder } = stream
    const observer = new Observer({ plan, partition, panes, paneConfigDigest, decoder, offset, checkpoint })
    observer.know(options.segments)
    const { next = null } = options
    if (next !== null) observer.turn.endAt(next.fromMs, next.neededFromMs)
    return observer
  }

  /** Nothing more is to be made of this era: it is over, or nobody can say which segments its panes count. */
  get isOver(): boolean {
    return this.isHeld || this.observer.turn.isEnded
  }

  /** Where the next era's observer began; null: what was made here is not certain to be what was made the first time. */
  get turn(): ObserveOutbox['commit'] | null {
    const { next = null, recorded } = this.options
    if (next === null || !this.observer.turn.isEnded) return null
    // Nobody waited for this partition, or it was closed by a silence that was told nowhere.
    if (recorded.closedThroughMs < next.fromMs || recorded.closedAt < this.position) return null
    const lastMs = next.fromMs - this.stream.panes.lengthMs
    return this.isSure(lastMs) && !this.dim.has(next.fromMs) ? this.observer.commitPoint() : null
  }

  get isEnded(): boolean {
    return (
      this.isHeld || this.position >= this.end || this.observer.closedThroughMs >= (this.options.throughMs ?? Infinity)
    )
  }

  observe(record: LogRecord): void {
    this.closeSilent(record.offset)
    // Who watches stops here as well: which segments this pane counts is not decided yet.
    if (!this.isHeld && !this.observer.observe(record)) this.isHeld = true
    this.position = record.offset + 1
    if (this.certainFromMs === null) this.certainFromMs = this.findCertain()
    if (this.observer.hasClosed) this.compareClosed()
    this.dim.step(this.observer.closedThroughMs)
  }

  lose(count: number): void {
    this.observer.lose(count)
  }

  /** Everything below `offset` was read: behind the last record there may be gaps and markers. */
  advance(offset: number): void {
    this.position = Math.max(this.position, offset)
    this.closeSilent(this.position)
    this.compareClosed()
  }

  /** What is on record and was not made again. `failure`: why not everything could be read. */
  finish(failure: string | null): void {
    for (const [startMs, pane] of this.left) this.tell(startMs, pane.digest, null, ...this.whyLeft(startMs, pane, failure)) // prettier-ignore
    this.left.clear()
    for (const [startMs, { digest, found }] of this.options.recorded.broken)
      this.tell(startMs, found, digest, 'differs', BROKEN)
  }

  /** 64 timed records were classified: then the watermark's window is full. */
  private findCertain(): number | null {
    const { accepted, late, synthetic, rejected } = this.observer.counted
    const timed = accepted.reduce((sum, count) => sum + count, late + synthetic) + (rejected.get('missing-cohort') ?? 0)
    if (timed < WINDOW_RECORDS) return null
    const { aheadMs, lengthMs } = this.stream.panes
    const reachMs = Math.max(this.observer.watermarkMs, this.options.recorded.closedBeforeMs) + aheadMs
    return Math.max(this.options.certainFromMinMs, (Math.floor(reachMs / lengthMs) + 2) * lengthMs)
  }

  /** At the offset where the observer did. */
  private closeSilent(offset: number): void {
    while (this.silentAt.length > 0 && this.silentAt[0]! <= offset) {
      this.silentAt.shift()
      // The clock is only looked at where not one record had a usable time; such panes are idle, and exempt.
      if (this.observer.isOpen) this.observer.closeIdle(0)
    }
    this.compareClosed()
  }

  private compareClosed(): void {
    for (const pane of this.observer.takeOutbox().panes) this.compare(pane)
  }

  private compare(pane: Pane): void {
    const { startMs } = pane
    const recomputed = paneDigest(pane)
    this.dimMissed(startMs)
    const recorded = this.left.get(startMs)
    this.left.delete(startMs)
    // Also where only ours was: at the next silence, panes are open here that were closed there, or the other way round.
    if (pane.idle || recorded?.idle === true) this.dim.add(startMs, recorded?.digest === recomputed)
    if (recorded === undefined) {
      this.options.onUnrecorded?.(pane, recomputed, this.isSure(startMs) && pane.lost === 0)
      return this.compareUnrecorded(startMs, recomputed)
    }
    if (recorded.digest === recomputed) return this.tell(startMs, recorded.digest, recomputed, 'equal', null)
    this.tell(startMs, recorded.digest, recomputed, ...this.whyDiffers(startMs, recorded, pane.lost))
  }

  /** Closed by silence on record, and never opened here. */
  private dimMissed(beforeMs: number): void {
    while (this.idleStarts.length > 0 && this.idleStarts[0]! < beforeMs) {
      const startMs = this.idleStarts.shift()!
      if (this.left.has(startMs)) this.dim.add(startMs, false)
    }
  }

  private compareUnrecorded(startMs: number, recomputed: string): void {
    const { recorded } = this.options
    const broken = recorded.broken.get(startMs)
    if (broken !== undefined) {
      recorded.broken.delete(startMs)
      return this.tell(startMs, broken.found, recomputed, 'differs', BROKEN)
    }
    if (startMs < this.firstStartMs || startMs > this.lastStartMs || !this.isCertain(startMs)) return
    const missing: [Outcome, string] = ['differs', 'the pane is not on the topic']
    this.tell(startMs, null, recomputed, ...(this.dim.has(startMs) ? DIM : missing))
  }

  private whyDiffers(startMs: number, { idle, lost }: RecordedPane, lostHere: number): [Outcome, string] {
    if (idle) return ['exempt', IDLE]
    if (lost > 0) return ['exempt', LOST]
    if (!this.isCertain(startMs)) return ['out-of-reach', UNCERTAIN]
    if (this.dim.has(startMs)) return DIM
    if (lostHere > 0) return ['unreadable', 'some of its events cannot be read']
    return ['differs', 'its events give another pane']
  }

  private whyLeft(startMs: number, { idle, lost }: RecordedPane, failure: string | null): [Outcome, string] {
    if (idle) return ['exempt', IDLE]
    if (lost > 0) return ['exempt', LOST]
    if (this.options.recorded.positionMax > this.end)
      return ['out-of-reach', 'the events topic was created again since']
    if (!this.isCertain(startMs)) return ['out-of-reach', UNCERTAIN]
    if (failure !== null) return ['unreadable', failure]
    if (this.isHeld) return ['out-of-reach', 'which segments it counts stands in no ledger record']
    if (this.dim.has(startMs)) return DIM
    return ['differs', 'it follows from no events']
  }

  /** Whether a pane that was made again, or none, is what there must have been. */
  isSure(startMs: number): boolean {
    return this.isCertain(startMs) && !this.dim.has(startMs)
  }

  /** Event time that was closed on the way. */
  get closedThroughMs(): number {
    return this.observer.closedThroughMs
  }

  private isCertain(startMs: number): boolean {
    return this.certainFromMs !== null && startMs >= this.certainFromMs
  }

  private tell(
    startMs: number,
    onRecord: string | null,
    recomputed: string | null,
    outcome: Outcome,
    reason: string | null,
  ): void {
    // prettier-ignore
    const { stream, partition, options } = this
    options.comparison.add({ level: 'panes', of: stream.plan.stream, partition, startMs, onRecord, recomputed, outcome, reason }) // prettier-ignore
    if (outcome === 'differs') options.differs(stream.plan.stream, partition, startMs)
  }
}

const WINDOW_RECORDS = 64
const IDLE = 'closed by silence, which a clock decides'
const LOST = 'incomplete: events were lost before they were read'
const UNCERTAIN = 'the events that are left begin too late to make it again with certainty'
const BROKEN = 'the bytes on record do not have the digest that they name'
const DIM: [Outcome, string] = ['exempt', 'next to one that was closed by silence']

export interface RebuiltPartitionOptions {
  stream: ObservedStream
  partition: number
  /** The first offset to read, and the first not to. */
  from: number
  end: number
  /** -Infinity: the log reaches back to where the watch began; null: to be found out. */
  certainFromMs: number | null
  /** Nothing before this is certain, whatever is found out. */
  certainFromMinMs: number
  recorded: RecordedPartition
  segments: SegmentKnowledge
  /** The era that follows; left out: none. */
  next?: NextEra | null
  comparison: Comparison
  /** Nothing is wanted from here on. */
  throughMs?: number
  /** Told of each pane that is not on record as it should be; `isSure`: it can have been no other. */
  onUnrecorded?: ((pane: Pane, digest: string, isSure: boolean) => void) | undefined
  /** Told of each pane that differs: what is made of it cannot be the same. */
  differs: (stream: string, partition: number, startMs: number) => void
}
