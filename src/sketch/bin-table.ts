import { binIndex, coarsen, indexMaxAt, SHIFT_MAX } from './bin-index.ts'
import { BucketGrid } from './bucket-grid.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { CellTable } from './cell-table.ts'

/** Non-empty bins over control and candidate; here zero's bin is one of them. */
export const TABLE_BINS_MAX = 64

/**
 * The bucket table of a numeric field: counts [cohort][bucket][bin], at the finest shift at which at most 64 bins, zero's
 * included, hold a value of either cohort. Depends on the multiset of (cohort, bucket, value) only.
 */
export class BinTable {
  shift: number
  /** Indices of the non-empty bins at `shift`, ascending; a bin's position here is its column. */
  indices: readonly number[]
  private grid: BucketGrid

  constructor(shift = 0, indices: readonly number[] = [], grid: BucketGrid = new BucketGrid(indices.length)) {
    this.shift = shift
    this.indices = indices
    this.grid = grid
  }

  /** One value, or many of the same; for panes use NumericColumn, which is far faster. */
  add(cohort: 0 | 1, bucket: number, value: number, count = 1): void {
    if (count === 0) return
    const one = new BinTable(0, [binIndex(value, 0)])
    one.grid.add(cohort, bucket, 0, count)
    this.merge(one)
  }

  count(cohort: 0 | 1, bucket: number, binPosition: number): number {
    return this.grid.count(cohort, bucket, binPosition)
  }

  merge(other: BinTable): void {
    const { shift, indices } = joinBins(this, other)
    const positions = new Map(indices.map((index, position) => [index, position]))
    const columnsOf = (table: BinTable): number[] =>
      table.indices.map((index) => positions.get(coarsen(index, shift - table.shift))!)
    if (shift !== this.shift || indices.length !== this.indices.length) {
      const grid = new BucketGrid(indices.length)
      grid.merge(this.grid, columnsOf(this))
      this.grid = grid
    }
    this.grid.merge(other.grid, columnsOf(other))
    this.shift = shift
    this.indices = indices
  }

  /** The same counts on coarser cells: bin b goes to cell `cellOfBin[b]`. */
  onCells(cut: number, cells: number, cellOfBin: readonly number[]): CellTable {
    return CellTable.gathered(cut, cells, this.grid, cellOfBin)
  }

  encode(): Uint8Array {
    const writer = new ByteWriter()
    writer.varint(this.indices.length)
    if (this.indices.length === 0) return writer.bytes()
    writer.byte(this.shift)
    this.indices.forEach((index, position) => {
      if (position === 0) writer.zigzag(BigInt(index))
      else writer.varint(index - this.indices[position - 1]! - 1)
    })
    this.grid.write(writer)
    return writer.bytes()
  }

  static decode(bytes: Uint8Array): BinTable {
    const reader = new ByteReader(bytes, 'bin table')
    const length = reader.varint(TABLE_BINS_MAX)
    if (length === 0) {
      reader.end()
      return new BinTable()
    }
    const shift = reader.byte()
    reader.check(shift <= SHIFT_MAX, 'a shift above 31')
    const indexMax = indexMaxAt(shift)
    const indices: number[] = []
    for (let position = 0; position < length; position++) {
      const index = position === 0 ? reader.index() : indices.at(-1)! + reader.varint(2 * indexMax) + 1
      reader.check(Math.abs(index) <= indexMax, 'a bin without a finite value')
      indices.push(index)
    }
    const used = new Set<number>()
    const grid = BucketGrid.read(reader, length, (column) => used.add(column))
    reader.check(used.size === length, 'a bin without a count')
    reader.end()
    return new BinTable(shift, indices, grid)
  }
}

type Bins = Pick<BinTable, 'shift' | 'indices'>

/** The bins of two sets of values together, at the finest shift that fits. */
export function joinBins(a: Bins, b: Bins): Bins {
  let shift = Math.max(a.shift, b.shift)
  const at = (bins: Bins): number[] => bins.indices.map((index) => coarsen(index, shift - bins.shift))
  let indices = new Set([...at(a), ...at(b)])
  while (indices.size > TABLE_BINS_MAX) {
    shift++
    indices = new Set([...indices].map((index) => coarsen(index, 1)))
  }
  return { shift, indices: [...indices].sort((left, right) => left - right) }
}
