/**
 * Where a field's values are cut into about k equally frequent cells, and the scores of these cells (docs/statistics.md 2; golden
 * section `quantile-cuts`).
 *
 * `quantileCuts` walks a pooled histogram once and closes a cell whenever the count so far reaches the next k-th of all
 * values; an atom that alone holds 1/k of them gets a cell of its own. Integers only, so every machine cuts alike:
 * exact as long as k times the number of values stays below 2^53.
 *
 * `scoreTables` gives each cell its place among all values: p1 = u (location: the mid-rank score of Wilcoxon's test),
 * p2 = (3u² − 1)/2 (spread), the first two Legendre components of Neyman's smooth test (Neyman 1937).
 */
export type HistogramEntries = readonly (readonly [index: number, count: number])[]

/** @param entries ascending by index, counts > 0. A cut is the highest index of its cell; the last cell has no cut. */
export function quantileCuts(entries: HistogramEntries, k: number): number[] {
  let total = 0
  for (const [, count] of entries) total += count

  const cuts: number[] = []
  let cumulative = 0
  let target = 1
  let previousIndex: number | null = null
  for (const [position, [index, count]] of entries.entries()) {
    const isHeavy = count * k >= total
    if (isHeavy && previousIndex !== null && cuts.at(-1) !== previousIndex) cuts.push(previousIndex)
    cumulative += count
    if (cumulative * k >= target * total || isHeavy) {
      if (position < entries.length - 1) cuts.push(index)
      target = Math.floor((cumulative * k) / total) + 1
    }
    previousIndex = index
  }
  return cuts
}

/** The cell of an index: the number of cuts below it. `cuts` ascending. */
export function testBinOf(cuts: ArrayLike<number>, index: number): number {
  let low = 0
  let high = cuts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (cuts[middle]! < index) low = middle + 1
    else high = middle
  }
  return low
}

/** The histogram's counts by cell: one entry more than there are cuts. */
export function countsOfCells(entries: HistogramEntries, cuts: ArrayLike<number>): number[] {
  const counts = new Array<number>(cuts.length + 1).fill(0)
  for (const [index, count] of entries) counts[testBinOf(cuts, index)]! += count
  return counts
}

export interface ScoreTables {
  p1: Float64Array
  p2: Float64Array
}

/** @param counts by cell, of both cohorts together. Without any values all scores are 0: then nothing can move. */
export function scoreTables(counts: ArrayLike<number>): ScoreTables {
  let total = 0
  for (let j = 0; j < counts.length; j += 1) total += counts[j]!

  const p1 = new Float64Array(counts.length)
  const p2 = new Float64Array(counts.length)
  if (total === 0) return { p1, p2 }
  let below = 0
  for (let j = 0; j < counts.length; j += 1) {
    const u = (2 * below + counts[j]!) / total - 1
    p1[j] = u
    p2[j] = (3 * u * u - 1) / 2
    below += counts[j]!
  }
  return { p1, p2 }
}
