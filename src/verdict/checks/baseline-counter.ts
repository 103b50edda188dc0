import { countRate } from '../../baseline/measures.ts'
import type { Counted, Measure } from '../../baseline/measures.ts'
import { testBinOf } from '../../evidence/quantile-cuts.ts'
import type { Cells, CellsFrozen } from '../../ledger/record.ts'
import { lowestFullIndex } from '../../sketch/bin-index.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import { CellTable } from '../../sketch/cell-table.ts'
import type { ValueHistogram } from '../../sketch/value-histogram.ts'
import { areSameCells, cellCount, cellsOf } from '../../slice/cells-of.ts'
import type { Slice } from '../../slice/slice.ts'
import { fieldOf, talliesOf } from './context.ts'

/** What one cohort counts in a slice, good until anything else is counted; null: nothing that could be compared; `hashed`: only by hash bins. */
export interface Counter {
  count(slice: Slice): Counted | 'hashed' | null
  freeze(body: CellsFrozen): void
}

export class RateCounter implements Counter {
  readonly #stream: string
  readonly #measure: Measure
  readonly #cohort: 0 | 1

  constructor(stream: string, measure: Measure, cohort: 0 | 1) {
    this.#stream = stream
    this.#measure = measure
    this.#cohort = cohort
  }

  count(slice: Slice): Counted {
    return countRate(this.#measure, talliesOf(slice, this.#stream), this.#cohort)
  }

  freeze(): void {
    // A rate has no cells.
  }
}

/** Counts [bucket · cells + cell] of a field on the baseline's cells, as far as the slice's table is written on them. */
export class CellCounter implements Counter {
  readonly #stream: string
  readonly #field: string
  readonly #at: number
  readonly #cohort: 0 | 1
  readonly #cells: Cells
  /** Of each cut that the ledger knows: is it ours? */
  readonly #cuts = new Map<number, 'ours' | 'hashed' | 'other'>()
  /** Filled anew by every count of every counter of as many cells. */
  readonly #counted: Counted

  constructor(stream: string, measure: Measure, cohort: 0 | 1, cells: Cells) {
    this.#stream = stream
    this.#field = measure.name
    this.#at = measure.at
    this.#cohort = cohort
    this.#cells = cells
    this.#counted = spareCounts(cellCount(cells))
  }

  freeze({ fieldStream, field, cut, cells }: CellsFrozen): void {
    if (fieldStream !== this.#stream || field !== this.#field || this.#cuts.has(cut)) return
    // Hash bins that came before ours were the watch's own, and gave way.
    const isHashed = cells.kind === 'hashed' && this.#isOurs
    this.#cuts.set(cut, areSameCells(cells, this.#cells) ? 'ours' : isHashed ? 'hashed' : 'other')
  }

  get #isOurs(): boolean {
    return this.#cells.kind === 'names' && [...this.#cuts.values()].includes('ours')
  }

  count(slice: Slice): Counted | 'hashed' | null {
    const { table, histograms } = fieldOf(slice, this.#stream, this.#at)
    if (table === null) return null
    if (!(table instanceof CellTable)) {
      const binned = cellsOf(table, { cut: 0, cells: this.#cells })
      if (binned !== null) return this.#flat(binned, histograms)
      return this.#isOurs ? 'hashed' : null
    }
    const cut = this.#cuts.get(table.cut) ?? 'other'
    return cut === 'ours' ? this.#flat(table, histograms) : cut === 'hashed' ? 'hashed' : null
  }

  #flat(table: CellTable, histograms: readonly ValueHistogram[] | null): Counted {
    const { x, n } = this.#counted
    table.copyTo(this.#cohort, x)
    for (let bucket = 0, at = 0; bucket < BUCKETS; bucket++) {
      let total = 0
      for (const end = at + table.cells; at < end; at++) total += x[at]!
      n[bucket] = total
    }
    if (histograms !== null && this.#cells.kind === 'numeric') sharpen(this.#counted, histograms[this.#cohort]!, this.#cells.cuts) // prettier-ignore
    return this.#counted
  }
}

const spare = new Map<number, Counted>()

function spareCounts(cells: number): Counted {
  const known = spare.get(cells) ?? { x: new Float64Array(BUCKETS * cells), n: new Float64Array(BUCKETS) }
  spare.set(cells, known)
  return known
}

/**
 * A slice with coarser bins than any slice of the baseline (numeric-rows.ts) has bins that reach across a cut, all of which
 * counts in the cell where it begins. The histogram is finer and knows how many values each cell really holds: each cell's
 * counts are brought to that sum, spread over the buckets as they were.
 */
function sharpen({ x, n }: Counted, histogram: ValueHistogram, cuts: readonly number[]): void {
  const cells = cuts.length + 1
  const known = new Float64Array(cells)
  const held = new Float64Array(cells)
  const { shift } = histogram
  histogram.forEach((index, count) => (known[testBinOf(cuts, lowestFullIndex(index, shift))]! += count))
  for (let at = 0; at < x.length; at++) held[at % cells]! += x[at]!
  for (let cell = 0; cell < cells; cell++) {
    if (known[cell] === held[cell]) continue
    const factor = held[cell]! > 0 ? known[cell]! / held[cell]! : 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const at = bucket * cells + cell
      x[at] = factor > 0 ? x[at]! * factor : (n[bucket]! * known[cell]!) / histogram.count
    }
  }
}
