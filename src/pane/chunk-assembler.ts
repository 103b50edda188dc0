import { sha256 } from '../ledger/digest.ts'
import type { LogRecord } from '../log/log.ts'
import { labelOf, readChunk } from './chunks.ts'
import type { Chunk, ChunkIdentity } from './chunks.ts'

/**
 * Puts chunks together again. The first complete one of an identity wins; a second with the same digest is a duplicate (a
 * crash between publishing and committing makes those), one with another digest a conflict: to be counted, alerted and ignored.
 *
 * Memory is bounded: of incomplete ones the oldest give way (`evicted`), of complete ones only the last digests are remembered.
 */
export class ChunkAssembler {
  evicted = 0
  private readonly open = new Map<string, OpenChunks>()
  private readonly digests = new Map<string, string>()
  private readonly openBytesMax: number
  private openBytes = 0

  constructor(options: { openBytesMax?: number } = {}) {
    this.openBytesMax = options.openBytesMax ?? 64 * 1024 * 1024
  }

  add(record: LogRecord): Assembled {
    const chunk = readChunk(record)
    if (chunk === null) return { kind: 'corrupt', label: labelOf(record), found: null }
    const { identity, digest } = chunk
    const name = nameOf(identity)
    const known = this.digests.get(name)
    if (known !== undefined) return { kind: known === digest ? 'duplicate' : 'conflict', identity, digest }

    const chunks = this.collect(`${name} ${digest} ${chunk.count}`, chunk, record.offset)
    if (chunks.missing > 0) return { kind: 'partial', identity, digest }
    const bytes = Buffer.concat(chunks.pieces as Buffer[])
    // A piece of it was tampered with or broken; a good copy that follows replaces it piece by piece.
    const found = sha256(bytes)
    if (found !== digest) return { kind: 'corrupt', label: { identity, digest }, found }
    this.remember(name, digest)
    return { kind: 'complete', identity, digest, bytes, offset: chunks.offset }
  }

  /** What it was made of turned out to be none of ours: whoever comes with its identity next is the first. */
  forget(identity: ChunkIdentity): void {
    this.digests.delete(nameOf(identity))
  }

  /** Nobody waits for these any more. */
  dropOpen(isDone: (identity: ChunkIdentity) => boolean): void {
    for (const [key, { identity }] of this.open) if (isDone(identity)) this.drop(key)
  }

  /** The first offset that an incomplete one needs; null when nothing is open. */
  neededOffset(): number | null {
    let first: number | null = null
    for (const { offset } of this.open.values()) if (first === null || offset < first) first = offset
    return first
  }

  private collect(key: string, chunk: Chunk, offset: number): OpenChunks {
    let chunks = this.open.get(key)
    if (chunks === undefined) {
      chunks = { identity: chunk.identity, pieces: [], missing: chunk.count, offset }
      this.open.set(key, chunks)
    }
    const before = chunks.pieces[chunk.index]
    if (before === undefined) chunks.missing--
    this.openBytes += chunk.bytes.length - (before?.length ?? 0)
    chunks.pieces[chunk.index] = chunk.bytes
    this.evictBeyond(key)
    return chunks
  }

  private evictBeyond(kept: string): void {
    for (const key of this.open.keys()) {
      if (this.openBytes <= this.openBytesMax && this.open.size <= OPEN_MAX) return
      if (key === kept) continue
      this.drop(key)
      this.evicted++
    }
  }

  /** It is complete: whatever else was begun for this identity is of no use any more. */
  private remember(name: string, digest: string): void {
    for (const key of this.open.keys()) if (key.startsWith(`${name} `)) this.drop(key)
    this.digests.set(name, digest)
    if (this.digests.size > DIGESTS_MAX) this.digests.delete(this.digests.keys().next().value!)
  }

  private drop(key: string): void {
    for (const piece of this.open.get(key)!.pieces) this.openBytes -= piece?.length ?? 0
    this.open.delete(key)
  }
}

export type Assembled =
  | {
      kind: 'complete'
      identity: ChunkIdentity
      digest: string
      bytes: Buffer
      /** Of its first chunk. */ offset: number
    }
  | { kind: 'partial' | 'duplicate' | 'conflict'; identity: ChunkIdentity; digest: string }
  /** What it says it is, where that can be read, and the digest of the bytes where all of them came. */
  | { kind: 'corrupt'; label: { identity: ChunkIdentity; digest: string } | null; found: string | null }

interface OpenChunks {
  identity: ChunkIdentity
  /** By index; holes are missing. */
  pieces: (Buffer | undefined)[]
  missing: number
  /** Of the first chunk that came. */
  offset: number
}

const OPEN_MAX = 4096
const DIGESTS_MAX = 16_384

/** JSON, because a stream's name may hold any character. */
function nameOf(identity: ChunkIdentity): string {
  const { kind, stream, startMs } = identity
  return JSON.stringify([kind, stream, kind === 'pane' ? identity.partition : null, startMs])
}
