import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { sha256 } from '../ledger/digest.ts'
import type { LogRecord, RecordToAppend } from '../log/log.ts'

/**
 * Panes and slices as records below the broker's size limit.
 *
 *   canonical bytes ──► pieces of at most 900,000 bytes ──► each deflated by itself where that is shorter ──► one record each
 *
 *   key       the stream (the group's first name): all of a group stand in one partition, in order
 *   headers   kind       pane | slice (a progress record says `progress` and has no chunks)
 *             stream     whose it is; for a pane this is its own stream, not the group's first
 *             partition  of a pane; empty for a slice
 *             start      startMs
 *             digest     sha256:<hex> of all the canonical bytes
 *             chunk      i/n, i from 1
 *             encoding   identity | deflate (raw, RFC 1951)
 *
 * The facts stand in headers and not inside the value, so that any Kafka tool shows what a record is without our schema.
 * Pieces are cut before they are deflated: the digest, and where the cuts fall, must not depend on a zlib version, and then
 * pieces by two writers (a crash between two of them, a zombie) fit together.
 */
export function toChunks(identity: ChunkIdentity, bytes: Uint8Array, options: ChunkOptions): RecordToAppend[] {
  const { key, chunkBytesMax = CHUNK_BYTES_MAX } = options
  const digest = options.digest ?? sha256(bytes)
  const count = Math.max(1, Math.ceil(bytes.length / chunkBytesMax))
  return Array.from({ length: count }, (_, at) => {
    const piece = bytes.subarray(at * chunkBytesMax, (at + 1) * chunkBytesMax)
    const deflated = deflateRawSync(piece, { level: 1 })
    const isShorter = deflated.length < piece.length
    return {
      key,
      value: isShorter ? deflated : Buffer.from(piece),
      headers: {
        kind: identity.kind,
        stream: identity.stream,
        partition: identity.kind === 'pane' ? String(identity.partition) : '',
        start: String(identity.startMs),
        digest,
        chunk: `${at + 1}/${count}`,
        encoding: isShorter ? 'deflate' : 'identity',
      },
    }
  })
}

/** Kafka's default limit is 1,048,588 bytes a record batch; this leaves room for headers and the worst case of deflate. */
export const CHUNK_BYTES_MAX = 900_000

export type ChunkIdentity =
  | { kind: 'pane'; stream: string; partition: number; startMs: number }
  | { kind: 'slice'; stream: string; startMs: number }

export interface ChunkOptions {
  /** The group's first stream. */
  key: string
  /** sha256 of the bytes, where the caller has it already. */
  digest?: string
  chunkBytesMax?: number
}

export interface Chunk {
  identity: ChunkIdentity
  digest: string
  /** From 0. */
  index: number
  count: number
  /** Canonical bytes, inflated. */
  bytes: Buffer
}

/** A record's chunk; null when it is none, or is broken: such a record is counted and passed over, never a crash. */
export function readChunk(record: Pick<LogRecord, 'headers' | 'value'>): Chunk | null {
  const text = (name: string): string => record.headers[name]?.toString('utf8') ?? ''
  const place = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text('chunk'))
  const label = labelOf(record)
  if (place === null || label === null || record.value === null) return null
  const index = Number(place[1]) - 1
  const count = Number(place[2])
  const bytes = inflate(record.value, text('encoding'))
  return index >= count || bytes === null ? null : { ...label, index, count, bytes }
}

/** What a record says it is a chunk of, whatever is the matter with its bytes; null where not even that can be read. */
export function labelOf(record: Pick<LogRecord, 'headers'>): { identity: ChunkIdentity; digest: string } | null {
  const text = (name: string): string => record.headers[name]?.toString('utf8') ?? ''
  const identity = readIdentity(text)
  const digest = text('digest')
  return identity === null || !DIGEST.test(digest) ? null : { identity, digest }
}

/** `kind`, as a header says it; what else a topic holds is told apart by it. */
export function kindOf(record: Pick<LogRecord, 'headers'>): string {
  return record.headers.kind?.toString('utf8') ?? ''
}

const DIGEST = /^sha256:[0-9a-f]{64}$/

function readIdentity(text: (name: string) => string): ChunkIdentity | null {
  const stream = text('stream')
  const startMs = readInteger(text('start'))
  if (stream === '' || startMs === null) return null
  if (text('kind') === 'slice') return { kind: 'slice', stream, startMs }
  const partition = readInteger(text('partition'))
  if (text('kind') !== 'pane' || partition === null || partition < 0) return null
  return { kind: 'pane', stream, partition, startMs }
}

function readInteger(text: string): number | null {
  const value = Number(text)
  return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : null
}

/** More than a chunk may hold inflates only in a bomb. */
const INFLATED_BYTES_MAX = 16 * 1024 * 1024

function inflate(value: Buffer, encoding: string): Buffer | null {
  if (encoding === 'identity') return value
  if (encoding !== 'deflate') return null
  try {
    return inflateRawSync(value, { maxOutputLength: INFLATED_BYTES_MAX })
  } catch {
    return null // Broken bytes are the answer here, not an error: the caller counts the record.
  }
}
