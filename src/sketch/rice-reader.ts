import { BUCKETS } from './bucket-counts.ts'
import type { ByteReader } from './byte-reader.ts'
import { countMaxOf, widened } from './counts-codec.ts'
import type { Counters } from './counts-codec.ts'
import { AT_ONCE_MAX, powerOfTwo } from './rice-writer.ts'

/**
 * Reads what `RiceWriter` wrote, from where the reader stands to its end, and trusts nothing. Beyond the end there are zeros: a
 * number there never comes to its one, so every loop stops.
 */
export class RiceReader {
  private readonly reader: ByteReader
  private readonly bytes: Uint8Array
  /** In bits. */
  private readonly length: number
  private at = 0

  constructor(reader: ByteReader) {
    this.reader = reader
    const bytes = reader.rest()
    this.length = bytes.length * 8
    // Four bytes are looked at wherever a number begins, and one may begin that much too late.
    if (padded.length < bytes.length + PADDING) padded = new Uint8Array(2 * bytes.length + PADDING)
    padded.set(bytes)
    padded.fill(0, bytes.length, bytes.length + PADDING)
    this.bytes = padded
  }

  /** Adds `total` ones to a column of counts, which can hold them, and to the sums of its buckets. @param k at least 1 */
  gaps(
    k: number,
    total: number,
    counters: Counters,
    width: number,
    column: number,
    byBucket: Uint32Array | Float64Array,
  ): void {
    const { bytes } = this
    let { at } = this
    // What has been looked at and not yet read, the first bit highest: a look serves five numbers or so.
    let word = 0
    let bits = 0
    let bucket = 0
    for (let left = total; left > 0; left--) {
      let zeros = Math.clz32(word)
      if (zeros + 1 + k > bits) {
        word = lookAt(bytes, at)
        bits = 32 - (at & 7)
        zeros = Math.clz32(word)
      }
      const length = zeros + 1 + k
      if (length <= bits) {
        at += length
        bits -= length
        // A shift by 32 would be none: hence two.
        const rest = (word << zeros) << 1
        bucket += (zeros << k) | (rest >>> (32 - k))
        word = rest << k
      } else {
        this.at = at
        bucket += this.longNumber(k)
        at = this.at
        bits = 0
      }
      if (bucket >= BUCKETS) throw this.reader.corrupt('a count beyond the last bucket')
      counters[bucket * width + column]!++
      byBucket[bucket]!++
    }
    this.at = at
  }

  /** Fills a column of counts, which are widened where they must be; adds them to the sums of their buckets. */
  counts(
    k: number,
    total: number,
    given: Counters,
    width: number,
    column: number,
    byBucket: Uint32Array | Float64Array,
  ): Counters {
    let counters = given
    let max = countMaxOf(counters)
    let left = total
    for (let bucket = 0, at = column; bucket < BUCKETS; bucket++, at += width) {
      const word = lookAt(this.bytes, this.at)
      const zeros = Math.clz32(word)
      let count = zeros
      if (zeros + 1 + k <= AT_ONCE_MAX) {
        this.at += zeros + 1 + k
        // A shift by 32 would be none: hence two.
        count = (zeros << k) | (((word << (zeros + 1)) >>> (31 - k)) >>> 1)
      } else {
        count = this.longNumber(k)
      }
      left -= count
      if (count > max) {
        if (left < 0) break
        counters = widened(counters, count)
        max = countMaxOf(counters)
      }
      counters[at] = count
      byBucket[bucket]! += count
    }
    this.reader.check(left === 0, 'counts that are not their total')
    return counters
  }

  /** Nothing may follow but the zeros that fill the last byte. */
  end(): void {
    const padding = this.length - this.at
    const isZero = padding === 0 || lookAt(this.bytes, this.at) >>> (32 - padding) === 0
    this.reader.check(padding >= 0 && padding < 8 && isZero, 'not as many bits as its counts take')
  }

  /** More bits than can be looked at at once. */
  private longNumber(k: number): number {
    let quotient = 0
    let zeros = Math.clz32(lookAt(this.bytes, this.at))
    while (zeros >= AT_ONCE_MAX) {
      quotient += AT_ONCE_MAX
      this.at += AT_ONCE_MAX
      if (this.at >= this.length) throw this.reader.corrupt('ends too early')
      zeros = Math.clz32(lookAt(this.bytes, this.at))
    }
    this.at += zeros + 1
    let value = quotient + zeros
    for (let left = k; left > 0;) {
      const length = Math.min(left, AT_ONCE_MAX)
      value = value * powerOfTwo(length) + (lookAt(this.bytes, this.at) >>> (32 - length))
      this.at += length
      left -= length
    }
    return value
  }
}

const PADDING = 16
/** Of one reader at a time: a grid is read to its end in one go. */
let padded = new Uint8Array(8192)

/** The next 25 bits at least, the first one highest. */
function lookAt(bytes: Uint8Array, at: number): number {
  const from = at >>> 3
  const word = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
  return word << (at & 7)
}
