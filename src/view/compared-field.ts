import type { StreamConfig } from '../config/shape.ts'
import type { CompareQuery, ComparedCohort, ComparedSide, RateDifference } from '../http/facts.ts'
import { bareSide, cohortNumber, difference } from './compared.ts'
import type { Compared } from './compared.ts'
import { fieldDistances } from './field-distances.ts'
import { FieldWindow, valuesOf } from './field-window.ts'
import type { CohortWindow } from './field-window.ts'
import { alikeCategories, alikeHistograms } from './pictures.ts'

export function compareField(stream: StreamConfig, position: number, query: CompareQuery): Compared {
  const { kind, range } = stream.fields[position]!
  const window = new FieldWindow(kind)
  return {
    add: (slice) => window.add(slice.cohorts(stream.name), slice.field(stream.name, position)),
    result: () => {
      const [a, b] = [cohortNumber(query.a), cohortNumber(query.b)]
      const [ofA, ofB] = [window.cohorts[a], window.cohorts[b]]
      const sides = { a: sideOf(query.a, window), b: sideOf(query.b, window) }
      if (kind === 'numeric') [sides.a.histogram, sides.b.histogram] = alikeHistograms(ofA.histogram, ofB.histogram)
      if (kind === 'categorical') {
        const [namesA, namesB] = alikeCategories(ofA.categories, ofB.categories)
        Object.assign(sides.a, namesA)
        Object.assign(sides.b, namesB)
      }
      return {
        kind,
        ...sides,
        distances: fieldDistances(kind, ofA, ofB),
        differences: fieldDifferences(kind, range !== null, ofA, ofB),
      }
    },
  }
}

function fieldDifferences(
  kind: FieldWindow['kind'],
  hasRange: boolean,
  a: CohortWindow,
  b: CohortWindow,
): RateDifference[] {
  const missing = ({ nulls, absent, nan }: CohortWindow): number => nulls + absent + nan
  const differences = [
    difference('missing', missing(a), a.events, missing(b), b.events),
    difference('set-aside', a.setAside, a.events, b.setAside, b.events),
  ]
  if (kind === 'boolean') differences.push(difference('true', a.trues, valuesOf(a), b.trues, valuesOf(b)))
  if (hasRange) differences.push(difference('out-of-range', a.outOfRange, a.events, b.outOfRange, b.events))
  return differences
}

function sideOf(cohort: ComparedCohort, window: FieldWindow): ComparedSide {
  const { nulls, absent, nan, infinite, outOfRange, setAside } = window.cohorts[cohortNumber(cohort)]
  const counts = { nulls, absent, nan, infinite, outOfRange, setAside }
  return { ...bareSide(cohort, window.summary(cohortNumber(cohort))), ...counts }
}
