import { sha256 } from './ledger/digest.ts'
import type { LedgerBody, PipeBody, WatchStarted } from './ledger/record.ts'
import type { Pane } from './pane/pane.ts'
import type { StreamPlan } from './pane/plan.ts'
import type { SegmentKnowledge } from './pane/segments.ts'
import type { AssembleCounts, PaneOutcome } from './slice/assemble-counts.ts'
import { CellBook } from './slice/cell-book.ts'
import { Closing, smallestOf } from './slice/closing.ts'
import type { DoubtedPane, PanePlace } from './slice/closing.ts'
import { encodeSlice } from './slice/codec.ts'
import { EraSpan } from './slice/era-span.ts'
import { isPaneOf, isSliceOf, watchOf } from './slice/group-plan.ts'
import type { GroupPlan } from './slice/group-plan.ts'
import { Listing } from './slice/listing.ts'
import { mergePanes } from './slice/merge-panes.ts'
import { PaneShelf } from './slice/pane-shelf.ts'
import { SegmentBook } from './slice/segment-book.ts'
import type { Progress } from './slice/progress.ts'
import type { PartitionEntry, SealedSlice, Slice, StreamSlice } from './slice/slice.ts'

/**
 * One group of streams: panes in, slices out.
 *
 *   pane ─────► shelf: by start, one per partition ─┐
 *   progress ─► closing: who is through, who silent ├─► next(): watch-started ─► cells-frozen* ─► slice ─► cells-frozen* ─► slice …
 *   ledger ───► cell book: what is cut, what is due ┘
 *
 * Pure: no clock, no I/O. THE ORDER: whatever `next` gives must be appended to its log AND READ BACK, through `addLedger` or
 * `addSlice`, BEFORE `next` is asked again. What is read back may be another's: the first in the log wins, and a slice already
 * decided is never changed by a pane that comes later. After a restart, the ledger and the slices that stand in the logs are
 * added first, then panes and progress from the committed offset on; `next` goes on as if nothing had happened.
 * Replay does the same in memory: what `next` gives is handed straight back.
 */
export class Assembler {
  readonly counted: AssembleCounts = { duplicatePanes: 0, conflictingPanes: 0, latePanes: 0, foreign: 0 }
  readonly era: EraSpan
  private readonly group: GroupPlan
  private readonly plans: ReadonlyMap<string, StreamPlan>
  private readonly shelf = new PaneShelf()
  private closing: Closing
  private readonly listing = new Listing()
  private readonly cells: CellBook
  private readonly segments: SegmentBook
  private readonly hasBaseline: boolean
  private watch: WatchStarted | null = null
  /** Number of the last slice read back. */
  private number = 0
  /** Every slice of the watch was added: then the records that are due are those that were due when they were written. */
  private isWhole = false
  /** The watch of slices that stand in the log, where the ledger's record of it is lost. */
  private lostWatch: WatchStarted | null = null
  /** The ledger's last watch is this era's: what is frozen after it is ours. */
  private isOurTurn = false
  /** Given out and not yet read back: asked again, `next` must give the very same bytes. */
  private outstanding: SliceStep | null = null

  constructor(group: GroupPlan) {
    this.group = group
    this.era = new EraSpan(group)
    this.plans = new Map(group.streams.map((plan) => [plan.stream, plan]))
    this.closing = new Closing([...this.plans.keys()], group.panes)
    this.cells = new CellBook(this.stream, group.panes.lengthMs, group.streams, group.cellsOfBaseline)
    this.segments = new SegmentBook(group.streams, group.panes, group.countsSegments === true)
    const { cellsOfBaseline = () => null } = group
    this.hasBaseline = group.streams.some(({ stream, fields }) =>
      fields.some(({ name }) => cellsOfBaseline(stream, name) !== null),
    )
  }

  /** The group's name: its first stream. */
  get stream(): string {
    return this.group.streams[0]!.stream
  }

  /** A record of segments will come, or has. */
  get countsSegments(): boolean {
    return this.segments.isWanted
  }

  /** As the ledger has it. */
  get started(): WatchStarted | null {
    return this.watch
  }

  /** What observers of the stream can know of its segments by now. */
  segmentsOf(stream: string): SegmentKnowledge {
    return this.segments.knowledgeOf(this.plans.get(stream)!, this.watch, this.era.endMs)
  }

  /** T of the slice to come. */
  get nextNumber(): number {
    return this.number + 1
  }

  /**
   * The panes topic is about to be read again from the committed offset (its partition is ours anew): what was learnt from it
   * is void. Who was silent when we read it last may have a lot to say by now.
   */
  forgetPanes(): void {
    this.shelf.clear()
    this.closing = new Closing([...this.plans.keys()], this.group.panes)
    this.outstanding = null
  }

  /** `offset`: of the pane's first record in the panes topic. Only `kept` changes what will be assembled. */
  addPane(pane: Pane, digest: string, offset: number): PaneOutcome {
    if (!isPaneOf(this.group, pane) || !this.era.holds(pane.startMs)) return this.refuse()
    this.closing.addPane(pane.stream, pane.partition, pane.startMs, offset)
    const outcome = this.shelf.add({ pane, digest, offset }, this.nextStartMs ?? -Infinity)
    if (outcome === 'duplicate') this.counted.duplicatePanes++
    if (outcome === 'conflict') this.counted.conflictingPanes++
    if (outcome === 'late') this.counted.latePanes++
    return outcome
  }

  /** A record of this pane cannot be read, or not all of them have come: whoever finds none must not take it for `empty`. */
  doubtPane(place: PanePlace, digest: string | null, offset: number): void {
    if (this.plans.has(place.stream) && !this.isDecided(place.startMs)) this.closing.doubt(place, digest, offset)
  }

  /** Records before `offset` or there cannot be read, or are gone, and may have been panes of anybody. */
  losePanes(offset: number): void {
    this.closing.lose(offset)
  }

  /** Panes without which the next slice, due as it is, would not be complete (or not the first), and that somebody may make again. */
  missingPanes(): DoubtedPane[] {
    const startMs = this.nextStartMs ?? this.closing.firstDoubtMs(this.shelf.firstStartMs() ?? -Infinity)
    if (startMs === null) return []
    return this.closing.missing(startMs, (stream, partition) => this.shelf.at(startMs, stream, partition) !== null)
  }

  /** The slice that begins then is there: whatever comes of its panes changes nothing. */
  isDecided(startMs: number): boolean {
    return startMs < (this.nextStartMs ?? -Infinity)
  }

  /** `empty`: there was no such pane. `gone`: nobody can say what it was. */
  settlePane(place: PanePlace, as: 'empty' | 'gone'): void {
    this.closing.settle(place, as)
  }

  addProgress(progress: Progress, offset: number): 'kept' | 'foreign' {
    const { stream, paneConfigDigest } = progress
    if (!this.plans.has(stream) || paneConfigDigest !== this.group.paneConfigDigest) return this.refuse()
    this.closing.addProgress(progress, offset)
    return 'kept'
  }

  /** A valid record of the ledger, ours or another's, in the ledger's order. False: of another group or era; it does nothing. */
  addLedger(body: LedgerBody): boolean {
    if (body.type === 'baseline-verified' || body.stream !== this.stream) return false
    if (body.type === 'watch-started') return this.addWatch(body)
    if (!this.isOurTurn) return false
    if (body.type === 'cells-frozen') this.cells.addFrozen(body)
    if (body.type === 'segments-frozen') this.segments.addFrozen(body)
    return true
  }

  /** A slice read back from the log. The first for its start counts, whoever wrote it. */
  addSlice({ slice }: SealedSlice): 'kept' | 'duplicate' | 'foreign' {
    if (!isSliceOf(this.group, this.watch, slice)) return this.refuse()
    if (slice.number <= this.number) return 'duplicate'
    if (this.number === 0) this.isWhole = slice.number === 1 && !this.hasBaseline
    this.number = slice.number
    this.outstanding = null
    this.listing.addSlice(slice)
    this.cells.addSlice(slice)
    this.segments.addSlice(slice)
    this.counted.latePanes += this.shelf.release(slice)
    this.closing.forgetBefore(this.nextStartMs! + slice.lengthMs)
    return 'kept'
  }

  /** It stands at its place in our watch. */
  isOurs(slice: Slice): boolean {
    return isSliceOf(this.group, this.watch, slice)
  }

  /** What `next` gives is a record of the ledger. */
  get isRecordDue(): boolean {
    return this.watch === null ? this.lostWatch !== null : this.recordDue !== null
  }

  /**
   * Whether the ledger has lost a record that stood there when this slice was written: `next` gives it again, the very same. Where
   * the first slices are gone, or a baseline came later, what is due by now may be another.
   */
  missesRecordBefore(slice: Slice): boolean {
    if (this.watch !== null)
      return this.isWhole && slice.number === this.number + 1 && this.recordDue !== null && this.isOurs(slice)
    this.lostWatch ??= watchOf(this.group, slice)
    return this.lostWatch !== null
  }

  next(): AssembleStep {
    if (this.watch === null) return this.startWatch()
    if (this.outstanding !== null) return this.outstanding
    const due = this.recordDue
    if (due !== null) return { kind: 'ledger', body: due }

    const startMs = this.nextStartMs!
    if (startMs >= this.era.endMs) return { kind: 'ledger', body: this.era.nextWatch! }
    if (!this.closing.isDue(startMs + this.watch.lengthMs)) return { kind: 'wait' }
    if (this.missingPanes().length > 0) return { kind: 'wait' }
    const slice = this.assemble(startMs, this.watch)
    const bytes = encodeSlice(slice)
    this.outstanding = { kind: 'slice', sealed: { slice, digest: sha256(bytes) }, bytes }
    return this.outstanding
  }

  /** Where the topic's partition count is known without progress records (replay). */
  setPartitions(stream: string, count: number): void {
    this.closing.setPartitions(stream, count)
  }

  /** The end of input (replay): every partition is closed. */
  finish(): void {
    this.closing.finish()
  }

  /**
   * The smallest offset of the panes topic that an unfinished slice needs: what the group may commit, once everything before it
   * was added and every step given out was read back. null = nothing is needed, the position itself may be committed.
   */
  neededPanesOffset(): number | null {
    // Before the watch starts any slice may still turn out to be the first.
    const nextEndMs = (this.nextStartMs ?? -Infinity) + this.group.panes.lengthMs
    return smallestOf([this.shelf.neededOffset(), this.closing.neededOffset(nextEndMs)])
  }

  /** The first slice: the smallest start of a pane, once every partition is through it, so that none can be smaller. */
  private startWatch(): AssembleStep {
    if (this.lostWatch !== null) return { kind: 'ledger', body: this.lostWatch }
    const { panes, paneConfigDigest } = this.group
    const { lengthMs } = panes
    const fromMs = this.shelf.firstStartMs()
    // An era in which nothing was seen ends all the same.
    const { nextWatch, endMs } = this.era
    if (fromMs === null && nextWatch !== null && this.closing.isDue(endMs)) return { kind: 'ledger', body: nextWatch }
    if (fromMs === null || !this.closing.isDue(fromMs + lengthMs) || this.missingPanes().length > 0)
      return { kind: 'wait' }
    return { kind: 'ledger', body: { type: 'watch-started', stream: this.stream, fromMs, lengthMs, paneConfigDigest } }
  }

  private assemble(startMs: number, { lengthMs, paneConfigDigest }: WatchStarted): Slice {
    const number = this.nextNumber
    const streams = this.group.streams.map((plan) => this.assembleStream(plan, startMs, number))
    return { stream: this.stream, startMs, lengthMs, number, paneConfigDigest, streams }
  }

  private assembleStream(plan: StreamPlan, startMs: number, number: number): StreamSlice {
    const { stream } = plan
    const panes: Pane[] = []
    const states = this.closing.statesAt(stream, startMs + this.group.panes.lengthMs)
    const partitions = states.map(({ state, isIdle, doubt }, partition): PartitionEntry => {
      const shelved = this.shelf.at(startMs, stream, partition)
      const without = state === 'open' || doubt !== null ? 'incomplete' : 'empty'
      if (shelved === null) return { partition, pane: without, idle: isIdle && doubt === null, lost: 0 }
      const { pane, digest } = shelved
      panes.push(pane)
      return { partition, pane: digest, idle: pane.idle, lost: pane.lost }
    })
    return {
      name: stream,
      partitions: this.listing.of(stream, partitions),
      tallies: mergePanes(plan, panes, (field) => this.cells.inForce(stream, field, number)),
    }
  }

  private addWatch(body: WatchStarted): boolean {
    this.isOurTurn = this.watch === null && this.era.isWatch(body)
    if (!this.isOurTurn) return false
    this.watch = body
    this.counted.latePanes += this.shelf.releaseBefore(body.fromMs)
    return true
  }

  private get recordDue(): PipeBody | null {
    return this.cells.due()[0] ?? this.segments.due
  }

  private get nextStartMs(): number | null {
    return this.watch === null ? null : this.watch.fromMs + this.number * this.watch.lengthMs
  }

  private refuse(): 'foreign' {
    this.counted.foreign++
    return 'foreign'
  }
}

export type AssembleStep = { kind: 'ledger'; body: PipeBody } | SliceStep | { kind: 'wait' }
export interface SliceStep {
  kind: 'slice'
  sealed: SealedSlice
  /** Canonical bytes of the slice. */
  bytes: Buffer
}
