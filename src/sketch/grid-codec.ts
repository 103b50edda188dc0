import { BUCKETS } from './bucket-counts.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Counters } from './counts-codec.ts'
import { RiceReader } from './rice-reader.ts'
import { RiceWriter } from './rice-writer.ts'

/**
 * The counts of a bucket table. Of control, then of candidate, the total of every column; then one string of bits, padded with
 * zeros, that says column by column how the total is spread over the 256 buckets. Most columns hold a handful in a bucket, or
 * nothing: whole bytes would waste more than half of the room. So numbers are written as Golomb (1966) and Rice (1979) have it:
 * v div 2^k zeros, a one, the low k bits of v.
 *
 *   gaps    few in a column: for each one, how many buckets it lies after the one before it; 0 = in the same
 *   counts  many: for each bucket, how many it holds
 *
 * Which of the two, and k, follow from the total: k = ⌊log2(mean + 1/2)⌋ of the mean gap (at least 1) or else of the mean count. So one
 * set of counts has one spelling, and however uneven it is, a column takes less than 1,024 + 256·k bits.
 */
export function writeGrid(writer: ByteWriter, width: number, cohorts: Pair<Counters | null>): void {
  for (const cohort of [0, 1] as const) {
    columnTotals(cohorts[cohort], width, totals[cohort])
    for (let column = 0; column < width; column++) writer.varint(totals[cohort][column]!)
  }
  const rice = new RiceWriter(writer)
  for (const cohort of [0, 1] as const) {
    const counters = cohorts[cohort]
    if (counters !== null) writeColumns(rice, counters, width, totals[cohort])
  }
  rice.finish()
}

function writeColumns(rice: RiceWriter, counters: Counters, width: number, totals: Float64Array): void {
  for (let column = 0; column < width; column++) {
    const total = totals[column]!
    if (total === 0) continue
    const k = gapParameter(total)
    if (k > 0) rice.gaps(k, counters, width, column)
    else rice.counts(countParameter(total), counters, width, column)
  }
}

/** A cohort's counts, and their sums, which cost nothing while they are read. */
export interface GridCohort {
  counters: Counters
  byBucket: Uint32Array | Float64Array
  byColumn: readonly number[]
}

/** To the end of the bytes. `isUsed` sees every column that holds a count; a cohort without any is null. */
export function readGrid(
  reader: ByteReader,
  width: number,
  isUsed: ((column: number) => void) | null,
): Pair<GridCohort | null> {
  const totals = [readTotals(reader, width, isUsed), readTotals(reader, width, isUsed)] as const
  const rice = new RiceReader(reader)
  const cohorts: Pair<GridCohort | null> = [readCohort(rice, width, totals[0]), readCohort(rice, width, totals[1])]
  rice.end()
  return cohorts
}

type Pair<T> = readonly [control: T, candidate: T]

function readTotals(reader: ByteReader, width: number, isUsed: ((column: number) => void) | null): number[] {
  const totals: number[] = []
  let total = 0
  for (let column = 0; column < width; column++) {
    const ofColumn = reader.varint()
    totals.push(ofColumn)
    total += ofColumn
    if (ofColumn > 0 && isUsed !== null) isUsed(column)
  }
  reader.check(total <= Number.MAX_SAFE_INTEGER, 'counts are too large')
  return totals
}

function readCohort(rice: RiceReader, width: number, totals: readonly number[]): GridCohort | null {
  let counters: Counters | null = null
  const sum = totals.reduce((all, total) => all + total, 0)
  const byBucket = sum <= 0xffffffff ? new Uint32Array(BUCKETS) : new Float64Array(BUCKETS)
  for (let column = 0; column < width; column++) {
    const total = totals[column]!
    if (total === 0) continue
    counters ??= new Uint8Array(BUCKETS * width)
    const k = gapParameter(total)
    if (k > 0) rice.gaps(k, total, counters, width, column, byBucket)
    else counters = rice.counts(countParameter(total), total, counters, width, column, byBucket)
  }
  return counters === null ? null : { counters, byBucket, byColumn: totals }
}

/** 0 = more than two in three buckets: then counts are shorter. */
function gapParameter(total: number): number {
  return Math.min(GAP_PARAMETER_MAX, log2Floor(BUCKETS / total + 0.5))
}

function countParameter(total: number): number {
  return log2Floor(total / BUCKETS + 0.5)
}

/** As `CELLS_MAX`. */
const COLUMNS_MAX = 256
/** No gap has more than eight bits. */
const GAP_PARAMETER_MAX = 7

/** ⌊log2⌋, exact; 0 below 1. A double halved stays exact. */
function log2Floor(value: number): number {
  let exponent = 0
  for (let rest = value; rest >= 2; rest /= 2) exponent++
  return exponent
}

/** By column. To skip what is zero would cost more than adding it: whether it is, nobody can guess. */
function columnTotals(counters: Counters | null, width: number, totals: Float64Array): void {
  totals.fill(0, 0, width)
  if (counters === null) return
  if (counters instanceof Uint8Array) return smallTotals(counters, width, totals)
  for (let at = 0; at < counters.length;) {
    for (let column = 0; column < width; column++, at++) totals[column]! += counters[at]!
  }
}

/** The usual ones, added as whole numbers: a table is written in four fifths of the time that adding doubles takes. */
function smallTotals(counters: Uint8Array, width: number, totals: Float64Array): void {
  wholeTotals.fill(0, 0, width)
  for (let at = 0; at < counters.length;) {
    for (let column = 0; column < width; column++, at++) wholeTotals[column]! += counters[at]!
  }
  for (let column = 0; column < width; column++) totals[column] = wholeTotals[column]!
}

const wholeTotals = new Int32Array(COLUMNS_MAX)
/** Of control and candidate. One table is written at a time. */
const totals = [new Float64Array(COLUMNS_MAX), new Float64Array(COLUMNS_MAX)] as const
