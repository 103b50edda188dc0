import { BUCKETS } from './bucket-counts.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { countMaxOf, widened } from './counts-codec.ts'
import type { Counters } from './counts-codec.ts'
import { readGrid, writeGrid } from './grid-codec.ts'
import type { GridCohort } from './grid-codec.ts'

/**
 * Counts [cohort][256 buckets][width], the body of every bucket table. A cohort's counters are made at its first count, 8
 * bits each, and widened when one of them is about to overflow: most cells hold a handful.
 */
export class BucketGrid {
  readonly width: number
  private readonly cohorts: [control: Counters | null, candidate: Counters | null] = [null, null]
  /** As they were read, while nothing has been added. */
  private readonly read: [control: GridCohort | null, candidate: GridCohort | null] = [null, null]

  constructor(width: number) {
    this.width = width
  }

  count(cohort: 0 | 1, bucket: number, column: number): number {
    const counters = this.cohorts[cohort]
    return counters === null ? 0 : counters[bucket * this.width + column]!
  }

  /** All counts of a cohort, by [bucket · width + column], as they are kept: not to be changed; null = none. */
  countsOf(cohort: 0 | 1): Counters | null {
    return this.cohorts[cohort]
  }

  /** Their sums by bucket and by column, where reading them has told; null = nobody has added them up. */
  sumsOf(cohort: 0 | 1): Pick<GridCohort, 'byBucket' | 'byColumn'> | null {
    return this.read[cohort]
  }

  /** The same as a copy. */
  copyTo(cohort: 0 | 1, into: Float64Array): void {
    const counters = this.cohorts[cohort]
    if (counters === null) into.fill(0)
    else into.set(counters)
  }

  add(cohort: 0 | 1, bucket: number, column: number, count: number): void {
    this.addAt(cohort, bucket * this.width + column, count)
  }

  /** One value each in buckets[from ... to), all of one column. */
  addRun(cohort: 0 | 1, buckets: Uint8Array, from: number, to: number, column: number): void {
    if (from === to) return
    const { width } = this
    let counters = this.countersOf(cohort)
    let max = countMaxOf(counters)
    for (let each = from; each < to; each++) {
      const at = buckets[each]! * width + column
      const count = counters[at]! + 1
      if (count > max) {
        counters = this.cohorts[cohort] = widened(counters, count)
        max = countMaxOf(counters)
      }
      counters[at] = count
    }
  }

  /** One value each in buckets[0 ... length), in the column of its slot. */
  addEach(
    cohort: 0 | 1,
    buckets: Uint8Array,
    slots: Uint16Array | Int32Array,
    columns: Uint8Array,
    length: number,
  ): void {
    const { width } = this
    let counters = this.countersOf(cohort)
    let max = countMaxOf(counters)
    for (let each = 0; each < length; each++) {
      const at = buckets[each]! * width + columns[slots[each]!]!
      const count = counters[at]! + 1
      if (count > max) {
        counters = this.cohorts[cohort] = widened(counters, count)
        max = countMaxOf(counters)
      }
      counters[at] = count
    }
  }

  /** Adds another grid; its column c goes to `columns[c]`. */
  merge(other: BucketGrid, columns: ArrayLike<number>): void {
    const isSameLayout = other.width === this.width && areInOrder(columns, this.width)
    for (const cohort of [0, 1] as const) {
      const counters = other.cohorts[cohort]
      if (counters === null) continue
      if (isSameLayout && this.cohorts[cohort] === null) this.cohorts[cohort] = counters.slice()
      else
        for (let bucket = 0; bucket < BUCKETS; bucket++) this.mergeRow(cohort, bucket, counters, other.width, columns)
    }
  }

  write(writer: ByteWriter): void {
    writeGrid(writer, this.width, this.cohorts)
  }

  /** To the end of the bytes. `isUsed` sees every column that holds a count. */
  static read(reader: ByteReader, width: number, isUsed: ((column: number) => void) | null = null): BucketGrid {
    const grid = new BucketGrid(width)
    const read = readGrid(reader, width, isUsed)
    for (const cohort of [0, 1] as const) {
      grid.read[cohort] = read[cohort]
      grid.cohorts[cohort] = read[cohort]?.counters ?? null
    }
    return grid
  }

  private mergeRow(cohort: 0 | 1, bucket: number, counters: Counters, width: number, columns: ArrayLike<number>): void {
    const from = bucket * width
    const to = bucket * this.width
    for (let column = 0; column < width; column++) {
      const count = counters[from + column]!
      if (count > 0) this.addAt(cohort, to + columns[column]!, count)
    }
  }

  private addAt(cohort: 0 | 1, at: number, count: number): void {
    let counters = this.countersOf(cohort)
    const sum = counters[at]! + count
    if (sum > 255 && sum > countMaxOf(counters)) counters = this.cohorts[cohort] = widened(counters, sum)
    counters[at] = sum
  }

  private countersOf(cohort: 0 | 1): Counters {
    this.read[cohort] = null
    return (this.cohorts[cohort] ??= new Uint8Array(BUCKETS * this.width))
  }
}

function areInOrder(columns: ArrayLike<number>, length: number): boolean {
  for (let column = 0; column < length; column++) if (columns[column] !== column) return false
  return true
}
