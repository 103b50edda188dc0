import { AbortedFilter } from './aborted.ts'
import { CompressedDataError } from './compressed-data-error.ts'
import type { LogRecord } from './log.ts'
import { decodeRecords, isIntact, readBatches, type RecordBatch } from './record-batch.ts'

/** What KafkaJS's fetch hands over for one partition; `messages` is our raw record set (see kafka-patches.ts). */
export interface PartitionData {
  partition: number
  highWatermark: string
  /** The broker's log start; KafkaJS's name for it. Absent before fetch version 5. */
  lastStartOffset?: string
  abortedTransactions?: readonly { producerId: string; firstOffset: string }[]
  messages: { recordSet: Buffer | null }
}

/** A stretch of a partition: records in order, and where it ends. `unreadable`: a batch that had to be left out. */
export interface Piece {
  records: LogRecord[]
  end: number
  unreadable: { count: number; reason: 'corrupt' | 'undecodable'; message: string } | null
}

export interface PieceLimits {
  checkCrc: boolean
  /** What one batch may unpack to. */
  decompressedBytesMax: number
  recordsPerPiece: number
}

/**
 * One partition's part of one fetch, decoded piece by piece and only when asked: a megabyte of compressed records may
 * be thirty in memory, and eight partitions come with one fetch.
 *
 * Takes the place of KafkaJS's `Batch`, whose constructor makes three arrays and two Longs for each record.
 */
export class FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly fetchedOffset: number
  readonly highWatermark: number
  /** -1 when the broker does not say. */
  readonly logStartOffset: number
  readonly batches: readonly RecordBatch[]
  readonly #aborted: AbortedFilter

  constructor(topic: string, fetchedOffset: string, data: PartitionData) {
    this.topic = topic
    this.partition = data.partition
    this.fetchedOffset = Number(fetchedOffset)
    this.highWatermark = Number(data.highWatermark)
    this.logStartOffset = Number(data.lastStartOffset ?? -1)
    const { recordSet } = data.messages
    this.batches = recordSet === null ? [] : readBatches(recordSet).filter(({ end }) => end > this.fetchedOffset)
    this.#aborted = new AbortedFilter(
      (data.abortedTransactions ?? []).map(({ producerId, firstOffset }) => {
        return { producerId: Number(producerId), firstOffset: Number(firstOffset) }
      }),
    )
  }

  /** Small batches are put together; one that cannot be read makes a piece of its own. Ask once. */
  *pieces(from: number, limits: PieceLimits): Generator<Piece> {
    let piece: Piece = { records: [], end: from, unreadable: null }
    for (const batch of this.batches) {
      const read = this.#read(batch, from, limits)
      if (!Array.isArray(read)) {
        if (piece.end > from) yield piece
        yield { records: [], end: batch.end, unreadable: read }
        from = batch.end
        piece = { records: [], end: from, unreadable: null }
        continue
      }
      piece.records = piece.records.length === 0 ? read : piece.records.concat(read)
      piece.end = batch.end
      if (piece.records.length < limits.recordsPerPiece) continue
      yield piece
      from = batch.end
      piece = { records: [], end: from, unreadable: null }
    }
    if (piece.end > from) yield piece
  }

  #read(batch: RecordBatch, from: number, limits: PieceLimits): LogRecord[] | NonNullable<Piece['unreadable']> {
    const count = Math.max(1, Math.min(batch.count, batch.end - Math.max(from, batch.baseOffset)))
    const where = `the batch at ${batch.baseOffset} is left out`
    if (batch.magic !== 2) {
      return { count, reason: 'undecodable', message: `${where}: format ${batch.magic} of brokers before 0.11` }
    }
    if (limits.checkCrc && !isIntact(batch)) {
      return { count, reason: 'corrupt', message: `${where}: its CRC-32C does not fit` }
    }
    if (this.#aborted.isAborted(batch) || batch.isControl) return []
    try {
      return decodeRecords(batch, this.topic, this.partition, from, limits.decompressedBytesMax)
    } catch (error) {
      if (!(error instanceof CompressedDataError)) throw error
      return { count, reason: 'undecodable', message: `${where}: ${error.message}` }
    }
  }

  /** The one thing KafkaJS's own code still asks. */
  isEmpty(): boolean {
    return this.batches.length === 0
  }
}
