import type { ByteReader } from './byte-reader.ts'
import { putVarint } from './byte-writer.ts'
import type { ByteWriter } from './byte-writer.ts'

/** 256 buckets of at most 256 columns. */
const COUNTS_MAX = 65536

/** Counts as they are kept, in a buffer of their own: narrow while they are small, exact up to 2^53 - 1. */
export type Counters = Uint8Array | Uint16Array | Uint32Array | Float64Array

/**
 * A row of counts of known length. Two forms, and the counts themselves say which one, so that it stays canonical:
 *
 *   sparse  one token a non-zero count: 8·(zeros before it) + min(count, 8) - 1, and count - 8 after it from 8 on
 *   full    every count as it is; a run of zeros as 0 and its length - 1
 *
 * Full is shorter when counts of 8 and more outnumber the runs of zeros two to one.
 *
 * Whether the next count is zero, or is 8 or more, is a toss of a coin, and a processor that guesses wrong loses more time
 * than all the rest takes. So here nobody guesses: bytes that may be needed are written, and the place where the next ones go
 * moves on by 1 or 0 for "they were".
 */
export function writeCounts(writer: ByteWriter, counts: Counters): void {
  const { length, runs, large } = outline(counts)
  const isFull = large > 2 * runs
  writer.varint(length * 2 + (isFull ? 1 : 0))
  const write = isFull ? writeFull : writeSparse
  for (let from = 0; from < length; from += AT_A_TIME) {
    const to = Math.min(from + AT_A_TIME, length)
    writer.direct(AT_A_TIME * TOKEN_SIZE_MAX, (bytes, end) => write(bytes, end, counts, from, to))
  }
}

/** Fills `counts` (all zero) through `set`, which may widen; checks that the total stays exact. */
export function readCounts(reader: ByteReader, length: number, set: (at: number, count: number) => void): void {
  const head = reader.varint(length * 2 + 1)
  const isFull = (head & 1) === 1
  const nonZero = head >>> 1
  let at = 0
  let total = 0
  let runs = 0
  let large = 0
  for (let left = nonZero; left > 0; left--) {
    let count = reader.varint()
    let zeros = 0
    if (isFull) {
      if (count === 0) {
        zeros = reader.varint(length) + 1
        count = reader.varint()
        reader.check(count > 0, 'two runs of zeros in a row')
      }
    } else {
      zeros = Math.floor(count / 8)
      count = (count % 8) + 1
      if (count === 8) count += reader.varint()
    }
    if (zeros > 0) runs++
    if (count >= 8) large++
    at += zeros
    if (at >= length) throw reader.corrupt(`more than ${length} counts`)
    total += count
    reader.check(total <= Number.MAX_SAFE_INTEGER, 'counts are too large')
    set(at++, count)
  }
  reader.check(isFull === large > 2 * runs, 'not in its canonical form')
}

/** Positions of the counts that are not zero, for one call of `writeCounts` at a time. */
const nonZero = new Uint16Array(COUNTS_MAX + 1)
const AT_A_TIME = 512
/** Zeros before it, and a count up to 2^53. */
const TOKEN_SIZE_MAX = 4 + 8

/** Fills `nonZero`; answers how many, with how many runs of zeros before or between them, and how many are 8 or more. */
function outline(counts: Counters): { length: number; runs: number; large: number } {
  const length = counts instanceof Float64Array || counts instanceof Uint32Array ? findAny(counts) : findSmall(counts)
  let runs = 0
  let large = 0
  let next = 0
  for (let at = 0; at < length; at++) {
    const position = nonZero[at]!
    runs += isBelow(next, position)
    large += isBelow(7, Math.min(counts[position]!, 8))
    next = position + 1
  }
  return { length, runs, large }
}

function findSmall(counts: Uint8Array | Uint16Array): number {
  // A table of a small pane is nearly empty: 8-bit counts are passed over four at a time.
  const words = counts instanceof Uint8Array ? new Uint32Array(counts.buffer, 0, counts.length >>> 2) : null
  let length = 0
  for (let at = 0; at < counts.length; at++) {
    if (words !== null && (at & 3) === 0) {
      while (words[at >>> 2] === 0) at += 4
      if (at >= counts.length) break
    }
    nonZero[length] = at
    length += isBelow(0, counts[at]!)
  }
  return length
}

function findAny(counts: Counters): number {
  let length = 0
  for (let at = 0; at < counts.length; at++) if (counts[at] !== 0) nonZero[length++] = at
  return length
}

function writeSparse(bytes: Uint8Array, end: number, counts: Counters, from: number, to: number): number {
  let next = from === 0 ? 0 : nonZero[from - 1]! + 1
  for (let at = from; at < to; at++) {
    const position = nonZero[at]!
    const count = counts[position]!
    const token = (position - next) * 8 + Math.min(count, 8) - 1
    next = position + 1
    if (token < 128 && count < 136) {
      bytes[end] = token
      bytes[end + 1] = count - 8
      end += 1 + isBelow(7, count)
    } else {
      end = putVarint(bytes, end, token)
      if (count >= 8) end = putVarint(bytes, end, count - 8)
    }
  }
  return end
}

function writeFull(bytes: Uint8Array, end: number, counts: Counters, from: number, to: number): number {
  let next = from === 0 ? 0 : nonZero[from - 1]! + 1
  for (let at = from; at < to; at++) {
    const position = nonZero[at]!
    const count = counts[position]!
    const zeros = position - next
    next = position + 1
    if (zeros <= 128 && count < 128) {
      bytes[end] = 0
      bytes[end + 1] = zeros - 1
      end += 2 * isBelow(0, zeros)
      bytes[end++] = count
    } else {
      if (zeros > 0) end = putVarint(bytes, putVarint(bytes, end, 0), zeros - 1)
      end = putVarint(bytes, end, count)
    }
  }
  return end
}

/** 1 or 0, for integers of less than 31 bits, without a jump. */
function isBelow(low: number, high: number): number {
  return (low - high) >>> 31
}

/** What fits in each of these counters. */
export function countMaxOf(counters: Counters): number {
  if (counters instanceof Uint8Array) return 0xff
  return counters instanceof Uint16Array ? 0xffff : Infinity
}

export function widened(counters: Counters, count: number): Counters {
  return count <= 0xffff ? new Uint16Array(counters) : new Float64Array(counters)
}
