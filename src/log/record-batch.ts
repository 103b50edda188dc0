import { decompress } from './codecs.ts'
import { CompressedDataError } from './compressed-data-error.ts'
import { crc32c } from './crc32c.ts'
import type { LogRecord } from './log.ts'

/**
 * Kafka's record batch, version 2, read straight into our records.
 *
 * It replaces KafkaJS's decoder, which spreads all records of a batch into one call (a batch of 125,000 records ends
 * the consumer for good), never looks at the checksum, unpacks without bounds, and makes a string of every offset.
 *
 *   baseOffset 8 | batchLength 4 | leaderEpoch 4 | magic 1 | crc 4 | attributes 2 | lastOffsetDelta 4 |
 *   firstTimestamp 8 | maxTimestamp 8 | producerId 8 | producerEpoch 2 | baseSequence 4 | count 4 | records
 *   0              8               12              16        17      21             23
 *   27               35             43             51                53             57        61
 *
 * Trap: a batch that compaction emptied stays in the log for its last offset. It has no records but moves the position.
 */
const OVERHEAD = 12 // the length counts from behind itself
const HEADER_SIZE = 61
/** Not `Object.create(null)`: that is kept as a hash table, and every record is asked twice for a header. */
const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze(
  Object.setPrototypeOf({}, null) as Record<string, never>,
)

export interface RecordBatch {
  baseOffset: number
  /** Behind the batch: where the next one may begin. */
  end: number
  /** As its header states. */
  count: number
  producerId: number
  isTransactional: boolean
  isControl: boolean
  magic: number
  bytes: Buffer
}

/** The whole batches of a fetched record set; what `maxBytes` cut off at its end is left for the next fetch. */
export function readBatches(recordSet: Buffer): RecordBatch[] {
  const batches: RecordBatch[] = []
  for (let at = 0; at + HEADER_SIZE <= recordSet.length;) {
    const end = at + OVERHEAD + recordSet.readInt32BE(at + 8)
    if (end > recordSet.length || end < at + HEADER_SIZE) break
    const attributes = recordSet.readInt16BE(at + 21)
    const baseOffset = readInt64(recordSet, at)
    batches.push({
      baseOffset,
      end: baseOffset + Math.max(0, recordSet.readInt32BE(at + 23)) + 1,
      count: recordSet.readInt32BE(at + 57),
      producerId: readInt64(recordSet, at + 43),
      isTransactional: (attributes & 0x10) !== 0,
      isControl: (attributes & 0x20) !== 0,
      magic: recordSet[at + 16]!,
      bytes: recordSet.subarray(at, end),
    })
    at = end
  }
  return batches
}

export function isIntact({ bytes }: RecordBatch): boolean {
  return crc32c(bytes, 21) === bytes.readUInt32BE(17)
}

/**
 * The records at or behind `from`. Keys and values are views of the fetched bytes: copy what is kept for long.
 * Throws CompressedDataError for bytes that cannot be read or would unpack to more than `bytesMax`.
 */
export function decodeRecords(
  batch: RecordBatch,
  topic: string,
  partition: number,
  from: number,
  bytesMax: number,
): LogRecord[] {
  const { bytes, baseOffset, count } = batch
  const attributes = bytes.readInt16BE(21)
  const data = decompress(attributes & 7, bytes.subarray(HEADER_SIZE), bytesMax)
  const firstTimestampMs = readInt64(bytes, 27)
  const appendTimeMs = attributes & 8 ? readInt64(bytes, 35) : null
  const records: LogRecord[] = []
  const cursor = { bytes: data, at: 0 }
  for (let i = 0; i < count; i++) {
    const length = readVarint(cursor)
    const end = cursor.at + length
    if (length < 0 || end > data.length) throw new CompressedDataError(`record ${i} of ${count} leaves its batch`)
    cursor.at++ // attributes, unused by Kafka
    const timestampDelta = readVarint(cursor)
    const offset = baseOffset + readVarint(cursor)
    const keyLength = skipBytes(cursor, end)
    const keyEnd = cursor.at
    const value = readBytes(cursor, end)
    const headers = readHeaders(cursor, end)
    if (cursor.at !== end) throw new CompressedDataError(`record ${i} of ${count} is not as long as it says`)
    if (offset < from) continue // a compressed batch comes whole, however far into it we asked
    const timestampMs = appendTimeMs ?? firstTimestampMs + timestampDelta
    records.push(new BatchRecord({ topic, partition, offset, timestampMs, value, headers }, data, keyEnd, keyLength))
  }
  return records
}

/** Whoever counts events never asks for a key, and a view of bytes costs as much as reading the rest of the record. */
class BatchRecord implements LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer>>
  private readonly data: Buffer
  private readonly keyEnd: number
  /** -1: it has no key. */
  private readonly keyLength: number

  constructor(record: Omit<LogRecord, 'key'>, data: Buffer, keyEnd: number, keyLength: number) {
    this.topic = record.topic
    this.partition = record.partition
    this.offset = record.offset
    this.timestampMs = record.timestampMs
    this.value = record.value
    this.headers = record.headers
    this.data = data
    this.keyEnd = keyEnd
    this.keyLength = keyLength
  }

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.data.subarray(this.keyEnd - this.keyLength, this.keyEnd)
  }
}

/** Exact up to 2^53, as every offset and time is. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

interface Cursor {
  bytes: Buffer
  at: number
}

/** Zigzag varint. Sums as a double, so that a long of up to 53 bits (a timestamp delta) is exact as well. */
function readVarint(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++]!
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
  let value = byte & 0x7f
  let scale = 0x80
  do {
    byte = bytes[cursor.at++]!
    value += (byte & 0x7f) * scale
    scale *= 0x80
  } while (byte >= 0x80)
  if (!(scale <= 2 ** 70)) throw new CompressedDataError('a number is longer than ten bytes')
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function readBytes(cursor: Cursor, end: number): Buffer | null {
  const length = skipBytes(cursor, end)
  return length < 0 ? null : cursor.bytes.subarray(cursor.at - length, cursor.at)
}

/** The length of what the cursor then stands behind; below 0: there is none. */
function skipBytes(cursor: Cursor, end: number): number {
  const length = readVarint(cursor)
  if (length > 0) cursor.at += length
  if (!(cursor.at <= end)) throw new CompressedDataError('a key or value leaves its record')
  return length
}

function readHeaders(cursor: Cursor, end: number): Readonly<Record<string, Buffer>> {
  const count = readVarint(cursor)
  if (count <= 0) return NO_HEADERS
  const headers: Record<string, Buffer> = Object.create(null)
  for (let i = 0; i < count; i++) {
    const name = readBytes(cursor, end)
    if (name === null) throw new CompressedDataError('a header has no name')
    headers[name.toString('utf8')] = readBytes(cursor, end) ?? Buffer.alloc(0)
  }
  return headers
}
