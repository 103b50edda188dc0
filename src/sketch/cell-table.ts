import assert from 'node:assert/strict'
import { BucketGrid } from './bucket-grid.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

export const CELLS_MAX = 256

/**
 * Counts [cohort][bucket][cell] of one field, in the cells that the ledger's record number `cut` froze. Tables of different
 * cuts do not add: that they meet at all is a programmer's error.
 */
export class CellTable {
  readonly cut: number
  readonly cells: number
  private readonly grid: BucketGrid

  constructor(cut: number, cells: number, grid: BucketGrid = new BucketGrid(cells)) {
    this.cut = cut
    this.cells = cells
    this.grid = grid
  }

  /** Of a finer grid: its column c goes to cell `cellOfColumn[c]`. */
  static gathered(cut: number, cells: number, finer: BucketGrid, cellOfColumn: ArrayLike<number>): CellTable {
    const table = new CellTable(cut, cells)
    table.grid.merge(finer, cellOfColumn)
    return table
  }

  count(cohort: 0 | 1, bucket: number, cell: number): number {
    return this.grid.count(cohort, bucket, cell)
  }

  /** All counts of a cohort, by [bucket · cells + cell], as they are kept: not to be changed; null = none. */
  countsOf(cohort: 0 | 1): ArrayLike<number> | null {
    return this.grid.countsOf(cohort)
  }

  /** Their sums by bucket and by cell, where they are known already. */
  sumsOf(cohort: 0 | 1): { byBucket: ArrayLike<number>; byColumn: ArrayLike<number> } | null {
    return this.grid.sumsOf(cohort)
  }

  /** The same as a copy. */
  copyTo(cohort: 0 | 1, into: Float64Array): void {
    this.grid.copyTo(cohort, into)
  }

  add(cohort: 0 | 1, bucket: number, cell: number, count: number): void {
    if (count > 0) this.grid.add(cohort, bucket, cell, count)
  }

  merge(other: CellTable): void {
    assert.deepEqual([other.cut, other.cells], [this.cut, this.cells], 'cell tables of different cuts')
    this.grid.merge(
      other.grid,
      Array.from({ length: this.cells }, (_, cell) => cell),
    )
  }

  encode(): Uint8Array {
    const writer = new ByteWriter()
    writer.varint(this.cut)
    writer.varint(this.cells)
    this.grid.write(writer)
    return writer.bytes()
  }

  static decode(bytes: Uint8Array): CellTable {
    const reader = new ByteReader(bytes, 'cell table')
    const cut = reader.varint()
    const cells = reader.varint(CELLS_MAX)
    const grid = BucketGrid.read(reader, cells)
    reader.end()
    return new CellTable(cut, cells, grid)
  }
}
