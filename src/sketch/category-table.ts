import { BucketGrid } from './bucket-grid.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { NAME_UTF8_MAX } from './category-counts.ts'
import { categoryName, compareUtf8 } from './category-name.ts'
import { CellTable } from './cell-table.ts'
import { murmur3 } from './murmur3.ts'

export const NAMED_BINS_MAX = 63
export const HASH_BINS = 64

/**
 * The bucket table of a categorical field: counts [cohort][bucket][bin]. Up to 63 distinct names over both cohorts the bins
 * are the names, by bytes; with more, all of them go to 64 bins by the low 6 bits of their murmur3 (seed 0). There is no
 * way back, so the form depends on the set of names only.
 */
export class CategoryTable {
  hashed: boolean
  /** By UTF-8 bytes; a name's position is its bin. Empty if hashed. */
  names: readonly string[]
  private grid: BucketGrid

  constructor(names: readonly string[] | 'hashed' = [], grid?: BucketGrid) {
    this.hashed = names === 'hashed'
    this.names = names === 'hashed' ? [] : names
    this.grid = grid ?? new BucketGrid(this.bins)
  }

  get bins(): number {
    return this.hashed ? HASH_BINS : this.names.length
  }

  /** One value, or many of the same; for panes use CategoricalColumn, which is far faster. */
  add(cohort: 0 | 1, bucket: number, name: string, count = 1): void {
    if (count === 0) return
    const one = new CategoryTable([categoryName(name)])
    one.grid.add(cohort, bucket, 0, count)
    this.merge(one)
  }

  count(cohort: 0 | 1, bucket: number, bin: number): number {
    return this.grid.count(cohort, bucket, bin)
  }

  merge(other: CategoryTable): void {
    const names = joinNames(this, other)
    const bins = names === 'hashed' ? null : new Map(names.map((name, bin) => [name, bin]))
    const columnsOf = (table: CategoryTable): ArrayLike<number> =>
      table.hashed ? EVERY_BIN : table.names.map((name) => bins?.get(name) ?? hashBin(name))
    if (names === 'hashed' ? !this.hashed : names.length !== this.names.length) {
      const grid = new BucketGrid(names === 'hashed' ? HASH_BINS : names.length)
      grid.merge(this.grid, columnsOf(this))
      this.grid = grid
    }
    this.grid.merge(other.grid, columnsOf(other))
    this.hashed = names === 'hashed'
    this.names = names === 'hashed' ? [] : names
  }

  /** The same counts on coarser cells: bin b goes to cell `cellOfBin[b]`. */
  onCells(cut: number, cells: number, cellOfBin: readonly number[]): CellTable {
    return CellTable.gathered(cut, cells, this.grid, cellOfBin)
  }

  encode(): Uint8Array {
    const writer = new ByteWriter()
    writer.byte(this.bins)
    for (const name of this.names) writer.text(name)
    if (this.bins > 0) this.grid.write(writer)
    return writer.bytes()
  }

  static decode(bytes: Uint8Array): CategoryTable {
    const reader = new ByteReader(bytes, 'category table')
    const bins = reader.byte()
    reader.check(bins <= HASH_BINS, `${bins} bins`)
    const names: string[] = []
    while (bins !== HASH_BINS && names.length < bins) {
      const name = reader.text(NAME_UTF8_MAX)
      reader.check(name === categoryName(name), 'a name that is too long')
      reader.check(names.length === 0 || compareUtf8(names.at(-1)!, name) < 0, 'names out of order')
      names.push(name)
    }
    const used = new Set<number>()
    const grid = bins === 0 ? undefined : BucketGrid.read(reader, bins, (bin) => used.add(bin))
    reader.check(bins === HASH_BINS || used.size === bins, 'a name without a count')
    reader.end()
    return new CategoryTable(bins === HASH_BINS ? 'hashed' : names, grid)
  }
}

export function hashBin(name: string): number {
  return murmur3(name, 0) & (HASH_BINS - 1)
}

const EVERY_BIN = Array.from({ length: HASH_BINS }, (_, bin) => bin)

function joinNames(a: CategoryTable, b: CategoryTable): readonly string[] | 'hashed' {
  if (a.hashed || b.hashed) return 'hashed'
  const names = new Set([...a.names, ...b.names])
  return names.size > NAMED_BINS_MAX ? 'hashed' : [...names].sort(compareUtf8)
}
