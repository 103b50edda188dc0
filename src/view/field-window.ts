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

  constructor(kind: FieldTallies['kind']) {
    this.kind = kind
    this.cohorts = [emptyCohort(), emptyCohort()]
  }

  add(tallies: Tallies, position: number): void {
    const field = tallies.fields[position]!
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      const counts = field.counts[cohort]
      const into = this.cohorts[cohort]
      into.events += tallies.cohorts[cohort].accepted.total
      into.nulls += counts.nulls.total
      into.absent += counts.absent.total
      into.nan += counts.nan.total
      into.infinite += counts.infinite.total
      into.outOfRange += counts.outOfRange.total
      into.setAside += counts.aside.total
      into.trues += counts.trues.total
      if (field.histograms !== null) into.histogram.merge(field.histograms[cohort])
      if (field.categories !== null) into.categories.merge(field.categories[cohort])
    }
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
    return {
      count: events,
      missing: of.nulls + of.absent + of.nan,
      values: valuesOf(this.cohorts[cohort]),
      min: hasNumbers ? histogram.min : null,
      max: hasNumbers ? histogram.max : null,
      mean: hasNumbers ? histogram.mean() : null,
      quantiles: hasNumbers ? Object.fromEntries(QUANTILES.map((q) => [String(q), histogram.quantile(q)])) : null,
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
const COUNTS = ['events', 'nulls', 'absent', 'nan', 'infinite', 'outOfRange', 'setAside', 'trues'] as const

function emptyCohort(): CohortWindow {
  const counts = { events: 0, nulls: 0, absent: 0, nan: 0, infinite: 0, outOfRange: 0, setAside: 0, trues: 0 }
  return { ...counts, histogram: new ValueHistogram(), categories: new CategoryCounts() }
}
