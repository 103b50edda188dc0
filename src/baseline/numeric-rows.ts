import { testBinOf } from '../evidence/quantile-cuts.ts'
import { coarsen, lowestFullIndex } from '../sketch/bin-index.ts'
import { finestShift } from '../sketch/bin-map.ts'
import { TABLE_BINS_MAX } from '../sketch/bin-table.ts'
import type { BinCount, ValueHistogram } from '../sketch/value-histogram.ts'
import { VALUES_MIN } from '../slice/field-cells.ts'
import { freezeEntries } from '../slice/freeze-cells.ts'
import type { CellRows } from './cell-rows.ts'

/**
 * Values of a numeric field by hour, until its cells are cut at the end.
 *
 * The trap is resolution. Live events are counted by bucket in a table of at most 64 bins, and a bin belongs to the cell in
 * which it begins. Between two cohorts of one slice that cancels; against other days it does not: a cut through the middle of
 * a bin that holds a tenth of all values would move several per cent of them to the next cell, and that is not a change. So
 * cells are cut where bins end: at the coarsest shift that the table of any slice here had. It is known from the histograms,
 * which are always finer, because it follows from the set of values alone.
 */
export class NumericRows {
  /** The coarsest table so far. */
  private shift = 0
  private readonly rows = new Map<number, { shift: number; entries: BinCount[] }>()

  /** @param both of the slice, control and candidate: its table is of both; `counted` those that enter */
  add(hour: number, both: readonly ValueHistogram[], counted: readonly ValueHistogram[]): void {
    this.shift = Math.max(this.shift, tableShiftOf(both))
    for (const histogram of counted) {
      if (histogram.count === 0) continue
      const row = this.rows.get(hour) ?? { shift: this.shift, entries: [] }
      const entries = joined(coarser(row.entries, this.shift - row.shift), histogram.entriesAt(this.shift))
      this.rows.set(hour, { shift: this.shift, entries })
    }
  }

  finish(hours: readonly number[]): CellRows {
    const rows = hours.map((hour) => {
      const row = this.rows.get(hour)
      return row === undefined ? [] : coarser(row.entries, this.shift - row.shift)
    })
    const pooled = rows.reduce(joined, [])
    const n = rows.map(totalOf)
    if (totalOf(pooled) < VALUES_MIN) return { cells: null, counts: null, n, x: [] }
    const { cells, counts } = freezeEntries(pooled, this.shift)
    const cuts = cells.kind === 'numeric' ? cells.cuts : []
    const x = counts.map(() => new Array<number>(hours.length).fill(0))
    rows.forEach((entries, at) => {
      for (const [index, count] of entries) x[testBinOf(cuts, lowestFullIndex(index, this.shift))]![at]! += count
    })
    return { cells, counts, n, x }
  }
}

/** The shift of a slice's bucket table: the finest at which control and candidate together have at most 64 bins. */
export function tableShiftOf(both: readonly ValueHistogram[]): number {
  const known = both.filter(({ count }) => count > 0)
  const shift = Math.max(0, ...known.map((each) => each.shift))
  const entries = known.map((each) => each.entriesAt(shift)).reduce(joined, [])
  const indices = entries.map(([index]) => index).filter((index) => index !== 0)
  const binsMax = TABLE_BINS_MAX - (indices.length < entries.length ? 1 : 0)
  const keys = Int32Array.from(indices, (index) => (index > 0 ? index - 1 : index))
  return shift + finestShift(keys, keys.length, binsMax).shift
}

function coarser(entries: readonly BinCount[], by: number): BinCount[] {
  if (by === 0) return [...entries]
  return joined(
    [],
    entries.map(([index, count]): BinCount => [coarsen(index, by), count]),
  )
}

/** Two ascending lists as one; equal indices are added, also within a list. */
function joined(left: readonly BinCount[], right: readonly BinCount[]): BinCount[] {
  const all: BinCount[] = []
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const takesLeft = r === right.length || (l < left.length && left[l]![0] <= right[r]![0])
    const [index, count] = takesLeft ? left[l++]! : right[r++]!
    const last = all.at(-1)
    if (last !== undefined && last[0] === index) last[1] += count
    else all.push([index, count])
  }
  return all
}

function totalOf(entries: readonly BinCount[]): number {
  return entries.reduce((sum, [, count]) => sum + count, 0)
}
