import { BUCKETS } from './bucket-counts.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/**
 * One exact sum per unit bucket, in units of 2^-20: floor(x·2^20 + 0.5) of each value, as an exact integer, so that sums do
 * not depend on order. The ordinary sum fits a double (up to 2^53, that is 8.6e9); what does not goes on as a bigint.
 *
 * Values are finite: that is the caller's duty, and anything else is ignored.
 */
export class SumTable {
  /** Exact integers of magnitude below 2^53. The sum of a bucket is `small` + `large`. */
  private small: Float64Array | null = null
  private large: bigint[] | null = null

  add(bucket: number, value: number): void {
    // Scaling by a power of two is exact, and from 2^53 on the product is an integer; only 2^1004 and more overflow.
    const scaled = value * UNITS_PER_ONE
    if (scaled > -EXACT_MAX && scaled < EXACT_MAX) this.addSmall(bucket, roundHalfUp(scaled))
    else if (Number.isFinite(scaled)) this.addLarge(bucket, BigInt(scaled))
    else if (Number.isFinite(value)) this.addLarge(bucket, BigInt(value) * BigInt(UNITS_PER_ONE))
  }

  /** The exact sum in units of 2^-20. */
  at(bucket: number): bigint {
    const small = this.small === null ? 0n : BigInt(this.small[bucket]!)
    return this.large === null ? small : small + this.large[bucket]!
  }

  /** The exact sum, rounded once to the nearest double. */
  toNumber(bucket: number): number {
    if (this.large === null) return this.small === null ? 0 : this.small[bucket]! / UNITS_PER_ONE
    return Number(this.at(bucket)) / UNITS_PER_ONE
  }

  merge(other: SumTable): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (other.small !== null) this.addSmall(bucket, other.small[bucket]!)
      if (other.large !== null) this.addLarge(bucket, other.large[bucket]!)
    }
  }

  /** Bucket by bucket as zigzag varints, a run of zeros as 0 and its length - 1, zeros at the end left out. */
  encode(): Uint8Array {
    const writer = new ByteWriter()
    let zeros = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const sum = this.at(bucket)
      if (sum === 0n) {
        zeros++
        continue
      }
      if (zeros > 0) {
        writer.varint(0)
        writer.varint(zeros - 1)
      }
      writer.zigzag(sum)
      zeros = 0
    }
    return writer.bytes()
  }

  static decode(bytes: Uint8Array): SumTable {
    const table = new SumTable()
    const reader = new ByteReader(bytes, 'sum table')
    for (let bucket = 0; reader.left > 0; bucket++) {
      let sum = reader.zigzag(SUM_BITS_MAX)
      if (sum === 0n) {
        bucket += reader.varint(BUCKETS) + 1
        sum = reader.zigzag(SUM_BITS_MAX)
        reader.check(sum !== 0n, 'two runs of zeros in a row')
      }
      reader.check(bucket < BUCKETS, `more than ${BUCKETS} sums`)
      if (sum > -EXACT_MAX_BIG && sum < EXACT_MAX_BIG) table.addSmall(bucket, Number(sum))
      else table.addLarge(bucket, sum)
    }
    return table
  }

  private addSmall(bucket: number, units: number): void {
    if (this.small === null) this.small = new Float64Array(BUCKETS)
    const sum = this.small[bucket]! + units
    if (sum > -EXACT_MAX && sum < EXACT_MAX) {
      this.small[bucket] = sum
      return
    }
    this.addLarge(bucket, BigInt(units))
  }

  private addLarge(bucket: number, units: bigint): void {
    if (this.large === null) this.large = new Array<bigint>(BUCKETS).fill(0n)
    this.large[bucket]! += units
  }
}

/** 2^20 */
const UNITS_PER_ONE = 0x100000
/** 2^53 */
const EXACT_MAX = 0x20000000000000
const EXACT_MAX_BIG = BigInt(EXACT_MAX)
/** 2^53 of the largest double: 1024 + 20 + 53 bits, and the sign. */
const SUM_BITS_MAX = 1100

/** floor(x + 0.5) in exact arithmetic: adding 0.5 first would round, just below one half and from 2^52 on. */
function roundHalfUp(x: number): number {
  const floor = Math.floor(x)
  return x - floor >= 0.5 ? floor + 1 : floor
}
