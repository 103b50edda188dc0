import { MonitorError } from '../errors.ts'
import type { Log, LogRecord, Tail } from '../log/log.ts'
import { ChunkAssembler } from '../pane/chunk-assembler.ts'
import type { ChunkIdentity } from '../pane/chunks.ts'
import { openSlice } from '../slice/codec.ts'
import type { SealedSlice } from '../slice/slice.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { Cancel, Clock } from './clock.ts'
import { recordFacts } from './record-facts.ts'

/**
 * Reads the slices topic from its beginning, and again from a place where something had to be left aside.
 *
 * A slice whose record is broken is made again and stands at the end of the log then, behind those that come after it. These are
 * not kept in memory meanwhile, however many they are: when the missing one has come, the log is read again from the first that
 * was left aside.
 *
 *   log     7  [8: broken]  9  10  …  8        folded: 7, later 8, and from 9 on once more
 *                           └── left aside ◄── the log is read again from here
 */
export class SliceReader {
  private readonly options: SliceReaderOptions
  private readonly chunks = new Map<number, ChunkAssembler>()
  private readonly positions = new Map<number, number>()
  /** Partitions that had lost their beginning to retention when we began. */
  private readonly cut = new Set<number>()
  /** By partition: from where to read again; and up to where that is nothing new. */
  private readonly again = new Map<number, number>()
  private readonly knownTo = new Map<number, number>()
  private tail: Tail | null = null
  private forgetRetry: Cancel | null = null
  private isTurning = false
  private isStopped = false

  constructor(options: SliceReaderOptions) {
    this.options = options
  }

  async start(): Promise<void> {
    for (const { partition, low } of (await this.options.log.bounds(this.options.topic)) ?? []) {
      if (low > 0) this.cut.add(partition)
    }
    await this.follow()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.forgetRetry?.()
    await this.tail?.stop()
  }

  /** Resolves when what stood in the log at the start is taken or left aside. `idle`: resolves when nothing is read again. */
  async caughtUp(idle: () => Promise<void>): Promise<void> {
    for (;;) {
      const { tail } = this
      await tail?.caughtUp.catch((error: unknown) => {
        // One that was stopped because another takes its place is no failure.
        if (this.isStopped || !this.isReadingAgain) throw error
      })
      await idle()
      if (tail === this.tail) return
    }
  }

  /** Somewhere the log is read again, or is about to be: what was left aside is still to come. */
  get isReadingAgain(): boolean {
    return this.isTurning || this.again.size > 0 || this.knownTo.size > 0
  }

  /** Whether the first slices in a partition may be missing for no other reason than that they are old. */
  isCut(partition: number): boolean {
    return this.cut.has(partition)
  }

  /** The slice that this record completes; null: none, or one that cannot be read, which is counted. */
  open(record: LogRecord): OpenedSlice | null {
    const { partition } = record
    const chunks = this.chunks.get(partition) ?? new ChunkAssembler()
    this.chunks.set(partition, chunks)
    const chunk = chunks.add(record)
    if (chunk.kind === 'conflict') this.passOver(record, 'conflict', chunk.identity)
    if (chunk.kind === 'partial') this.options.onUnread(chunk.identity.stream, 'partial')
    if (chunk.kind === 'corrupt') this.passOver(record, 'corrupt', chunk.label?.identity ?? null)
    if (chunk.kind !== 'complete') return null
    const { identity, offset, bytes } = chunk
    try {
      return { ...openSlice(bytes), identity, partition, offset }
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error
      // Bytes with the right digest that are no slice of ours.
      chunks.forget(identity)
      this.passOver(record, 'corrupt', identity)
      return null
    }
  }

  /** It is none of ours: the next with its identity is the first. */
  reject({ identity, partition }: OpenedSlice): void {
    this.chunks.get(partition)!.forget(identity)
  }

  readThrough(records: readonly LogRecord[]): void {
    for (const { partition, offset } of records) this.positions.set(partition, offset + 1)
    for (const [partition, to] of this.knownTo) {
      if ((this.positions.get(partition) ?? 0) >= to) this.knownTo.delete(partition)
    }
  }

  /** What was left aside from here on can be taken now. */
  readAgain({ partition, offset }: { partition: number; offset: number }): void {
    this.again.set(partition, Math.min(offset, this.again.get(partition) ?? offset))
    if (this.isTurning) return
    this.isTurning = true
    void this.turn()
  }

  private passOver(record: LogRecord, kind: 'conflict' | 'corrupt', identity: ChunkIdentity | null): void {
    const { telemetry, logger } = this.options
    if (kind === 'corrupt') telemetry.recordBroken('slices')
    else telemetry.errorCounted('EVENKEEL_RECORD_CORRUPT')
    logger.warn('a slice record is ignored', { kind, ...recordFacts(record, identity) })
    if (kind === 'corrupt') this.options.onUnread(identity?.stream ?? null, 'corrupt')
  }

  private async turn(): Promise<void> {
    try {
      while ((this.again.size > 0 || this.tail === null) && !this.isStopped) {
        await this.tail?.stop()
        this.tail = null
        for (const [partition, offset] of this.again) {
          const read = this.positions.get(partition) ?? 0
          this.knownTo.set(partition, Math.max(read, this.knownTo.get(partition) ?? 0))
          // Never forwards: what lies between has not been read since the last turn.
          this.positions.set(partition, Math.min(offset, read))
          this.chunks.delete(partition)
          this.again.delete(partition)
        }
        await this.follow()
      }
      this.isTurning = false
      this.options.onTurned()
    } catch (error) {
      this.options.logger.error(error)
      this.forgetRetry = this.options.clock.after(RETRY_MS, () => void this.turn())
    }
  }

  private async follow(): Promise<void> {
    const { log, topic, onRecords } = this.options
    this.tail = await log.tail(topic, this.positions, onRecords)
    if (this.isStopped) await this.tail.stop()
  }
}

export interface SliceReaderOptions {
  log: Log
  topic: string
  onRecords: (records: readonly LogRecord[]) => Promise<void>
  /** A record that may have been a slice of this group (null: of any) cannot be read, or is not whole yet. */
  onUnread: (stream: string | null, why: 'partial' | 'corrupt') => void
  /** The log is read from the earlier place. */
  onTurned: () => void
  logger: Logger
  telemetry: Telemetry
  clock: Clock
}

/** A slice, or a record of the ledger that must stand before it, cannot be read. Whoever assembles the group makes it again. */
export interface Gap {
  missing: 'slice' | 'ledger record'
  /** Of the slice that is to be folded next. */
  number: number
  /** The first slice that was left aside. */
  partition: number
  offset: number
}

export interface OpenedSlice extends SealedSlice {
  identity: ChunkIdentity
  partition: number
  /** Of its first record. */
  offset: number
}

const RETRY_MS = 2_000
