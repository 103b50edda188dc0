import type { EngagementConfig, FieldConfig } from '../config/shape.ts'
import type { CompareQuery, ComparedSide, LiveCohort, RateDifference } from '../http/facts.ts'
import { NO_FIGURES, bareSide, cohortNumber, difference } from './compared.ts'
import type { ComparedPart } from './compared.ts'
import { sideOf } from './compared-field.ts'
import { sideOf as metricSideOf } from './compared-metric.ts'
import { NO_DISTANCES, cellDistances } from './field-distances.ts'
import { valuesOf } from './field-window.ts'
import type { CohortWindow, FieldWindow } from './field-window.ts'
import { onCells } from './on-cells.ts'
import type { OnCells } from './on-cells.ts'
import type { CountedThen, OtherDays } from './other-days.ts'
import type { Fractions } from './summed.ts'

/**
 * A cohort beside the same hours of other days. A baseline keeps shares: of its cells, of what is missing, of what counts. So
 * means and quantiles are those of the cohort alone. For the eye; what knows how much days differ is the check.
 *
 * @returns null where the baseline says nothing of it
 */
export function fieldWithBaseline(
  field: FieldConfig,
  query: CompareQuery,
  window: FieldWindow,
  then: OtherDays,
): ComparedPart | null {
  const [values, missing] = [then.of('values', field.name), then.of('missing', field.name)]
  if (values === null || missing === null) return null
  const live = liveOf(query)
  const cohort = window.cohorts[cohortNumber(live)]
  const cells = field.kind === 'boolean' ? null : onCells(cohort, values)
  const other: ComparedSide = {
    ...bareSide('baseline', { ...NO_FIGURES, count: missing.n, missing: missing.x[0]!, values: values.n }),
    trues: cells === null ? values.x[0]! : null,
    histogram: cells?.bins?.then ?? null,
    ...cells?.names?.then,
  }
  const own: ComparedSide = { ...sideOf(live, window), histogram: cells?.bins?.now ?? null, ...cells?.names?.now }
  return ordered(query, {
    kind: field.kind,
    sides: [own, other],
    distances: distancesOf(cells ?? answers(cohort, values), field.kind === 'numeric', sideIs(query)),
    differences: differencesOf(field, cohort, values, missing, then),
  })
}

/** @returns null where the baseline says nothing of it: it keeps no ratios of sums. */
export function metricWithBaseline(
  metric: EngagementConfig,
  query: CompareQuery,
  sums: Fractions,
  then: OtherDays,
): ComparedPart | null {
  const rate = metric.kind === 'rate' ? then.of('rate', metric.name) : null
  if (rate === null) return null
  const own = metricSideOf(liveOf(query), sums[cohortNumber(liveOf(query))])
  const [numerator, denominator] = [rate.x[0]!, rate.n]
  const other = metricSideOf('baseline', { numerator, denominator, events: rate.n })
  return ordered(query, {
    kind: 'rate',
    sides: [own, other],
    distances: NO_DISTANCES,
    differences: [{ name: 'rate', own: [own.numerator!, own.denominator!], other: [numerator, denominator] }],
  })
}

type Counted = readonly [x: number, n: number]
interface Unordered extends Omit<ComparedPart, 'a' | 'b' | 'differences'> {
  sides: readonly [own: ComparedSide, other: ComparedSide]
  differences: { name: RateDifference['name']; own: Counted; other: Counted }[]
}

/** Which of the two is A was asked. */
function ordered(query: CompareQuery, { sides: [own, other], differences, ...part }: Unordered): ComparedPart {
  const isOther = sideIs(query) === 'a'
  return {
    ...part,
    a: isOther ? other : own,
    b: isOther ? own : other,
    differences: differences.map(({ name, ...of }) => {
      const [a, b] = isOther ? [of.other, of.own] : [of.own, of.other]
      return difference(name, ...a, ...b)
    }),
  }
}

/** Which side the baseline is on. */
function sideIs({ a }: CompareQuery): 'a' | 'b' {
  return a === 'baseline' ? 'a' : 'b'
}

function liveOf({ a, b }: CompareQuery): LiveCohort {
  return (a === 'baseline' ? b : a) as LiveCohort
}

function differencesOf(
  { kind, name, range }: FieldConfig,
  cohort: CohortWindow,
  values: CountedThen,
  missing: CountedThen,
  then: OtherDays,
): Unordered['differences'] {
  const { events, nulls, absent, nan, infinite, outOfRange, trues } = cohort
  const differences: Unordered['differences'] = [
    { name: 'missing', own: [nulls + absent + nan, events], other: [missing.x[0]!, missing.n] },
  ]
  if (kind === 'boolean') differences.push({ name: 'true', own: [trues, valuesOf(cohort)], other: [values.x[0]!, values.n] }) // prettier-ignore
  const outside = range === null ? null : then.of('range', name)
  if (outside !== null) differences.push({ name: 'out-of-range', own: [outOfRange + infinite, valuesOf(cohort) + infinite], other: [outside.x[0]!, outside.n] }) // prettier-ignore
  return differences
}

function answers(cohort: CohortWindow, values: CountedThen): Pick<OnCells, 'now' | 'then'> {
  const yes = values.x[0]!
  return { now: [cohort.trues, valuesOf(cohort) - cohort.trues], then: [yes, values.n - yes] }
}

function distancesOf({ now, then }: Pick<OnCells, 'now' | 'then'>, isOrdered: boolean, side: 'a' | 'b') {
  return side === 'a' ? cellDistances(then, now, isOrdered) : cellDistances(now, then, isOrdered)
}
