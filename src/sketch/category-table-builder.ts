import { BucketGrid } from './bucket-grid.ts'
import { compareUtf8 } from './category-name.ts'
import { CategoryTable, HASH_BINS, hashBin, NAMED_BINS_MAX } from './category-table.ts'

/**
 * The bucket table of a categorical field while its pane is open. `place` names, `settle`, then count: so columns are always
 * those of the finished table of what came so far, and a pane that folds once is laid out once.
 */
export class CategoryTableBuilder {
  grid = new BucketGrid(0)
  private names: string[] | 'hashed' = []
  /** Column by name, of all names placed; only those up to `names.length` are settled. */
  private columns = new Map<string, number>()

  place(name: string): void {
    if (this.names === 'hashed' || this.columns.has(name)) return
    this.columns.set(name, -1)
  }

  settle(): void {
    const { names, columns } = this
    if (names === 'hashed' || columns.size === names.length) return
    const isHashed = columns.size > NAMED_BINS_MAX
    if (isHashed) columns.clear()
    const settled = [...columns.keys()].sort(compareUtf8)
    settled.forEach((name, column) => columns.set(name, column))
    const grid = new BucketGrid(isHashed ? HASH_BINS : settled.length)
    grid.merge(
      this.grid,
      names.map((name) => (isHashed ? hashBin(name) : columns.get(name)!)),
    )
    this.grid = grid
    this.names = isHashed ? 'hashed' : settled
  }

  /** Of a settled name and its hash. */
  columnOf(name: string, hash: number): number {
    return this.names === 'hashed' ? hash & (HASH_BINS - 1) : this.columns.get(name)!
  }

  close(): CategoryTable {
    return new CategoryTable(this.names, this.grid)
  }
}
