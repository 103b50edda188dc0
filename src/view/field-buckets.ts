import { newcombe, Z_95 } from '../evidence/intervals.ts'
import type { HistoryBucket, HistoryDifference, HistoryPoint } from '../http/history-facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import { midpoint } from '../sketch/bin-index.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'
import { share } from './compared.ts'
import { fieldDistances } from './field-distances.ts'
import { valuesOf } from './field-window.ts'
import type { CohortWindow, FieldWindow } from './field-window.ts'

/** What a bucket says, whatever it is of. */
export type BucketPart = Omit<HistoryBucket, 'startMs' | 'endMs' | 'slices'>

/** One bucket of a field's history. */
export function fieldBucket(window: FieldWindow): BucketPart {
  const { kind, cohorts } = window
  const [control, candidate] = [cohorts[CONTROL], cohorts[CANDIDATE]]
  return {
    control: pointOf(window, CONTROL),
    candidate: pointOf(window, CANDIDATE),
    difference: valueDifference(kind, control, candidate),
    missingDifference: shareDifference(missingOf(control), control.events, missingOf(candidate), candidate.events),
    distances: fieldDistances(kind, control, candidate),
  }
}

function pointOf(window: FieldWindow, cohort: typeof CONTROL | typeof CANDIDATE): HistoryPoint {
  const { count, missing, values, mean, quantiles, trues } = window.summary(cohort)
  const value = window.kind === 'numeric' ? mean : trues === null ? null : share(trues, values)
  return { count, missing, missingShare: share(missing, count), values, value, quantiles }
}

function valueDifference(kind: FieldWindow['kind'], a: CohortWindow, b: CohortWindow): HistoryDifference | null {
  switch (kind) {
    case 'numeric':
      return meanDifference(a.histogram, b.histogram)
    case 'boolean':
      return shareDifference(a.trues, valuesOf(a), b.trues, valuesOf(b))
    case 'categorical':
      return null
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
