import type { FieldTallies } from '../pane/pane.ts'
import { BUCKETS } from '../sketch/bucket-counts.ts'
import type { CategoryCounts } from '../sketch/category-counts.ts'
import { compareUtf8 } from '../sketch/category-name.ts'
import { HASH_BINS, hashBin, NAMED_BINS_MAX } from '../sketch/category-table.ts'
import { VALUES_MIN } from '../slice/field-cells.ts'
import { freezeHashed, freezeNames } from '../slice/freeze-cells.ts'
import type { CellsWithCounts } from '../slice/freeze-cells.ts'
import type { CellRows } from './cell-rows.ts'

/** Values of a categorical field by hour: by name up to 63 names, by hash bin beyond, as the cells will be. */
export class CategoricalRows {
  private named: Map<number, Map<string, number>> | null = new Map()
  private readonly names = new Set<string>()
  private readonly hashed = new Map<number, Float64Array>()

  add(hour: number, { categories, table }: FieldTallies, cohorts: readonly (0 | 1)[]): void {
    for (const cohort of cohorts) {
      const counts = categories![cohort]
      // Names that were dropped are in the table alone, which is by hash bins then.
      if (counts.other > 0) this.addBins(hour, table, cohort)
      else this.addNames(hour, counts)
    }
  }

  finish(hours: readonly number[]): CellRows {
    const { named } = this
    const rows = hours.map((hour) =>
      named === null ? (this.hashed.get(hour) ?? new Float64Array(HASH_BINS)) : (named.get(hour) ?? new Map()),
    )
    const names = [...this.names].sort(compareUtf8)
    const column = (of: (row: Map<string, number> | Float64Array) => number): number[] => rows.map(of)
    const columns =
      named === null
        ? Array.from({ length: HASH_BINS }, (_, bin) => column((row) => (row as Float64Array)[bin]!))
        : names.map((name) => column((row) => (row as Map<string, number>).get(name) ?? 0))
    const n = hours.map((_, at) => columns.reduce((sum, each) => sum + each[at]!, 0))
    const totals = columns.map((each) => each.reduce((sum, count) => sum + count, 0))
    if (totals.reduce((sum, count) => sum + count, 0) < VALUES_MIN) return { cells: null, counts: null, n, x: [] }
    const frozen: CellsWithCounts =
      named === null ? freezeHashed(totals) : freezeNames(names.map((name, at) => [name, totals[at]!]))
    // Of names, the last cell is the one for names to come: empty here.
    const x = named === null ? columns : [...columns, hours.map(() => 0)]
    return { ...frozen, n, x }
  }

  private addNames(hour: number, counts: CategoryCounts): void {
    for (const [name, count] of counts.entries()) {
      if (this.named === null) {
        this.binsOf(hour)[hashBin(name)]! += count
        continue
      }
      this.names.add(name)
      const row = this.named.get(hour) ?? new Map<string, number>()
      this.named.set(hour, row)
      row.set(name, (row.get(name) ?? 0) + count)
      if (this.names.size > NAMED_BINS_MAX) this.turnToBins()
    }
  }

  private addBins(hour: number, table: FieldTallies['table'], cohort: 0 | 1): void {
    this.turnToBins()
    const bins = this.binsOf(hour)
    for (let bin = 0; bin < HASH_BINS; bin++) {
      for (let bucket = 0; bucket < BUCKETS; bucket++) bins[bin]! += table!.count(cohort, bucket, bin)
    }
  }

  private turnToBins(): void {
    for (const [hour, row] of this.named ?? []) {
      for (const [name, count] of row) this.binsOf(hour)[hashBin(name)]! += count
    }
    this.named = null
  }

  private binsOf(hour: number): Float64Array {
    const bins = this.hashed.get(hour) ?? new Float64Array(HASH_BINS)
    this.hashed.set(hour, bins)
    return bins
  }
}
