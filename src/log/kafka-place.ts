import type { Consumer } from 'kafkajs'
import { setImmediate as yieldToTimers } from 'node:timers/promises'
import { deliver } from './delivery.ts'
import type { FetchedPartition, Piece } from './fetched-partition.ts'
import type { LogProblem } from './kafka-settings.ts'
import type { Batch, GroupHandler, LogRecord } from './log.ts'

/** A checksum may fail in passing (a bad cable); the fourth time it is the disk, and waiting longer helps nobody. */
const CORRUPT_TRIES = 3
const CORRUPT_PAUSE_MS = 500
const RECORDS_PER_PIECE = 10_000

export interface PlaceSetup {
  consumer: Consumer
  handler: GroupHandler
  checkCrc: boolean
  decompressedBytesMax: number
  isStale: () => boolean
  onProblem: (problem: LogProblem) => void
  /** The handler is broken: stop everything. */
  onBroken: (error: unknown) => void
}

/**
 * Where we are in one partition, for one generation. The position is ours alone: KafkaJS commits nothing, resolves
 * nothing, and after each delivery is told by a seek where to go on.
 */
export class KafkaPlace {
  readonly topic: string
  readonly partition: number
  readonly #setup: PlaceSetup
  #next: number
  #failures = 0
  #corruptTries = 0
  /** Set while parked. */
  #timer: NodeJS.Timeout | null = null

  constructor(setup: PlaceSetup, topic: string, partition: number, next: number) {
    this.#setup = setup
    this.topic = topic
    this.partition = partition
    this.#next = next
    this.#seek()
  }

  /** The generation is over. */
  close(): void {
    clearTimeout(this.#timer ?? undefined)
  }

  /** A fetch that does not start at our position is an old one: it is dropped, and the log gives the records again. */
  async deliver(fetched: FetchedPartition, heartbeat: () => Promise<void>): Promise<void> {
    if (this.#isShut() || fetched.fetchedOffset !== this.#next) return
    let lost = lostBefore(fetched)
    if (lost > 0) this.#reportLost(lost, 'they are below the start of the log')
    const { checkCrc, decompressedBytesMax } = this.#setup
    const limits = { checkCrc, decompressedBytesMax, recordsPerPiece: RECORDS_PER_PIECE }
    for (const { records, end, unreadable } of fetched.pieces(this.#next, limits)) {
      if (this.#setup.isStale()) return
      if (unreadable !== null) {
        if (unreadable.reason === 'corrupt' && this.#corruptTries++ < CORRUPT_TRIES) return this.#park(CORRUPT_PAUSE_MS)
        lost += unreadable.count
        this.#reportUnreadable(unreadable)
      }
      if (!(await this.#hand(records, end, fetched.highWatermark, lost, heartbeat))) return
      this.#corruptTries = 0
      lost = 0
    }
  }

  /**
   * Our position is below the log's start (retention went by, or somebody deleted records) or above its end (the topic
   * was created again, or an unclean election cut it). Both are told at once, with an empty batch.
   */
  async outOfRange({ low, high }: { low: number; high: number }): Promise<void> {
    const isRecreated = this.#next > high
    // Neither: it was so for a moment only, and the next fetch will do.
    if (this.#isShut() || (!isRecreated && this.#next >= low)) return
    const lost = isRecreated ? 1 : low - this.#next
    this.#reportLost(lost, isRecreated ? 'the topic was created again' : 'they are below the start of the log')
    await this.#hand([], low, high, lost, async () => undefined) // the runner heartbeats when its fetch returns
  }

  /** Hands one batch to the handler and does what it answers. True when it took all of it and the next may follow. */
  async #hand(
    records: readonly LogRecord[],
    end: number,
    highWatermark: number,
    lost: number,
    beat: () => Promise<void>,
  ): Promise<boolean> {
    const { handler, isStale, onBroken } = this.#setup
    const { topic, partition } = this
    const heartbeat = async () => {
      await beat()
      await yieldToTimers()
    }
    const batch: Batch = { topic, partition, records, end, highWatermark, lost, isStale, heartbeat }
    const delivered = await deliver(handler, batch, this.#failures)
    if (delivered.kind === 'broken') onBroken(delivered.error)
    if (isStale() || delivered.kind === 'broken') return false
    if (delivered.kind === 'again') {
      this.#failures++
      this.#report('handler-failed', `the handler failed; again in ${delivered.pauseMs} ms`, delivered.error)
      this.#park(delivered.pauseMs)
      return false
    }
    this.#failures = 0
    this.#next = delivered.next
    this.#seek()
    if (delivered.pauseMs > 0) this.#park(delivered.pauseMs)
    return delivered.pauseMs === 0 && delivered.next >= end
  }

  #park(pauseMs: number): void {
    const here = [{ topic: this.topic, partitions: [this.partition] }]
    this.#setup.consumer.pause(here)
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (!this.#setup.isStale()) this.#setup.consumer.resume(here)
    }, pauseMs)
  }

  #seek(): void {
    this.#setup.consumer.seek({ topic: this.topic, partition: this.partition, offset: String(this.#next) })
  }

  #isShut(): boolean {
    return this.#timer !== null || this.#setup.isStale()
  }

  #reportLost(count: number, why: string): void {
    this.#report('lost', `${count} records from ${this.#next} on are lost: ${why}`, undefined, count)
  }

  #reportUnreadable({ count, message }: NonNullable<Piece['unreadable']>): void {
    this.#report('unreadable', message, undefined, count)
  }

  #report(kind: LogProblem['kind'], what: string, cause?: unknown, count?: number): void {
    const { topic, partition } = this
    const problem: LogProblem = { kind, message: `${topic}[${partition}]: ${what}`, topic, partition }
    if (cause !== undefined) problem.cause = cause
    if (count !== undefined) problem.count = count
    this.#setup.onProblem(problem)
  }
}

/** Records below the log's start are lost; an offset missing above it was compacted away or is a control marker. */
function lostBefore({ fetchedOffset, batches, logStartOffset }: FetchedPartition): number {
  return Math.max(0, Math.min(batches[0]!.baseOffset, logStartOffset) - fetchedOffset)
}
