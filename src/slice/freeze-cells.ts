import { quantileCuts, testBinOf } from '../evidence/quantile-cuts.ts'
import type { HistogramEntries } from '../evidence/quantile-cuts.ts'
import type { Cells, CellsFrozen } from '../ledger/record.ts'
import { highestFullIndex, lowestFullIndex } from '../sketch/bin-index.ts'
import { HASH_BINS } from '../sketch/category-table.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'

/** Cells and how many values of the pooled cohorts each holds at the cut. */
export type CellsWithCounts = Pick<CellsFrozen, 'cells' | 'counts'>

/**
 * Cells of a numeric field (statistics.md 2.3), from the pooled histogram of control and candidate:
 *
 *   never seen │ 1 % │ 4 % │ … eight or so of a tenth … │ 4 % │ 1 % │ never seen
 *            low−1                                                high
 *
 * ten quantile cells with the tails split at 5 % and at 1 %, and outside of them two cells that are empty at the cut: faults
 * live in tails and beyond the known range.
 */
export function freezeNumeric(pooled: ValueHistogram): CellsWithCounts {
  return freezeEntries(pooled.entries(), pooled.shift)
}

/** The same of bins at any shift: a baseline's are as coarse as the tables it will be compared with. */
export function freezeEntries(entries: HistogramEntries, shift: number): CellsWithCounts {
  const tenths = quantileCuts(entries, 10)
  const tails = [20, 100].flatMap((k) => ends(quantileCuts(entries, k)))
  const lowest = lowestFullIndex(entries[0]![0], shift)
  const highest = highestFullIndex(entries.at(-1)![0], shift)
  const inner = [...tenths, ...tails].map((index) => highestFullIndex(index, shift))
  const cuts = [...new Set([lowest - 1, ...inner, highest])].sort((left, right) => left - right)

  const counts = new Array<number>(cuts.length + 1).fill(0)
  for (const [index, count] of entries) counts[testBinOf(cuts, lowestFullIndex(index, shift))]! += count
  return { cells: { kind: 'numeric', cuts }, counts }
}

/** One cell for each name, and `new`, empty at the cut. `names` by their UTF-8 bytes, as the sketches keep them. */
export function freezeNames(names: readonly (readonly [name: string, count: number])[]): CellsWithCounts {
  const cells: Cells = { kind: 'names', names: names.map(([name]) => name) }
  return { cells, counts: [...names.map(([, count]) => count), 0] }
}

/** The 64 hash bins. */
export function freezeHashed(countsByBin: readonly number[]): CellsWithCounts {
  if (countsByBin.length !== HASH_BINS) throw new RangeError(`there are ${HASH_BINS} hash bins`)
  return { cells: { kind: 'hashed' }, counts: [...countsByBin] }
}

function ends(cuts: readonly number[]): number[] {
  return cuts.length === 0 ? [] : [cuts[0]!, cuts.at(-1)!]
}
