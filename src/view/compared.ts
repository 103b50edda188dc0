import { newcombe } from '../evidence/intervals.ts'
import type {
  ComparedCohort,
  ComparedSide,
  Comparison,
  FieldSummary,
  LiveCohort,
  RateDifference,
} from '../http/facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'

/** Both sides are live. */
export interface LiveQuery {
  a: LiveCohort
  b: LiveCohort
}

/** What is shown of two cohorts, whatever is compared. */
export type ComparedPart = Pick<Comparison, 'kind' | 'a' | 'b' | 'distances' | 'differences'>

/** b minus a with Newcombe's interval; nothing of a side without events. */
export function difference(
  name: RateDifference['name'],
  xA: number,
  nA: number,
  xB: number,
  nB: number,
): RateDifference {
  if (nA === 0 || nB === 0) return { name, a: share(xA, nA), b: share(xB, nB), estimate: null, low: null, high: null }
  const { delta, low, high } = newcombe({ xControl: xA, nControl: nA, xCandidate: xB, nCandidate: nB })
  return { name, a: share(xA, nA), b: share(xB, nB), estimate: delta, low, high }
}

export function share(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator
}

/** Of what has no values of its own, or of which only shares are kept. */
export const NO_FIGURES = { min: null, max: null, mean: null, quantiles: null, trues: null }

/** A side of which nothing is known but its summary: the rest depends on what is compared. */
export function bareSide(cohort: ComparedCohort, summary: FieldSummary): ComparedSide {
  const counts = { nulls: 0, absent: 0, nan: 0, infinite: 0, outOfRange: 0, setAside: 0 }
  const pictures = { histogram: null, categories: null, others: null, numerator: null, denominator: null }
  return { cohort, ...summary, ...counts, ...pictures }
}

export function cohortNumber(name: LiveCohort): typeof CONTROL | typeof CANDIDATE {
  return name === 'control' ? CONTROL : CANDIDATE
}
