import type { EngagementConfig, StreamConfig } from '../config/shape.ts'
import type { HistoryBucket, HistoryPoint } from '../http/history-facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { share } from './compared.ts'
import { addFraction, noFraction } from './compared-metric.ts'
import type { Fraction } from './compared-metric.ts'
import { shareDifference } from './field-buckets.ts'
import type { BucketedThing } from './history.ts'

/** One bucket of an engagement metric's history. */
export function metricBuckets(
  metric: EngagementConfig,
  stream: StreamConfig,
  plans: ReadonlyMap<string, StreamPlan>,
): BucketedThing {
  const sums: [Fraction, Fraction] = [noFraction(), noFraction()]
  return {
    add: (slice) => {
      for (const cohort of [CONTROL, CANDIDATE] as const)
        addFraction(sums[cohort], metric, stream, plans, slice, cohort)
    },
    result: () => metricBucket(metric.kind, sums),
  }
}

function metricBucket(
  kind: EngagementConfig['kind'],
  [control, candidate]: readonly [Fraction, Fraction],
): Omit<HistoryBucket, 'startMs' | 'endMs' | 'slices'> {
  const [a, b] = [pointOf(control), pointOf(candidate)]
  const ratio = a.value === null || b.value === null ? null : { estimate: b.value - a.value, low: null, high: null }
  const rate = (): HistoryBucket['difference'] =>
    shareDifference(control.numerator, control.denominator, candidate.numerator, candidate.denominator)
  return {
    control: a,
    candidate: b,
    difference: kind === 'rate' ? rate() : ratio,
    missingDifference: null,
    distances: { psi: null, ks: null, js: null, wassersteinRatio: null },
  }
}

function pointOf({ numerator, denominator, events }: Fraction): HistoryPoint {
  const value = share(numerator, denominator)
  return { count: events, missing: 0, missingShare: null, values: events, value, quantiles: null }
}
