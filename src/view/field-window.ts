import type { FieldSummary } from '../http/facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { FieldTallies, Pair, Tallies } from '../pane/pane.ts'
import { CategoryCounts } from '../sketch/category-counts.ts'
import { ValueHistogram } from '../sketch/value-histogram.ts'

/**
 * One field over any run of slices, for display: what both cohorts' values look like together with how many were none.
 *
 * Unit buckets and tables are left out. They measure noise, which only the judge needs, and they cannot be added across the
 * freezing of cells; value histograms and names always can.
 */
export class FieldWindow {
  readonly kind: FieldTallies['kind']
  readonly cohorts: Pair<CohortWindow>

  constructor(kind: FieldTallies['kind'], cohorts: Pair<CohortWindow> = [emptyCohort(), emptyCohort()]) {
    this.kind = kind
    this.cohorts = cohorts
  }

  /** Of one slice. It shares the slice's sketches, so it may be merged into others, but nothing into it. */
  static over(cohorts: Tallies['cohorts'], field: FieldTallies): FieldWindow {
    return new FieldWindow(field.kind, [cohortOf(cohorts, field, CONTROL), cohortOf(cohorts, field, CANDIDATE)])
  }

  add(cohorts: Tallies['cohorts'], field: FieldTallies): void {
    this.merge(FieldWindow.over(cohorts, field))
  }

  merge(other: FieldWindow): void {
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      const into = this.cohorts[cohort]
      const from = other.cohorts[cohort]
      for (const count of COUNTS) into[count] += from[count]
      into.histogram.merge(from.histogram)
      into.categories.merge(from.categories)
    }
  }

  summary(cohort: typeof CONTROL | typeof CANDIDATE): FieldSummary {
    const { events, histogram, trues, ...of } = this.cohorts[cohort]
    const hasNumbers = this.kind === 'numeric' && histogram.count > 0
    const entries = hasNumbers ? histogram.entries() : []
    return {
      count: events,
      missing: of.nulls + of.absent + of.nan,
      values: valuesOf(this.cohorts[cohort]),
      min: hasNumbers ? histogram.min : null,
      max: hasNumbers ? histogram.max : null,
      mean: hasNumbers ? histogram.mean(entries) : null,
      quantiles: hasNumbers
        ? Object.fromEntries(QUANTILES.map((q) => [String(q), histogram.quantile(q, entries)]))
        : null,
      trues: this.kind === 'boolean' ? trues : null,
    }
  }
}

export interface CohortWindow {
  /** Accepted, repeats aside. */
  events: number
  nulls: number
  absent: number
  nan: number
  infinite: number
  outOfRange: number
  setAside: number
  trues: number
  histogram: ValueHistogram
  categories: CategoryCounts
}

/** What can be compared: neither missing nor set aside, and finite. */
export function valuesOf({ events, nulls, absent, nan, infinite, setAside }: CohortWindow): number {
  return events - nulls - absent - nan - infinite - setAside
}

const QUANTILES = [0.5, 0.9, 0.99]
export const COUNTS = ['events', 'nulls', 'absent', 'nan', 'infinite', 'outOfRange', 'setAside', 'trues'] as const

function cohortOf(
  cohorts: Tallies['cohorts'],
  { counts, histograms, categories }: FieldTallies,
  cohort: typeof CONTROL | typeof CANDIDATE,
): CohortWindow {
  const { nulls, absent, nan, infinite, outOfRange, aside, trues } = counts[cohort]
  return {
    events: cohorts[cohort].accepted.total,
    nulls: nulls.total,
    absent: absent.total,
    nan: nan.total,
    infinite: infinite.total,
    outOfRange: outOfRange.total,
    setAside: aside.total,
    trues: trues.total,
    histogram: histograms?.[cohort] ?? new ValueHistogram(),
    categories: categories?.[cohort] ?? new CategoryCounts(),
  }
}

function emptyCohort(): CohortWindow {
  const counts = { events: 0, nulls: 0, absent: 0, nan: 0, infinite: 0, outOfRange: 0, setAside: 0, trues: 0 }
  return { ...counts, histogram: new ValueHistogram(), categories: new CategoryCounts() }
}
