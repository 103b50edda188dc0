import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Counts as they are kept: narrow while they are small, exact up to 2^53 - 1. */
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
  const { nonZero, isFull } = formOf(counts)
  writer.varint(nonZero * 2 + (isFull ? 1 : 0))
  let zeros = 0
  let left = nonZero
  for (let at = 0; left > 0; at++) {
    const count = counts[at]!
    if (count === 0) {
      zeros++
      continue
    }
    left--
    if (isFull) {
      writeZeros(writer, zeros)
      writer.varint(count)
    } else {
      writer.varint(zeros * 8 + Math.min(count, 8) - 1)
      if (count >= 8) writer.varint(count - 8)
    }
    zeros = 0
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

function formOf(counts: Counters): { nonZero: number; isFull: boolean } {
  let nonZero = 0
  let runs = 0
  let large = 0
  let zeros = 0
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at]!
    if (count === 0) {
      zeros = 1
      continue
    }
    nonZero++
    runs += zeros
    zeros = 0
    if (count >= 8) large++
  }
  return { nonZero, isFull: large > 2 * runs }
}

function writeZeros(writer: ByteWriter, zeros: number): void {
  if (zeros === 0) return
  writer.varint(0)
  writer.varint(zeros - 1)
}
