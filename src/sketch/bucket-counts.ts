import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { readCounts, writeCounts } from './counts-codec.ts'

export const BUCKETS = 256

/** One count per unit bucket. Nothing is allocated before the first `add`; without any, `encode` gives no bytes. */
export class BucketCounts {
  total = 0
  private counts: Uint32Array | Float64Array | null = null

  at(bucket: number): number {
    return this.counts === null ? 0 : this.counts[bucket]!
  }

  add(bucket: number, count = 1): void {
    if (this.counts === null) this.counts = new Uint32Array(BUCKETS)
    this.total += count
    // No bucket can pass 2^32 - 1 before the total does.
    if (this.total > 0xffffffff && this.counts instanceof Uint32Array) this.counts = new Float64Array(this.counts)
    this.counts[bucket]! += count
  }

  merge(other: BucketCounts): void {
    other.forEach((bucket, count) => this.add(bucket, count))
  }

  /** Non-zero counts, buckets ascending. */
  forEach(visit: (bucket: number, count: number) => void): void {
    if (this.counts === null) return
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.counts[bucket]!
      if (count > 0) visit(bucket, count)
    }
  }

  /** Adds every count to its bucket of `sums`, or takes it away. */
  addTo(sums: Float64Array, sign: 1 | -1 = 1): void {
    const { counts } = this
    if (counts === null) return
    for (let bucket = 0; bucket < BUCKETS; bucket++) sums[bucket]! += sign * counts[bucket]!
  }

  encode(): Uint8Array {
    if (this.total === 0 || this.counts === null) return new Uint8Array(0)
    const writer = new ByteWriter()
    writeCounts(writer, this.counts)
    return writer.bytes()
  }

  static decode(bytes: Uint8Array): BucketCounts {
    const counts = new BucketCounts()
    if (bytes.length === 0) return counts
    const reader = new ByteReader(bytes, 'bucket counts')
    readCounts(reader, BUCKETS, (bucket, count) => counts.add(bucket, count))
    reader.check(counts.total > 0, 'empty counts are no bytes')
    reader.end()
    return counts
  }
}
