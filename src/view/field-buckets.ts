import { newcombe, Z_95 } from '../evidence/intervals.ts'
import type { HistoryBucket, HistoryDifference, HistoryPoint } from '../http/history-facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import { midpoint } from '../sketch/bin-index.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'
import { share } from './compared.ts'
import { fieldDistances } from './field-distances.ts'
import { locationShift } from './location-shift.ts'
import { valuesOf } from './field-window.ts'
import type { CohortWindow, FieldWindow } from './field-window.ts'

/** What a bucket says, whatever it is of. */
export type BucketPart = Omit<HistoryBucket, 'startMs' | 'endMs' | 'slices'>

/** One bucket of a field's history; of names, with the share of one of them. */
export function fieldBucket(window: FieldWindow, category: string | null): BucketPart {
  const { kind, cohorts } = window
  const [control, candidate] = [cohorts[CONTROL], cohorts[CANDIDATE]]
  return {
    control: pointOf(window, CONTROL, category),
    candidate: pointOf(window, CANDIDATE, category),
    difference: valueDifference(kind, control, candidate, category),
    shift: kind === 'numeric' ? locationShift(control.histogram, candidate.histogram) : null,
    missingDifference: shareDifference(missingOf(control), control.events, missingOf(candidate), candidate.events),
    distances: fieldDistances(kind, control, candidate),
  }
}

function pointOf(
  window: FieldWindow,
  cohort: typeof CONTROL | typeof CANDIDATE,
  category: string | null,
): HistoryPoint {
  const { count, missing, values, mean, quantiles } = window.summary(cohort)
  const counting = countingOf(window.kind, window.cohorts[cohort], category)
  const value = window.kind === 'numeric' ? mean : counting === null ? null : share(counting, values)
  return { count, missing, missingShare: share(missing, count), values, value, quantiles }
}

/** How many values are true, or of the category; null where that cannot be known. */
function countingOf(kind: FieldWindow['kind'], cohort: CohortWindow, category: string | null): number | null {
  if (kind === 'boolean') return cohort.trues
  return kind === 'categorical' && category !== null ? cohort.categories.countOf(category) : null
}

function valueDifference(
  kind: FieldWindow['kind'],
  a: CohortWindow,
  b: CohortWindow,
  category: string | null,
): HistoryDifference | null {
  switch (kind) {
    case 'numeric':
      return meanDifference(a.histogram, b.histogram)
    case 'boolean':
    case 'categorical': {
      const [ofA, ofB] = [countingOf(kind, a, category), countingOf(kind, b, category)]
      return ofA === null || ofB === null ? null : shareDifference(ofA, valuesOf(a), ofB, valuesOf(b))
    }
  }
}

/** Welch (1947) with the normal quantile: these are thousands of values, or the interval is too wide to mislead anybody. */
function meanDifference(a: ValueHistogram, b: ValueHistogram): HistoryDifference | null {
  if (a.count === 0 || b.count === 0) return null
  const estimate = b.mean() - a.mean()
  if (!Number.isFinite(estimate)) return null
  const half = Z_95 * Math.sqrt(varianceOf(a) / a.count + varianceOf(b) / b.count)
  if (a.count < 2 || b.count < 2 || !Number.isFinite(half)) return { estimate, low: null, high: null }
  return { estimate, low: estimate - half, high: estimate + half }
}

/** Of bin midpoints. */
function varianceOf(histogram: ValueHistogram): number {
  const mean = histogram.mean()
  let sum = 0
  histogram.forEach((index, count) => {
    const off = midpoint(index, histogram.shift) - mean
    sum += off * off * count
  })
  return sum / Math.max(1, histogram.count - 1)
}

export function shareDifference(xA: number, nA: number, xB: number, nB: number): HistoryDifference | null {
  if (nA === 0 || nB === 0) return null
  const { delta, low, high } = newcombe({ xControl: xA, nControl: nA, xCandidate: xB, nCandidate: nB })
  return { estimate: delta, low, high }
}

function missingOf({ nulls, absent, nan }: CohortWindow): number {
  return nulls + absent + nan
}
