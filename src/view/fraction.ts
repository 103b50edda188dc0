import type { EngagementConfig, StreamConfig } from '../config/shape.ts'
import type { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { BUCKETS } from '../sketch/bucket-counts.ts'
import type { SumTable } from '../sketch/sum-table.ts'
import type { PartialSlice } from './partial-slice.ts'

/** An engagement metric of one cohort. */
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
