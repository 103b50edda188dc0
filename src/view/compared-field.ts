import type { FieldConfig } from '../config/shape.ts'
import type { ComparedSide, LiveCohort, RateDifference } from '../http/facts.ts'
import { bareSide, cohortNumber, difference } from './compared.ts'
import type { ComparedPart, LiveQuery } from './compared.ts'
import { fieldDistances } from './field-distances.ts'
import { valuesOf } from './field-window.ts'
import type { CohortWindow, FieldWindow } from './field-window.ts'
import { alikeCategories, alikeHistograms } from './pictures.ts'

export function comparedField({ kind, range }: FieldConfig, query: LiveQuery, window: FieldWindow): ComparedPart {
  const [ofA, ofB] = [window.cohorts[cohortNumber(query.a)], window.cohorts[cohortNumber(query.b)]]
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

export function sideOf(cohort: LiveCohort, window: FieldWindow): ComparedSide {
  const { nulls, absent, nan, infinite, outOfRange, setAside } = window.cohorts[cohortNumber(cohort)]
  const counts = { nulls, absent, nan, infinite, outOfRange, setAside }
  return { ...bareSide(cohort, window.summary(cohortNumber(cohort))), ...counts }
}
