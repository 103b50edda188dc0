import type { ByteReader } from './byte-reader.ts'
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
 */
export function writeCounts(writer: ByteWriter, counts: Counters): void {
  const length = findNonZero(counts)
  let runs = 0
  let large = 0
  for (let at = 0; at < length; at++) {
    if (nonZero[at]! > (at === 0 ? 0 : nonZero[at - 1]! + 1)) runs++
    if (counts[nonZero[at]!]! >= 8) large++
  }
  const isFull = large > 2 * runs
  writer.varint(length * 2 + (isFull ? 1 : 0))
  let next = 0
  for (let at = 0; at < length; at++) {
    const zeros = nonZero[at]! - next
    const count = counts[nonZero[at]!]!
    next = nonZero[at]! + 1
    if (isFull) {
      writeZeros(writer, zeros)
      writer.varint(count)
    } else if (count < 8) writer.varint(zeros * 8 + count - 1)
    else {
      writer.varint(zeros * 8 + 7)
      writer.varint(count - 8)
    }
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
    reader.check(at < length, `more than ${length} counts`)
    total += count
    reader.check(total <= Number.MAX_SAFE_INTEGER, 'counts are too large')
    set(at++, count)
  }
  reader.check(isFull === large > 2 * runs, 'not in its canonical form')
}

/** Positions of the counts that are not zero, for one call of `writeCounts` at a time. */
const nonZero = new Uint16Array(COUNTS_MAX)

/** A table of a small pane is nearly empty: 8-bit counts are skipped four at a time. */
function findNonZero(counts: Counters): number {
  const words = counts instanceof Uint8Array ? new Uint32Array(counts.buffer, 0, counts.length >>> 2) : null
  let length = 0
  for (let at = 0; at < counts.length; at++) {
    if (words !== null && (at & 3) === 0) {
      while (words[at >>> 2] === 0) at += 4
      if (at >= counts.length) break
    }
    if (counts[at] !== 0) nonZero[length++] = at
  }
  return length
}

function writeZeros(writer: ByteWriter, zeros: number): void {
  if (zeros === 0) return
  writer.varint(0)
  writer.varint(zeros - 1)
}
