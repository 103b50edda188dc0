import { createHash } from 'node:crypto'

/**
 * Checksums of the view's rows. SQLite itself notices a torn page only by luck; a verdict's picture must never be drawn from a
 * flipped bit. Each row carries a seal over all of it, and the head carries the seals of all rows mixed together, so that
 * a row that is missing, doubled or older than the rest is noticed as well.
 */
export interface SliceRow {
  stream: string
  startMs: number
  endMs: number
  /** `sha256:…` of the bytes: the slice's own name. */
  digest: string
  bytes: Uint8Array
}

export function sealRow({ stream, startMs, endMs, digest, bytes }: SliceRow): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([stream, startMs, endMs, digest]))
    .update(bytes)
    .digest()
}

export function sealText(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Exclusive or of seals: rows come and go in any order, and each comes out by being mixed in again. */
export class SealMix {
  private readonly mix = Buffer.alloc(32)

  toggle(seal: Uint8Array): void {
    for (let at = 0; at < 32; at++) this.mix[at]! ^= seal[at]!
  }

  copy(): SealMix {
    const copy = new SealMix()
    copy.toggle(this.mix)
    return copy
  }

  toString(): string {
    return this.mix.toString('hex')
  }
}
