import { crc32c } from './crc32c.ts'
import type { RecordToStore } from './local-store.ts'
import type { LogRecord } from './log.ts'

/**
 * A record in a log file. Numbers are big endian; a length of -1 is null.
 *
 *   size 4 | crc-32c 4 | offset 8 | timestamp 8 | key size 4, key | value size 4, value | headers 2, (size 4, name, size 4, value)*
 *   \________________/ \___________________________ `size` bytes, under the checksum ______________________________________/
 */
export const FRAME_SIZE = 8
const FIXED_SIZE = 26

export function encodeRecord(offset: number, { timestampMs, key, value, headers }: RecordToStore): Buffer {
  const names = Object.keys(headers)
  let size = FIXED_SIZE + (key?.length ?? 0) + (value?.length ?? 0)
  for (const name of names) size += 8 + Buffer.byteLength(name) + headers[name]!.length
  const bytes = Buffer.allocUnsafe(FRAME_SIZE + size)
  bytes.writeUInt32BE(size, 0)
  bytes.writeBigUInt64BE(BigInt(offset), 8)
  bytes.writeDoubleBE(timestampMs, 16)
  let at = writeBytes(bytes, writeBytes(bytes, 24, key), value)
  at = bytes.writeUInt16BE(names.length, at)
  for (const name of names) at = writeBytes(bytes, writeBytes(bytes, at, Buffer.from(name)), headers[name]!)
  bytes.writeUInt32BE(crc32c(bytes, FRAME_SIZE), 4)
  return bytes
}

/** Size of the whole frame that begins here; null when its length is not even there. */
export function frameSizeAt(bytes: Buffer, at: number): number | null {
  return at + 4 > bytes.length ? null : FRAME_SIZE + bytes.readUInt32BE(at)
}

/** Whether a whole record of this offset stands at [at, end). */
export function isIntactRecord(bytes: Buffer, at: number, end: number, offset: number): boolean {
  if (end - at < FRAME_SIZE + FIXED_SIZE) return false
  return bytes.readUInt32BE(at + 4) === crc32c(bytes, at + FRAME_SIZE, end) && offsetOf(bytes, at) === offset
}

export function offsetOf(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64BE(at + 8))
}

export function timestampOf(bytes: Buffer, at: number): number {
  return bytes.readDoubleBE(at + 16)
}

/** Keys and values are views of the bytes. The record is intact: it was checked on opening or written by us. */
export function decodeRecord(topic: string, partition: number, bytes: Buffer, at: number): LogRecord {
  const cursor = { bytes, at: at + 24 }
  const key = readBytes(cursor)
  const value = readBytes(cursor)
  const headers: Record<string, Buffer> = Object.create(null)
  const count = bytes.readUInt16BE(cursor.at)
  cursor.at += 2
  for (let i = 0; i < count; i++) headers[readBytes(cursor)!.toString('utf8')] = readBytes(cursor)!
  return { topic, partition, offset: offsetOf(bytes, at), timestampMs: timestampOf(bytes, at), key, value, headers }
}

function writeBytes(target: Buffer, at: number, bytes: Buffer | null): number {
  target.writeInt32BE(bytes?.length ?? -1, at)
  if (bytes !== null) bytes.copy(target, at + 4)
  return at + 4 + (bytes?.length ?? 0)
}

function readBytes(cursor: { bytes: Buffer; at: number }): Buffer | null {
  const length = cursor.bytes.readInt32BE(cursor.at)
  const start = cursor.at + 4
  cursor.at = start + Math.max(0, length)
  return length < 0 ? null : cursor.bytes.subarray(start, cursor.at)
}
