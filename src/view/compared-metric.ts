import type { EngagementConfig } from '../config/shape.ts'
import type { ComparedCohort, ComparedSide, FieldSummary, RateDifference } from '../http/facts.ts'
import { NO_FIGURES, bareSide, cohortNumber, difference, share } from './compared.ts'
import type { ComparedPart, LiveQuery } from './compared.ts'
import type { Fraction } from './fraction.ts'
import type { Fractions } from './summed.ts'

export function comparedMetric(metric: EngagementConfig, query: LiveQuery, sums: Fractions): ComparedPart {
  const [a, b] = [sums[cohortNumber(query.a)], sums[cohortNumber(query.b)]]
  const differences =
    metric.kind === 'rate'
      ? [difference('rate', a.numerator, a.denominator, b.numerator, b.denominator)]
      : [ratioDifference(a, b)]
  const distances = { psi: null, ks: null, js: null, wassersteinRatio: null }
  return { kind: metric.kind, a: sideOf(query.a, a), b: sideOf(query.b, b), distances, differences }
}

/** Without interval: the sums' own variance is only known per unit bucket; the check of the metric has it. */
function ratioDifference(ofA: Fraction, ofB: Fraction): RateDifference {
  const a = share(ofA.numerator, ofA.denominator)
  const b = share(ofB.numerator, ofB.denominator)
  return { name: 'ratio', a, b, estimate: a === null || b === null ? null : b - a, low: null, high: null }
}

export function sideOf(cohort: ComparedCohort, { numerator, denominator, events }: Fraction): ComparedSide {
  const summary: FieldSummary = { count: events, missing: 0, values: events, ...NO_FIGURES }
  return { ...bareSide(cohort, summary), numerator, denominator }
}
