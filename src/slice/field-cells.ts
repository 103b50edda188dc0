import type { CellsFrozen } from '../ledger/record.ts'
import type { FieldTallies } from '../pane/pane.ts'
import { CategoryCounts } from '../sketch/category-counts.ts'
import { CategoryTable, HASH_BINS, hashBin, NAMED_BINS_MAX } from '../sketch/category-table.ts'
import { CellTable } from '../sketch/cell-table.ts'
import { ValueHistogram } from '../sketch/value-histogram.ts'
import { areSameCells } from './cells-of.ts'
import { freezeHashed, freezeNames, freezeNumeric } from './freeze-cells.ts'
import type { CellsWithCounts } from './freeze-cells.ts'

/** A field is cut once it holds this many values of control and candidate, from at least so many slices. */
export const VALUES_MIN = 2000
export const SLICES_MIN = 3

/**
 * The cells of one field through time (statistics.md 2): what was frozen, and the values pooled so far for the next cut.
 *
 *   slice   1   2   3   4   …                288   289             h
 *               2,000 values│ first cut       │ second cut         │ too many names: hash bins
 *           ◄── holds from 1 ──────────────────►◄── from 289 ──────►◄── from h
 *
 * A slice asks for at most one cut. It is due until the ledger holds a record made after that slice or a later one.
 *
 * With a verified baseline its cells are due at once, before the first slice (or, where the watch began without it, after the
 * last one), once; they take the place of both cuts.
 */
export class FieldCells {
  /** By cut. */
  readonly frozen: CellsFrozen[] = []
  /** Due after the last slice; null = nothing. */
  due: CellsFrozen | null = null
  private readonly name: { stream: string; fieldStream: string; field: string }
  private readonly slicesPerDay: number
  private readonly ofBaseline: CellsWithCounts | null
  private readonly hashed = new Array<number>(HASH_BINS).fill(0)
  private histogram: ValueHistogram | null = new ValueHistogram()
  private categories: CategoryCounts | null = new CategoryCounts()
  private values = 0
  private slicesWithValues = 0

  constructor(
    name: { stream: string; fieldStream: string; field: string },
    slicesPerDay: number,
    ofBaseline: CellsWithCounts | null = null,
  ) {
    this.name = name
    this.slicesPerDay = slicesPerDay
    this.ofBaseline = ofBaseline
    if (ofBaseline === null) return
    this.due = { type: 'cells-frozen', ...name, cut: 1, afterNumber: 0, fromNumber: 1, ...ofBaseline }
  }

  /** A record as the ledger holds it. It may be known long before its slice is folded (a restart reads the ledger first). */
  addFrozen(body: CellsFrozen): void {
    if (body.cut !== this.frozen.length + 1) return
    this.frozen.push(body)
    if (this.due !== null && this.isAnswered(this.due.afterNumber)) this.due = null
  }

  /** The cells that the tables of a slice are written on; null = it keeps the finer table. */
  inForce(sliceNumber: number): CellsFrozen | null {
    return this.frozen.findLast(({ afterNumber }) => afterNumber < sliceNumber) ?? null
  }

  addSlice(sliceNumber: number, field: FieldTallies): void {
    this.pool(field)
    const asked = this.isAnswered(sliceNumber) ? null : this.ask(sliceNumber, field)
    this.due = asked === null ? null : { ...asked, afterNumber: sliceNumber }
    if (sliceNumber >= this.slicesPerDay && (this.due ?? this.inForce(sliceNumber)) !== null) this.forget()
  }

  private isAnswered(sliceNumber: number): boolean {
    return this.frozen.some(({ afterNumber }) => afterNumber >= sliceNumber)
  }

  private ask(sliceNumber: number, field: FieldTallies): Omit<CellsFrozen, 'afterNumber'> | null {
    const current = this.inForce(sliceNumber)
    const cutFrom = (fromNumber: number, cells = this.freeze(field.kind)) =>
      ({ type: 'cells-frozen', ...this.name, cut: this.frozen.length + 1, fromNumber, ...cells }) as const
    const { ofBaseline } = this
    if (ofBaseline !== null && !this.frozen.some(({ cells }) => areSameCells(cells, ofBaseline.cells))) {
      return cutFrom(sliceNumber + 1, ofBaseline)
    }
    if (current === null) {
      return this.values >= VALUES_MIN && this.slicesWithValues >= SLICES_MIN ? cutFrom(1) : null
    }
    const turned = current.cells.kind === 'names' && field.table instanceof CategoryTable && field.table.hashed
    if (turned) return cutFrom(sliceNumber)
    return sliceNumber === this.slicesPerDay && ofBaseline === null ? cutFrom(sliceNumber + 1) : null
  }

  private freeze(kind: FieldTallies['kind']): CellsWithCounts {
    if (kind === 'numeric') return freezeNumeric(this.histogram!)
    const names = this.categories?.entries() ?? []
    const isHashed = this.categories === null || names.length > NAMED_BINS_MAX || this.categories.other > 0
    return isHashed ? freezeHashed(this.hashed) : freezeNames(names)
  }

  private pool({ histograms, categories, table }: FieldTallies): void {
    let values = 0
    for (const histogram of histograms ?? []) {
      this.histogram?.merge(histogram)
      values += histogram.count
    }
    if (categories !== null) {
      for (const each of categories) this.categories?.merge(each)
      values = this.poolHashed(categories, table)
    }
    this.values += values
    if (values > 0) this.slicesWithValues++
  }

  /** By hash bin: from the table where it is by bins already, else from the names, of which a named slice has few enough to know all. */
  private poolHashed(categories: readonly CategoryCounts[], table: FieldTallies['table']): number {
    let values = 0
    const add = (bin: number, count: number): void => {
      this.hashed[bin]! += count
      values += count
    }
    if (this.isByHashBins(table)) {
      for (let bin = 0; bin < HASH_BINS; bin++) add(bin, countOfBin(table, bin))
    } else for (const each of categories) for (const [name, count] of each.entries()) add(hashBin(name), count)
    return values
  }

  /** 63 names and `new` are 64 cells as well: only the record of its cut says what a cell table is made of. */
  private isByHashBins(table: FieldTallies['table']): table is CategoryTable | CellTable {
    if (table instanceof CategoryTable) return table.hashed
    return table instanceof CellTable && this.frozen[table.cut - 1]?.cells.kind === 'hashed'
  }

  /** No later cut needs more than the counts by hash bin. */
  private forget(): void {
    this.histogram = null
    this.categories = null
  }
}

function countOfBin(table: CategoryTable | CellTable, bin: number): number {
  let count = 0
  for (const cohort of [0, 1] as const)
    for (let bucket = 0; bucket < 256; bucket++) count += table.count(cohort, bucket, bin)
  return count
}
