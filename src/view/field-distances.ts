import { jsDistanceBase2, ks, psiFloor1e4, wasserstein1 } from '../evidence/distances.ts'
import { countsOfCells, quantileCuts } from '../evidence/quantile-cuts.ts'
import { midpoint } from '../sketch/bin-index.ts'
import type { CategoryCounts } from '../sketch/category-counts.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'
import { valuesOf } from './field-window.ts'
import type { CohortWindow, FieldWindow } from './field-window.ts'

/** Null where the distance does not apply to the kind of field, and all null below 500 values on a side. */
export interface FieldDistances {
  psi: number | null
  ks: number | null
  js: number | null
  wassersteinRatio: number | null
}

/** For display, never deciding (statistics.md 13). */
export function fieldDistances(
  kind: FieldWindow['kind'],
  reference: CohortWindow,
  current: CohortWindow,
): FieldDistances {
  if (kind === 'numeric') return numericDistances(reference.histogram, current.histogram)
  if (kind === 'boolean') return cellDistances(answers(reference), answers(current), false)
  return cellDistances(...namedCounts(reference.categories, current.categories), false)
}

const VALUES_MIN = 500
const QUANTILE_CELLS = 10
export const NO_DISTANCES: FieldDistances = { psi: null, ks: null, js: null, wassersteinRatio: null }

/** PSI and JS on the ten quantile cells of the reference; KS and Wasserstein on all bins of both. */
function numericDistances(reference: ValueHistogram, current: ValueHistogram): FieldDistances {
  if (reference.count < VALUES_MIN || current.count < VALUES_MIN) return NO_DISTANCES
  const shift = Math.max(reference.shift, current.shift)
  const a = reference.entriesAt(shift)
  const b = current.entriesAt(shift)
  const cuts = quantileCuts(a, QUANTILE_CELLS)
  const cellsA = countsOfCells(a, cuts)
  const cellsB = countsOfCells(b, cuts)
  const indices = [...new Set([...a, ...b].map(([index]) => index))].sort((left, right) => left - right)
  const countA = new Map(a)
  const countB = new Map(b)
  const binsA = indices.map((index) => countA.get(index) ?? 0)
  const binsB = indices.map((index) => countB.get(index) ?? 0)
  const positions = scaledPositions(indices.map((index) => midpoint(index, shift)))
  return {
    psi: psiFloor1e4(cellsA, cellsB),
    ks: atMostOne(ks(binsA, binsB)),
    js: atMostOne(jsDistanceBase2(cellsA, cellsB)),
    wassersteinRatio: ratio(wasserstein1(binsA, binsB, positions), deviation(binsA, positions)),
  }
}

/** Of counts of the same cells: without an order no KS, without positions no Wasserstein. */
export function cellDistances(a: readonly number[], b: readonly number[], isOrdered: boolean): FieldDistances {
  if (sumOf(a) < VALUES_MIN || sumOf(b) < VALUES_MIN) return NO_DISTANCES
  const distances = { psi: psiFloor1e4(a, b), js: atMostOne(jsDistanceBase2(a, b)) }
  return { ...distances, ks: isOrdered ? atMostOne(ks(a, b)) : null, wassersteinRatio: null }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Sums of a thousand shares may end a hair above. */
function atMostOne(distance: number): number {
  return Math.min(1, distance)
}

/** Only the ratio of a distance to a deviation is asked for: at this scale neither can overflow. */
function scaledPositions(positions: readonly number[]): number[] {
  const largest = positions.reduce((max, each) => Math.max(max, Math.abs(each)), 0)
  return largest === 0 ? [...positions] : positions.map((each) => each / largest)
}

/** Standard deviation of the whole of the counted values. */
function deviation(counts: readonly number[], positions: readonly number[]): number {
  const total = sumOf(counts)
  const mean = counts.reduce((sum, count, at) => sum + (count / total) * positions[at]!, 0)
  return Math.sqrt(counts.reduce((sum, count, at) => sum + (count / total) * (positions[at]! - mean) ** 2, 0))
}

/** Null when the reference has one value only: then there is no scale to measure by. */
function ratio(distance: number, scale: number): number | null {
  if (distance === 0) return 0
  return scale > 0 ? distance / scale : null
}

function answers(cohort: CohortWindow): [no: number, yes: number] {
  return [valuesOf(cohort) - cohort.trues, cohort.trues]
}

/** By name; what has no name of its own on a side is one more bin. */
function namedCounts(reference: CategoryCounts, current: CategoryCounts): [number[], number[]] {
  const a = new Map(reference.entries())
  const b = new Map(current.entries())
  const names = [...new Set([...a.keys(), ...b.keys()])]
  return [
    [...names.map((name) => a.get(name) ?? 0), reference.other],
    [...names.map((name) => b.get(name) ?? 0), current.other],
  ]
}
