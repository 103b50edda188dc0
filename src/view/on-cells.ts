import type { CountedThen } from './other-days.ts'
import { testBinOf } from '../evidence/quantile-cuts.ts'
import { HASH_BINS, hashBin } from '../sketch/category-table.ts'
import { highDouble, lowestFullIndex } from '../sketch/bin-index.ts'
import type { CohortWindow } from './field-window.ts'
import { NAMES_MAX } from './pictures.ts'
import type { PictureBin, PictureNames } from './pictures.ts'

/** Now and then on the cells of a baseline: finer than those it does not know its values. */
export interface OnCells {
  now: number[]
  then: readonly number[]
  /** Of both, as pictures show them: of numbers ranges, of names names; hash bins have neither. */
  bins: { now: PictureBin[]; then: PictureBin[] } | null
  names: { now: PictureNames; then: PictureNames } | null
}

export function onCells(cohort: CohortWindow, { metric, x }: CountedThen): OnCells {
  switch (metric.cells!.kind) {
    case 'numeric':
      return onRanges(cohort, metric.cells!.cuts, x)
    case 'names':
      return onNames(cohort, metric.cells!.names, x)
    case 'hashed':
      return onHashBins(cohort, x)
  }
}

function onRanges({ histogram }: CohortWindow, cuts: readonly number[], then: readonly number[]): OnCells {
  const now = then.map(() => 0)
  for (const [index, count] of histogram.entriesAt(histogram.shift))
    now[testBinOf(cuts, lowestFullIndex(index, histogram.shift))]! += count
  const edges = cuts.map((cut) => highDouble(cut, 0))
  // The outermost cells have no end of their own: they reach as far as what was seen now.
  const low = (cell: number): number => edges[cell - 1] ?? Math.min(edges[0]!, histogram.min)
  const high = (cell: number): number => edges[cell] ?? Math.max(edges.at(-1)!, histogram.max)
  const held = then.flatMap((count, cell) => (count + now[cell]! > 0 ? [cell] : []))
  const binsOf = (counts: readonly number[]): PictureBin[] =>
    held.map((cell) => ({ low: low(cell), high: high(cell), count: counts[cell]! }))
  return { now, then, bins: { now: binsOf(now), then: binsOf(then) }, names: null }
}

function onNames({ categories }: CohortWindow, cells: readonly string[], then: readonly number[]): OnCells {
  const known = new Set(cells)
  // Of so many names that some are counted together, a count may be unknown: those stay together here too.
  const named = cells.flatMap((name, cell) => {
    const count = categories.countOf(name)
    return count === null ? [] : [{ name, now: count, then: then[cell]! }]
  })
  const fresh = categories
    .entries()
    .flatMap(([name, count]) => (known.has(name) ? [] : [{ name, now: count, then: 0 }]))
  const shown = [...named, ...fresh].sort((one, other) => other.now + other.then - one.now - one.then || (one.name < other.name ? -1 : 1)).slice(0, NAMES_MAX) // prettier-ignore
  const all = { now: sumOf(categories.entries().map(([, count]) => count)) + categories.other, then: sumOf(then) }
  const side = (which: 'now' | 'then'): PictureNames => ({
    categories: shown.map((each) => ({ name: each.name, count: each[which] })),
    others: all[which] - sumOf(shown.map((each) => each[which])),
  })
  const ofCells = cells.map((name) => categories.countOf(name) ?? 0)
  return {
    now: [...ofCells, all.now - sumOf(ofCells)],
    then,
    bins: null,
    names: { now: side('now'), then: side('then') },
  }
}

function onHashBins({ categories }: CohortWindow, then: readonly number[]): OnCells {
  const now = new Array<number>(HASH_BINS).fill(0)
  for (const [name, count] of categories.entries()) now[hashBin(name)]! += count
  return { now, then, bins: null, names: null }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
