import type { EngagementConfig, StreamConfig } from '../config/shape.ts'
import type { CompareQuery, ComparedCohort, ComparedSide, FieldSummary, RateDifference } from '../http/facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { BUCKETS } from '../sketch/bucket-counts.ts'
import type { SumTable } from '../sketch/sum-table.ts'
import { bareSide, cohortNumber, difference, share } from './compared.ts'
import type { Compared } from './compared.ts'
import type { PartialSlice } from './partial-slice.ts'

export function compareMetric(
  metric: EngagementConfig,
  stream: StreamConfig,
  plans: ReadonlyMap<string, StreamPlan>,
  query: CompareQuery,
): Compared {
  const sums: [Fraction, Fraction] = [noFraction(), noFraction()]
  return {
    add: (slice) => {
      for (const cohort of [CONTROL, CANDIDATE] as const)
        addFraction(sums[cohort], metric, stream, plans, slice, cohort)
    },
    result: () => {
      const [a, b] = [sums[cohortNumber(query.a)], sums[cohortNumber(query.b)]]
      const name = metric.kind
      const differences =
        metric.kind === 'rate'
          ? [difference('rate', a.numerator, a.denominator, b.numerator, b.denominator)]
          : [ratioDifference(a, b)]
      const distances = { psi: null, ks: null, js: null, wassersteinRatio: null }
      return { kind: name, a: sideOf(query.a, a), b: sideOf(query.b, b), distances, differences }
    },
  }
}

export interface Fraction {
  numerator: number
  denominator: number
  events: number
}

export function noFraction(): Fraction {
  return { numerator: 0, denominator: 0, events: 0 }
}

export function addFraction(
  into: Fraction,
  metric: EngagementConfig,
  stream: StreamConfig,
  plans: ReadonlyMap<string, StreamPlan>,
  slice: PartialSlice,
  cohort: typeof CONTROL | typeof CANDIDATE,
): void {
  const own = slice.cohorts(stream.name)[cohort]
  into.events += own.accepted.total
  if (metric.kind === 'rate') {
    into.numerator += own.rates[plans.get(stream.name)!.rates.findIndex(({ name }) => name === metric.name)]!.total
    into.denominator += own.accepted.total
    return
  }
  const { stream: counted, sum } = metric.numerator
  const of = slice.cohorts(counted)[cohort]
  const position = sum === null ? -1 : plans.get(counted)!.sums.findIndex(({ field }) => field === sum)
  into.numerator += position < 0 ? of.accepted.total : totalOf(of.sums[position]!)
  into.denominator += slice.cohorts(metric.per)[cohort].accepted.total
}

function totalOf(sums: SumTable): number {
  let total = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) total += sums.toNumber(bucket)
  return total
}

/** Without interval: the sums' own variance is only known per unit bucket; the check of the metric has it. */
function ratioDifference(ofA: Fraction, ofB: Fraction): RateDifference {
  const a = share(ofA.numerator, ofA.denominator)
  const b = share(ofB.numerator, ofB.denominator)
  return { name: 'ratio', a, b, estimate: a === null || b === null ? null : b - a, low: null, high: null }
}

function sideOf(cohort: ComparedCohort, { numerator, denominator, events }: Fraction): ComparedSide {
  const unknown = { min: null, max: null, mean: null, quantiles: null, trues: null }
  const summary: FieldSummary = { count: events, missing: 0, values: events, ...unknown }
  return { ...bareSide(cohort, summary), numerator, denominator }
}
