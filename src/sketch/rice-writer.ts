import { BUCKETS } from './bucket-counts.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Counters } from './counts-codec.ts'

/** The bits of `grid-codec.ts`, the first one highest in its byte. */
export class RiceWriter {
  private readonly writer: ByteWriter
  private end = 0
  /** Filled from its highest bit; full only every tenth number or so, which a processor can guess. */
  private word = 0
  private free = 32

  constructor(writer: ByteWriter) {
    this.writer = writer
  }

  /** Of a column whose total is small. */
  gaps(k: number, counters: Counters, width: number, column: number): void {
    this.reserve(k)
    // Whether a count is zero is a toss of a coin: nobody guesses, and what is written for a zero is written over.
    let length = 0
    for (let bucket = 0, at = column; bucket < BUCKETS; bucket++, at += width) {
      filled[length] = bucket
      length += -counters[at]! >>> 31
    }
    let last = 0
    for (let each = 0; each < length; each++) {
      const bucket = filled[each]!
      for (let left = counters[bucket * width + column]!; left > 0; left--) {
        this.number(k, bucket - last)
        last = bucket
      }
    }
  }

  counts(k: number, counters: Counters, width: number, column: number): void {
    this.reserve(k)
    for (let at = column; at < counters.length; at += width) this.number(k, counters[at]!)
  }

  /** Fills the last byte with zeros, and hands all of them over. */
  finish(): void {
    const length = this.end + Math.ceil((32 - this.free) / 8)
    this.reserve(0)
    this.flush()
    this.writer.direct(length, (bytes, end) => {
      bytes.set(memory.subarray(0, length), end)
      return end + length
    })
  }

  private number(k: number, value: number): void {
    const quotient = k < AT_ONCE_MAX && value < AT_ONCE_MAX << k ? value >>> k : AT_ONCE_MAX
    const length = quotient + 1 + k
    if (length <= AT_ONCE_MAX) this.bits((1 << k) | (value & ((1 << k) - 1)), length)
    else this.longNumber(k, value)
  }

  private longNumber(k: number, value: number): void {
    for (let zeros = Math.floor(value / powerOfTwo(k)); zeros > 0; zeros -= AT_ONCE_MAX) {
      this.bits(0, Math.min(zeros, AT_ONCE_MAX))
    }
    this.bits(1, 1)
    for (let left = k; left > 0;) {
      const length = Math.min(left, AT_ONCE_MAX)
      left -= length
      this.bits(Math.floor(value / powerOfTwo(left)) % powerOfTwo(length), length)
    }
  }

  /** The low `length` bits of `value`, at most AT_ONCE_MAX, the others 0. */
  private bits(value: number, length: number): void {
    const free = this.free - length
    if (free >= 0) {
      this.word |= value << free
      this.free = free
      return
    }
    this.word |= value >>> -free
    this.flush()
    this.free = 32 + free
    this.word = value << this.free
  }

  private flush(): void {
    const { word, end } = this
    memory[end] = word >>> 24
    memory[end + 1] = word >>> 16
    memory[end + 2] = word >>> 8
    memory[end + 3] = word
    this.end = end + 4
  }

  /** For a column. */
  private reserve(k: number): void {
    const needed = this.end + (COLUMN_BITS_MAX + BUCKETS * k) / 8
    if (needed <= memory.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * memory.length))
    grown.set(memory)
    memory = grown
  }
}

/** So many bits can be had at once wherever they begin in a byte. */
export const AT_ONCE_MAX = 24
/** See `grid-codec.ts`. */
const COLUMN_BITS_MAX = 1024

/** Buckets of a column that hold something, ascending. */
const filled = new Uint8Array(BUCKETS + 1)

/** One table is written at a time. */
let memory = new Uint8Array(32_768)

/** A double doubled is exact. */
export function powerOfTwo(exponent: number): number {
  let power = 1
  for (let left = exponent; left > 0; left--) power *= 2
  return power
}
