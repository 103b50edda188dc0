import type { EngagementConfig } from '../config/shape.ts'
import type { HistoryBucket, HistoryPoint } from '../http/history-facts.ts'
import { share } from './compared.ts'
import { shareDifference } from './field-buckets.ts'
import type { BucketPart } from './field-buckets.ts'
import type { Fraction } from './fraction.ts'
import type { Fractions } from './summed.ts'

/** One bucket of an engagement metric's history. */
export function metricBucket(kind: EngagementConfig['kind'], [control, candidate]: Fractions): BucketPart {
  const [a, b] = [pointOf(control), pointOf(candidate)]
  const ratio = a.value === null || b.value === null ? null : { estimate: b.value - a.value, low: null, high: null }
  const rate = (): HistoryBucket['difference'] =>
    shareDifference(control.numerator, control.denominator, candidate.numerator, candidate.denominator)
  return {
    control: a,
    candidate: b,
    difference: kind === 'rate' ? rate() : ratio,
    shift: null,
    missingDifference: null,
    distances: { psi: null, ks: null, js: null, wassersteinRatio: null },
  }
}

function pointOf({ numerator, denominator, events }: Fraction): HistoryPoint {
  const value = share(numerator, denominator)
  return { count: events, missing: 0, missingShare: null, values: events, value, quantiles: null }
}
