import type { CohortTallies, FieldCounts, Tallies } from '../pane/pane.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { sumByBucket, valuesByBucket } from '../verdict/checks/by-bucket.ts'
import type { MeasureName } from './baseline.ts'

/** What is counted of a stream: every share that can be compared with other days. */
export interface Measure {
  measure: MeasureName
  name: string
  /** Place among the fields; of a rate, among the plan's rates. */
  at: number
  /** The kind of `values` that has cells; null for everything that is a rate. */
  cells: 'numeric' | 'categorical' | null
}

/**
 * In the order of the configuration. Ratios of sums and counts are not here: their noise is not that of a share, so there is no
 * law for comparing them with other days (their checks say so: baseline-checks.ts).
 */
export function measuresOf({ fields, rates }: Pick<StreamPlan, 'fields' | 'rates'>): Measure[] {
  return [
    ...fields.map(({ name, kind }, at): Measure => {
      return { measure: 'values', name, at, cells: kind === 'boolean' ? null : kind }
    }),
    ...fields.map(({ name }, at): Measure => ({ measure: 'missing', name, at, cells: null })),
    ...fields.flatMap(({ name, kind }, at): Measure[] =>
      kind === 'numeric' ? [{ measure: 'range', name, at, cells: null }] : [],
    ),
    ...rates.map(({ name }, at): Measure => ({ measure: 'rate', name, at, cells: null })),
  ]
}

export interface Counted {
  /** Events that counted, and events that could, by bucket. */
  x: Float64Array
  n: Float64Array
}

/** A rate of one cohort in one slice: the same counts that the comparison with the control is made of. */
export function countRate({ measure, at }: Measure, tallies: Tallies, cohort: 0 | 1): Counted {
  const own = tallies.cohorts[cohort]
  if (measure === 'rate') return { x: sumByBucket([own.rates[at]!]), n: sumByBucket([own.accepted]) }
  return countOfField(measure, own, tallies.fields[at]!.counts[cohort])
}

function countOfField(measure: Exclude<MeasureName, 'rate'>, own: CohortTallies, counts: FieldCounts): Counted {
  const { nulls, absent, nan, infinite, aside, outOfRange, trues } = counts
  switch (measure) {
    case 'values':
      return { x: sumByBucket([trues]), n: valuesByBucket(own, counts) }
    case 'missing':
      return { x: sumByBucket([nulls, absent, nan]), n: sumByBucket([own.accepted]) }
    case 'range':
      return { x: sumByBucket([outOfRange, infinite]), n: sumByBucket([own.accepted], [nulls, absent, nan, aside]) }
  }
}
