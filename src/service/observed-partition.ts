import { createHash } from 'node:crypto'
import type { PanesConfig, StreamConfig } from '../config/shape.ts'
import type { Decoder } from '../decode/decoder.ts'
import { MonitorError } from '../errors.ts'
import type { Batch, BatchResult, Log, LogRecord, RecordToAppend } from '../log/log.ts'
import type { Observer, Quarantined } from '../observe.ts'
import { toChunks } from '../pane/chunks.ts'
import { encodeCheckpoint } from '../pane/checkpoint.ts'
import { encodePane } from '../pane/codec.ts'
import type { Pane } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import { toProgressRecord } from '../slice/progress.ts'
import type { Progress } from '../slice/progress.ts'
import type { SchemaSource } from '../registry/registry.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { CrashJournal } from './crash-journal.ts'
import type { PoisonBook } from './poison-book.ts'
import { Breath } from './breath.ts'
import type { Clock } from './clock.ts'

/** One stream as observe needs it, the same for all its partitions. */
export interface ObservedStream {
  /** What keys panes and progress: the group's first stream. */
  group: string
  config: StreamConfig
  plan: StreamPlan
  panes: PanesConfig
  paneConfigDigest: string
  /** Where its era begins; null: with its first pane; left out: there are no eras. */
  fromMs?: number | null
  decoder: Decoder
}

/** The era that follows: where it begins, and from which event time on it needs records. */
export interface NextEra {
  fromMs: number
  neededFromMs: number
}

export interface Publishing {
  log: Log
  schemas: SchemaSource
  panesTopic: string
  quarantineTopic: string
  telemetry: Telemetry
  /** Whose clock and whose eyes: the instance and its process. */
  reporter: string
  /** What was being read when the process died; null where nothing is kept. */
  crashes?: CrashJournal | null
  /** Records that are passed over because they kill whoever reads them. */
  poison?: PoisonBook
  /** Names one more of them in the ledger, and has read it back when it resolves. */
  quarantine?: (stream: string, record: LogRecord) => Promise<void>
  /** Resolves when the ledger is read as far as it stands at the call. */
  readLedger?: () => Promise<void>
  /** A partition waits for the registry. */
  onParked: (stream: string, reason: string) => void
  clock: Clock
}

/**
 * One assigned partition: reads batches, publishes what they closed, commits after that.
 *
 * Order of work, never changed: quarantine and panes are acknowledged, then the offset is committed. What could not be
 * published stays in `unsent`, and nothing more is read until it is out: back-pressure instead of loss.
 */
export class ObservedPartition {
  readonly stream: string
  readonly partition: number
  /** Of the topic, as far as is known: a topic only grows. */
  private partitions = 0
  /** Up to which closing of ours they were counted, and how many we have told of. */
  private countedThroughMs: number | null = null
  private toldPartitions = 0
  private readonly options: ObservedPartitionOptions
  private readonly observer: Observer
  private unsent: { panes: Pane[]; quarantined: Quarantined[] } = { panes: [], quarantined: [] }
  private committed = ''
  private committedAtMs: number // as the two below: by the clock that nobody sets
  private highWatermark: number
  private position: number
  private lastRecordAtMs: number
  private endSeenAtMs = -Infinity
  private progressText = ''
  private progressAtMs = -Infinity
  private isAbandoned = false
  /** Batches and ticks take turns. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(options: ObservedPartitionOptions) {
    this.options = options
    this.observer = options.observer
    this.stream = options.stream.plan.stream
    this.partition = options.partition
    this.highWatermark = options.high
    this.position = options.observer.position
    this.lastRecordAtMs = this.committedAtMs = options.publishing.clock.elapsed()
  }

  get topic(): string {
    return this.options.stream.plan.topic
  }

  get lag(): number {
    return Math.max(0, this.highWatermark - this.position)
  }

  /** The partition was taken away: nothing of it may be published any more. */
  abandon(): void {
    this.isAbandoned = true
  }

  lose(count: number): void {
    this.observer.lose(count)
    this.countTelemetry()
  }

  read(batch: Batch): Promise<BatchResult> {
    return this.inTurn(() => this.readBatch(batch))
  }

  tick(): Promise<void> {
    return this.inTurn(() => this.tickNow())
  }

  flush(isFinal: boolean): Promise<void> {
    return this.inTurn(() => this.publish(isFinal))
  }

  private async readBatch(batch: Batch): Promise<BatchResult> {
    const { crashes, poison, quarantine } = this.options.publishing
    if (crashes == null || batch.records.length === 0) return this.readGuarded(batch, null)
    const { topic, partition, records, end } = batch
    const isSuspected = crashes.begin({ topic, partition, from: records[0]!.offset, to: end })
    try {
      const culprits = isSuspected ? records.filter((record) => crashes.isCulprit(record)) : []
      for (const culprit of culprits) if (poison?.at(culprit) === null) await quarantine?.(this.stream, culprit)
      const result = await this.readGuarded(batch, isSuspected ? crashes : null)
      crashes.end(result.next)
      return result
    } catch (error) {
      // The process lives, and the batch comes again. Anything else ends it: then the journal stays as it is.
      if (error instanceof MonitorError && error.retriable) crashes.end(null)
      throw error
    }
  }

  /** `crashes`: marks each record on its way. */
  private async readGuarded(batch: Batch, crashes: CrashJournal | null): Promise<BatchResult> {
    const { publishing, stream } = this.options
    if (batch.lost > 0) this.lose(batch.lost)
    this.highWatermark = batch.highWatermark
    if (this.hasUnsent) await this.publish(false)

    this.observer.know(this.options.segments())
    this.heedNext()
    let next = batch.records[0]?.offset ?? batch.end
    let isHeld = false
    const records = publishing.poison?.guarded(batch.records) ?? batch.records
    const schemas = await publishing.schemas.prepare(records, stream.plan)
    if (schemas !== 'ready') {
      publishing.onParked(this.stream, schemas.reason)
      return { next, pauseMs: schemas.retryInMs }
    }
    const startedAt = publishing.clock.elapsed()
    const breath = new Breath(publishing.clock)
    for (let from = 0; from < records.length;) {
      const to = Math.min(from + RECORDS_A_LOOK, records.length)
      const taken = this.observeRun(records, from, to, crashes)
      if (taken > from) next = records[taken - 1]!.offset + 1
      isHeld = taken < to
      if (isHeld) break
      from = to
      // After so many records a look at the clock: the session must live, and probes must be answered.
      if (to % RECORDS_A_LOOK !== 0 || !(await breath.take())) continue
      await batch.heartbeat()
      if (batch.isStale() || this.isAbandoned) return { next }
    }
    this.position = isHeld ? next : Math.max(next, batch.end)
    if (batch.records.length > 0) this.lastRecordAtMs = publishing.clock.elapsed()
    this.countTelemetry()
    publishing.telemetry.batchProcessed((publishing.clock.elapsed() - startedAt) / 1000, {
      topic: batch.topic,
      partition: batch.partition,
      offset: next,
    })
    try {
      await this.publish(false)
    } catch (error) {
      // The records are counted; only their panes are not out yet. They stay in `unsent` and go first next time.
      if (!(error instanceof MonitorError && error.retriable)) throw error
      publishing.telemetry.errorCounted(error.code)
      return { next: this.position, pauseMs: RETRY_MS }
    }
    return isHeld ? { next, pauseMs: HELD_MS } : { next: batch.end }
  }

  /**
   * Answers where it stopped: at a record that was not taken, or that is the next era's, whose observer begins at our commit when
   * everybody has come so far. A loop that waits for nothing, outside the one that does: it runs at full speed.
   */
  private observeRun(records: readonly LogRecord[], from: number, to: number, crashes: CrashJournal | null): number {
    const { observer } = this
    for (let at = from; at < to; at++) {
      if (observer.turn.isEnded) return at
      const record = records[at]!
      const isTaken = crashes === null ? observer.observe(record) : crashes.marked(record.offset, () => observer.observe(record)) // prettier-ignore
      if (!isTaken) return at
    }
    return to
  }

  private async tickNow(): Promise<void> {
    if (this.isAbandoned) return
    const { publishing } = this.options
    this.observer.know(this.options.segments())
    this.heedNext()
    const isSilent = await this.lookForSilence()
    if (this.isAbandoned) return
    if (isSilent && this.observer.isOpen) this.observer.closeIdle(publishing.clock.now())
    await this.publish(publishing.clock.elapsed() - this.committedAtMs >= COMMIT_EVERY_MS || this.committed === '')
    // Another has it by now, and panes that were not sent any more are its to send: to say "closed through" would call them empty.
    if (this.isAbandoned) return
    await this.publishProgress(isSilent)
  }

  /**
   * Whether nobody has written for `idle`. That no record came proves nothing: a broker that does not answer is as quiet. So the log
   * itself is asked where it ends, before anything is closed for want of traffic.
   */
  private async lookForSilence(): Promise<boolean> {
    const { publishing, stream } = this.options
    if (!this.isCaughtUp || this.silentMs < stream.panes.idleMs) return false
    if (publishing.clock.elapsed() - this.endSeenAtMs < PROGRESS_EVERY_MS) return true
    const bounds = await publishing.log.bounds(stream.plan.topic)
    const end = bounds?.find(({ partition }) => partition === this.partition)?.high
    if (end === undefined) return false
    // Slices of a stream that is silent close by the clock, and nobody closes anything.
    this.partitions = Math.max(this.partitions, bounds!.length)
    this.highWatermark = Math.max(this.highWatermark, end)
    this.endSeenAtMs = publishing.clock.elapsed()
    return this.isCaughtUp
  }

  /** Publishes what is closed; commits after it, where there is reason to: something was published, or time has passed. */
  private async publish(commitAnyway: boolean): Promise<void> {
    const { publishing, stream } = this.options
    const outbox = this.observer.takeOutbox()
    this.unsent.panes.push(...outbox.panes)
    this.unsent.quarantined.push(...outbox.quarantined)
    const hadPanes = this.unsent.panes.length > 0
    if (this.isAbandoned) return
    if (this.unsent.quarantined.length > 0) {
      const records = this.unsent.quarantined.map((each) => quarantineRecord(this.stream, each, publishing.poison))
      try {
        await publishing.log.append(publishing.quarantineTopic, records)
      } catch (error) {
        publishing.telemetry.quarantineFailed(this.stream, records.length)
        throw error
      }
      publishing.telemetry.quarantined(this.stream, records.length)
      this.unsent.quarantined = []
    }
    if (this.unsent.panes.length > 0) {
      // Nobody may publish what belongs to another era: so we look whether one was announced meanwhile.
      await publishing.readLedger?.()
      this.heedNext()
      await this.countPartitions()
      if (this.partitions > this.toldPartitions) await this.tell({ closedThroughMs: null, caughtUp: false, silentSinceMs: null }) // prettier-ignore
    }
    while (this.unsent.panes.length > 0 && !this.isAbandoned) {
      const pane = this.unsent.panes[0]!
      await publishing.log.append(publishing.panesTopic, paneRecords(pane, stream.group))
      this.unsent.panes.shift()
      publishing.telemetry.panesClosed(this.stream, 1)
    }
    if (!this.isAbandoned && (hadPanes || commitAnyway)) await this.commit()
  }

  /**
   * Whoever says that it is closed through a time has looked after that how many partitions there are, and says it no later: one that
   * was added before may have records of that time, and is waited for.
   */
  private async countPartitions(): Promise<void> {
    const { closedThroughMs } = this.observer
    if (closedThroughMs === this.countedThroughMs) return
    this.partitions = Math.max(this.partitions, await this.options.countPartitions())
    this.countedThroughMs = closedThroughMs
  }

  private heedNext(): void {
    const next = this.options.next?.() ?? null
    if (next === null || this.observer.turn.endAt(next.fromMs, next.neededFromMs)) return
    throw new MonitorError('EVENKEEL_LOG_FAILED', `an era of ${this.stream} begins before what is closed already; beginning anew from the commits`) // prettier-ignore
  }

  private async commit(): Promise<void> {
    const { publishing } = this.options
    const { offset, checkpoint } = this.observer.commitPoint()
    this.committedAtMs = publishing.clock.elapsed()
    const metadata = encodeCheckpoint(checkpoint)
    // A pane may close and what is open still need the very same record.
    const place = `${offset} ${metadata}`
    if (place === this.committed) return
    await this.options.commit(offset, metadata)
    this.committed = place
    publishing.telemetry.committed(publishing.clock.now())
  }

  /** What assemble must know when no pane tells it: at once when it changes, else every ten seconds. */
  private async publishProgress(isIdle: boolean): Promise<void> {
    const { clock } = this.options.publishing
    await this.countPartitions()
    const { closedThroughMs, isOpen } = this.observer
    const isSilent = isIdle && !isOpen
    const [elapsedMs, silentMs] = [clock.elapsed(), this.silentMs]
    const news = { closedThroughMs: closedThroughMs === -Infinity ? null : closedThroughMs, caughtUp: this.isCaughtUp }
    const text = JSON.stringify({ ...news, partitions: this.partitions, isSilent })
    if (text === this.progressText && elapsedMs - this.progressAtMs < PROGRESS_EVERY_MS) return
    await this.tell({ ...news, silentSinceMs: isSilent ? Math.floor(clock.now() - silentMs) : null })
    this.progressText = text
    this.progressAtMs = elapsedMs
  }

  private async tell(news: Pick<Progress, 'closedThroughMs' | 'caughtUp' | 'silentSinceMs'>): Promise<void> {
    const { publishing, stream } = this.options
    const { partitions } = this
    const progress: Progress = {
      ...{ stream: this.stream, partition: this.partition, partitions, paneConfigDigest: stream.paneConfigDigest },
      ...{ position: this.position, highWatermark: this.highWatermark, ...news },
      ...{ nowMs: publishing.clock.now(), reporter: publishing.reporter },
    }
    await publishing.log.append(publishing.panesTopic, [toProgressRecord(progress, stream.group)])
    this.toldPartitions = partitions
  }

  /** Without a record. */
  private get silentMs(): number {
    return this.options.publishing.clock.elapsed() - this.lastRecordAtMs
  }

  private get isCaughtUp(): boolean {
    return this.position >= this.highWatermark
  }

  private get hasUnsent(): boolean {
    return this.unsent.panes.length > 0 || this.unsent.quarantined.length > 0
  }

  private countTelemetry(): void {
    const { telemetry } = this.options.publishing
    const counts = this.observer.counted.take()
    telemetry.counted(this.stream, counts)
    if (counts.lastEventTimeMs > -Infinity) telemetry.lastEvent(this.stream, counts.lastEventTimeMs)
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work)
    this.turn = done.catch(() => undefined) // whoever asked for the work hears of its failure
    return done
  }
}

export interface ObservedPartitionOptions {
  stream: ObservedStream
  partition: number
  observer: Observer
  publishing: Publishing
  high: number
  /** What is known of the stream's segments by now. */
  segments: () => SegmentKnowledge
  /** The era that is announced; null = none. */
  next?: () => NextEra | null
  commit: (offset: number, metadata: string) => Promise<void>
  /** How many the topic has by now. */
  countPartitions: () => Promise<number>
}

const RETRY_MS = 1_000
/** Between two looks at whether the segments are known by now. */
const HELD_MS = 1_000
const COMMIT_EVERY_MS = 5_000
const RECORDS_A_LOOK = 256
const PROGRESS_EVERY_MS = 10_000

function paneRecords(pane: Pane, group: string): RecordToAppend[] {
  const { stream, partition, startMs } = pane
  return toChunks({ kind: 'pane', stream, partition, startMs }, encodePane(pane), { key: group })
}

/** Where a rejected record stands, why, and a hash to find it by; never the payload. */
function quarantineRecord(
  stream: string,
  { record, reason, field }: Quarantined,
  poison: PoisonBook | undefined,
): RecordToAppend {
  // prettier-ignore
  const { topic, partition, offset, value } = record
  const hash =
    value === null ? (poison?.at(record)?.hash ?? null) : `sha256:${createHash('sha256').update(value).digest('hex')}`
  return {
    key: `${topic}/${partition}/${offset}`,
    value: JSON.stringify({ stream, topic, partition, offset, reason, field: field === '' ? null : field, hash }),
    headers: { 'content-type': 'application/json' },
  }
}
