import { highDouble, lowDouble } from '../sketch/bin-index.ts'
import type { CategoryCounts } from '../sketch/category-counts.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'

/** Bins of a picture: more cannot be told apart on a page. */
export const BINS_MAX = 50
export const NAMES_MAX = 20

export interface PictureBin {
  low: number
  high: number
  count: number
}

/** Both histograms in the same bins, at the finest resolution that needs no more than fifty. */
export function alikeHistograms(a: ValueHistogram, b: ValueHistogram): [PictureBin[], PictureBin[]] {
  let shift = Math.max(a.shift, b.shift)
  let indices = unionOf(a, b, shift)
  while (indices.length > BINS_MAX && shift < SHIFT_MAX) indices = unionOf(a, b, ++shift)
  return [binsOf(a, indices, shift), binsOf(b, indices, shift)]
}

/** The names most frequent over both, in the same order on both sides, and how many values have another name. */
export function alikeCategories(a: CategoryCounts, b: CategoryCounts): [PictureNames, PictureNames] {
  const countsA = new Map(a.entries())
  const countsB = new Map(b.entries())
  const both = (name: string): number => (countsA.get(name) ?? 0) + (countsB.get(name) ?? 0)
  const names = [...new Set([...countsA.keys(), ...countsB.keys()])]
    .sort((left, right) => both(right) - both(left) || (left < right ? -1 : 1))
    .slice(0, NAMES_MAX)
  return [namesOf(countsA, a.other, names), namesOf(countsB, b.other, names)]
}

export interface PictureNames {
  categories: { name: string; count: number }[]
  others: number
}

/** One bin for each sign and zero: no histogram needs more than that. */
const SHIFT_MAX = 31

function unionOf(a: ValueHistogram, b: ValueHistogram, shift: number): number[] {
  const indices = new Set([...a.entriesAt(shift), ...b.entriesAt(shift)].map(([index]) => index))
  return [...indices].sort((left, right) => left - right)
}

function binsOf(histogram: ValueHistogram, indices: readonly number[], shift: number): PictureBin[] {
  const counts = new Map(histogram.entriesAt(shift))
  return indices.map((index) => {
    const ends = [lowDouble(index, shift), highDouble(index, shift)]
    return { low: Math.min(...ends), high: Math.max(...ends), count: counts.get(index) ?? 0 }
  })
}

function namesOf(counts: ReadonlyMap<string, number>, other: number, names: readonly string[]): PictureNames {
  const categories = names.map((name) => ({ name, count: counts.get(name) ?? 0 }))
  const all = [...counts.values()].reduce((sum, count) => sum + count, other)
  return { categories, others: all - categories.reduce((sum, { count }) => sum + count, 0) }
}
