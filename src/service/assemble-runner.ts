import { alertsToSend } from '../alert/to-send.ts'
import type { SliceStep } from '../assemble.ts'
import { MonitorError } from '../errors.ts'
import { sealRecord } from '../ledger/chain.ts'
import type { PipeBody } from '../ledger/record.ts'
import type { Assignment, Batch, BatchResult, GroupConsumer, GroupHandler, Log, LogRecord } from '../log/log.ts'
import { partitionFor } from '../log/murmur2.ts'
import { ChunkAssembler } from '../pane/chunk-assembler.ts'
import { kindOf, toChunks } from '../pane/chunks.ts'
import type { ChunkIdentity } from '../pane/chunks.ts'
import { decodePane } from '../pane/codec.ts'
import type { Pane } from '../pane/pane.ts'
import { readProgress } from '../slice/progress.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import { isComplete } from '../view/stream-totals.ts'
import { Breath } from './breath.ts'
import type { Clock } from './clock.ts'
import { beginningAnew } from './follower.ts'
import type { Follower, GroupState } from './follower.ts'
import type { OwnTopicNames } from './own-topics.ts'
import type { PaneRepair } from './pane-repair.ts'
import { recordFacts } from './record-facts.ts'

/**
 * The outside of assemble: panes and progress in, ledger records and slices out, one step at a time.
 *
 * The follower reads back every step from its log before the next is asked for, so that whoever wrote first is who everybody
 * follows: after a crash, beside a second instance, beside a zombie.
 */
export class AssembleRunner implements GroupHandler {
  private readonly options: AssembleRunnerOptions
  private consumer: GroupConsumer | null = null
  private chunks = new Map<number, ChunkAssembler>()
  private owned: GroupState[] = []
  /** Of the panes topic; more of them come only with a rebalance. */
  private partitions = 0
  /** By group: assembled, and not acknowledged yet. They go first, whatever failed. */
  private readonly unsent = new Map<string, SliceStep[]>()
  /** Groups whose panes are read once more, because a slice is missing. */
  private readonly isMending = new Set<string>()
  private isStopping = false

  constructor(options: AssembleRunnerOptions) {
    this.options = options
  }

  async start(group: string): Promise<void> {
    this.consumer = await this.options.log.consume(group, [this.options.topics.panes], this)
    if (this.isStopping) await this.consumer.stop()
  }

  async stop(): Promise<void> {
    this.isStopping = true
    await this.consumer?.stop()
    this.owned = []
  }

  get isAssigned(): boolean {
    return this.consumer !== null
  }

  /** The groups whose slices and alerts are ours to publish. */
  owns(group: GroupState): boolean {
    return this.owned.includes(group)
  }

  async assigned(assignments: readonly Assignment[]): Promise<{ topic: string; partition: number; offset: number }[]> {
    const { log, topics, groups } = this.options
    this.partitions = (await log.bounds(topics.panes))?.length ?? 0
    const ours = new Set(assignments.map(({ partition }) => partition))
    this.owned = groups.filter((group) => ours.has(partitionFor(group.name, this.partitions)))
    this.chunks = new Map()
    const starts = []
    for (const { topic, partition, committed, low, high } of assignments) {
      await this.beginReading(partition)
      // The commit speaks of slices that were acknowledged. Where one of them cannot be read, its panes are needed once more.
      const expected = this.ownedAt(partition).some(({ isTailUnread }) => isTailUnread) ? 0 : (committed?.offset ?? 0)
      if (expected < low || expected > high) this.losePanes(partition, low - 1)
      starts.push({ topic, partition, offset: expected > high ? low : Math.max(low, expected) })
    }
    this.options.onOwned()
    return starts
  }

  /** What was learnt from this partition of the panes topic is void: it is about to be read from an earlier place. */
  private async beginReading(partition: number): Promise<void> {
    this.chunks.set(partition, new ChunkAssembler())
    for (const group of this.ownedAt(partition)) {
      // What we assembled and could not write is gone with the generation; somebody else may have written it by now.
      await this.options.follower.readToEnd(this.options.topics.slices)
      if (group.assembler.nextNumber !== group.folded + 1) throw aheadOfLog(group)
      group.assembler.forgetPanes()
      this.unsent.set(group.name, [])
      this.isMending.delete(group.name)
    }
  }

  private ownedAt(partition: number): GroupState[] {
    return this.owned.filter((group) => partitionFor(group.name, this.partitions) === partition)
  }

  /**
   * Panes may have been deleted by retention, or stood in what cannot be read. `offset`: of the last of them; below the log's start a
   * commit on it makes the next owner say the same.
   */
  private losePanes(partition: number, offset: number): void {
    for (const group of this.ownedAt(partition)) group.assembler.losePanes(Math.max(0, offset))
  }

  async batch(batch: Batch): Promise<BatchResult> {
    // Panes behind an announced end are none of ours, unless it was withdrawn meanwhile.
    if (this.owned.some(({ assembler }) => assembler.era.nextWatch !== null)) await this.options.follower.readToEnd(this.options.topics.ledger) // prettier-ignore
    if (batch.lost > 0) this.losePanes(batch.partition, (batch.records[0]?.offset ?? batch.end) - 1)
    for (const [at, record] of batch.records.entries()) {
      this.take(record)
      if (at % 50 === 49) await batch.heartbeat()
    }
    const groups = this.ownedAt(batch.partition)
    for (const group of groups) {
      await this.advance(group, batch)
      if (this.isMissingSlice(group) && !batch.isStale()) return { next: await this.readPanesAgain(batch) }
    }
    if (!batch.isStale()) await this.commit(batch, groups)
    return { next: batch.end }
  }

  private take(record: LogRecord): void {
    const { telemetry } = this.options
    const { partition, offset } = record
    if (kindOf(record) === 'progress') {
      const progress = readProgress(record)
      if (progress === null) this.passOver(record, null)
      else this.groupOf(progress.stream)?.assembler.addProgress(progress, offset)
      return
    }
    const chunks = this.chunks.get(partition)!
    const chunk = chunks.add(record)
    if (chunk.kind === 'partial') this.doubt(chunk.identity, chunk.digest, offset)
    if (chunk.kind === 'corrupt') {
      this.passOver(record, chunk.label?.identity ?? null)
      if (chunk.label === null) this.losePanes(partition, offset)
      else this.doubt(chunk.label.identity, chunk.label.digest, offset)
    }
    if (chunk.kind === 'conflict') telemetry.paneConflict(chunk.identity.stream)
    if (chunk.kind !== 'complete') return
    const pane = this.decoded(chunk.bytes, record, chunk.identity)
    const outcome = pane === null ? 'foreign' : this.groupOf(pane.stream)?.assembler.addPane(pane, chunk.digest, chunk.offset) // prettier-ignore
    if (pane === null) this.doubt(chunk.identity, null, offset)
    // It is none of ours, or not what its headers say, which no digest covers: the next with that identity is the first.
    if (outcome === 'foreign' || !isLabelled(pane!, chunk.identity)) chunks.forget(chunk.identity)
    if (outcome === 'late') telemetry.paneLate(chunk.identity.stream)
    if (outcome === 'conflict') telemetry.paneConflict(chunk.identity.stream)
  }

  private doubt(identity: ChunkIdentity, digest: string | null, offset: number): void {
    if (identity.kind === 'pane') this.groupOf(identity.stream)?.assembler.doubtPane(identity, digest, offset)
  }

  /** Bytes with the right digest that are no pane of ours were written by something else: no reason to stop. */
  private decoded(bytes: Buffer, record: LogRecord, identity: ChunkIdentity): Pane | null {
    try {
      return decodePane(bytes)
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error
      this.passOver(record, identity)
      return null
    }
  }

  private passOver(record: LogRecord, identity: ChunkIdentity | null): void {
    const { logger, telemetry } = this.options
    telemetry.recordBroken('panes')
    logger.warn('a record of the panes topic is broken and was passed over', recordFacts(record, identity))
  }

  /**
   * Everything that can be assembled by now. Slices are written many at a time: our assembler goes on as if it had read each
   * back, and the follower holds us to it. A ledger record waits for the slices before it, and for being read back itself.
   */
  private async advance(group: GroupState, batch: Batch): Promise<void> {
    const unsent = this.unsent.get(group.name)!
    const breath = new Breath(this.options.clock)
    while (!batch.isStale() && !this.isStopping) {
      if (group.gap !== null || this.options.follower.isReadingAgain) {
        await this.write(group, unsent)
        await this.settle(group, batch)
        if (this.isMissingSlice(group)) return
      }
      const step = unsent.length < SLICES_AT_ONCE ? group.assembler.next() : null
      if (step?.kind === 'slice') {
        unsent.push(step)
        group.assembler.addSlice(step.sealed)
        await breath.take()
        continue
      }
      await this.write(group, unsent)
      await batch.heartbeat()
      if (step?.kind === 'wait' && !this.findMissing(group)) break
      if (step?.kind !== 'ledger') continue
      // With the watch of another era everybody forgets this one: first all that it has to say must be said.
      if (step.body.type === 'watch-started' && step.body.fromMs === group.assembler.era.endMs && !this.isAllSaid(group)) break // prettier-ignore
      await this.appendToLedger(step.body)
    }
    await this.options.follower.until(() => group.written.size < SLICES_AT_ONCE || this.isStopping || batch.isStale())
  }

  private isAllSaid({ assembler, folded, due }: GroupState): boolean {
    return folded === assembler.nextNumber - 1 && alertsToSend(due, this.options.follower.published).length === 0
  }

  /**
   * While something is missing in the logs, or they are read again, each step waits for the one before it to be read back: what
   * comes next may stand there already.
   */
  private async settle(group: GroupState, batch: Batch): Promise<void> {
    const { follower, topics } = this.options
    await follower.readToEnd(topics.slices)
    await follower.until(() => group.assembler.nextNumber === group.folded + 1 || this.isStopping || batch.isStale())
    if (group.gap === null) this.isMending.delete(group.name)
  }

  /** A slice that cannot be read is made again from its panes: from the first that the topic still has. */
  private async readPanesAgain({ partition, end }: Batch): Promise<number> {
    const { log, topics, logger } = this.options
    const bounds = await log.bounds(topics.panes)
    await this.beginReading(partition)
    for (const group of this.ownedAt(partition)) {
      if (group.gap === null) continue
      this.isMending.add(group.name)
      logger.warn('a slice is made again from its panes', { stream: group.name, slice: group.gap.number })
    }
    const low = bounds?.find((each) => each.partition === partition)?.low ?? 0
    if (low > 0) this.losePanes(partition, low - 1)
    return Math.min(end, low)
  }

  /** The next slice waits for panes whose records cannot be read. True: by now it is known of all of them that they will not come. */
  private findMissing(group: GroupState): boolean {
    const missing = group.assembler.missingPanes()
    if (missing.length === 0) return false
    this.options.repair.ask(group, missing)
    return group.assembler.missingPanes().length === 0
  }

  private isMissingSlice({ name, gap }: GroupState): boolean {
    return gap?.missing === 'slice' && !this.isMending.has(name)
  }

  private async write(group: GroupState, unsent: SliceStep[]): Promise<void> {
    if (unsent.length === 0) return
    for (const { sealed } of unsent) group.written.set(sealed.slice.number, sealed.digest)
    const { gap } = group
    const mended = unsent.find(({ sealed }) => gap?.missing === 'slice' && sealed.slice.number === gap.number)?.sealed.slice // prettier-ignore
    const records = unsent.flatMap(({ sealed: { slice, digest }, bytes }) =>
      toChunks({ kind: 'slice', stream: slice.stream, startMs: slice.startMs }, bytes, { key: group.name, digest }),
    )
    await this.options.log.append(this.options.topics.slices, records)
    unsent.length = 0
    if (mended !== undefined) this.options.telemetry.repaired(group.name, 'slice', mended.streams.every(isComplete))
  }

  /** Two writers may race for a place in the chain: the second is refused, and `next` gives the record again. */
  private async appendToLedger(body: PipeBody): Promise<void> {
    const { log, follower, topics } = this.options
    const head = follower.chain.head
    await log.append(topics.ledger, [{ key: body.stream, value: sealRecord(body, head), partition: 0 }])
    await follower.until(() => follower.chain.head !== head)
  }

  private async commit(batch: Batch, groups: readonly GroupState[]): Promise<void> {
    const chunks = this.chunks.get(batch.partition)!
    chunks.dropOpen(({ stream, startMs }) => this.groupOf(stream)?.assembler.isDecided(startMs) ?? true)
    const needed = groups.map(({ assembler }) => assembler.neededPanesOffset())
    const open = chunks.neededOffset()
    const offset = Math.min(batch.end, ...[...needed, open].filter((each) => each !== null))
    const { topic, partition } = batch
    try {
      await this.consumer?.commit([{ topic, partition, offset, metadata: '' }])
    } catch (error) {
      // The next commit covers this one; if the partition is gone, its new owner begins a little earlier.
      if (!(error instanceof MonitorError)) throw error
      this.options.telemetry.errorCounted(error.code)
    }
  }

  private groupOf(stream: string): GroupState | undefined {
    return this.options.groups.find(({ streams }) => streams.includes(stream))
  }
}

function isLabelled({ stream, partition, startMs }: Pane, identity: ChunkIdentity): boolean {
  if (identity.kind !== 'pane') return false
  return identity.stream === stream && identity.partition === partition && identity.startMs === startMs
}

/** Some megabytes at most, and a hundred times fewer waits when there is a backlog. */
const SLICES_AT_ONCE = 64

function aheadOfLog({ name, assembler, folded }: GroupState): MonitorError {
  return beginningAnew(`${assembler.nextNumber - 1 - folded} slices of ${name} were never written`)
}

export interface AssembleRunnerOptions {
  log: Log
  groups: readonly GroupState[]
  follower: Follower
  topics: OwnTopicNames
  logger: Logger
  telemetry: Telemetry
  clock: Clock
  repair: Pick<PaneRepair, 'ask'>
  /** The set of owned groups changed: alerts may be ours to publish now. */
  onOwned: () => void
}
