import { listed, nats, utc, whole } from './figures.ts'
import type { Subject } from './subject.ts'
import { titleOf } from './subject.ts'
import type { Drift } from './watched.ts'

/** Distinct units of each cohort in a window; null where the window reaches back too far to tell. */
export interface UnitsSeen {
  control: { units: number; estimated: boolean }
  candidate: { units: number; estimated: boolean }
}

/**
 * The one sentence of an alert: what moved, with both cohorts' figures and the interval; since when; of how much; how sure; and
 * what else started in the same slice, because one cause shows in several places.
 */
export function alertReason(
  subject: Subject,
  { told, n, counted, evidence }: Drift,
  sinceMs: number,
  units: UnitsSeen | null,
  others: readonly Subject[],
): string {
  const size =
    counted === 'units'
      ? `${whole(n.candidate)} units of the candidate, ${whole(n.control)} of the control`
      : `${whole(n.candidate)} events of the candidate${unitsOf(units?.candidate)}, ${whole(n.control)} of the control${unitsOf(units?.control)}`
  const sure =
    evidence === null ? '' : `; ${nats(evidence.nats)} nats of evidence, ${nats(evidence.thresholdNats)} needed`
  const also = others.length === 0 ? '' : `; also from this slice: ${listed(others.map(titleOf), 5)}`
  return `${titleOf(subject)}: ${told} since ${utc(sinceMs)} (${size})${sure}${also}`
}

/** What was wrong, and that it is over. */
export function resolvedReason(lastReason: string, calmSinceMs: number, resolvedAtMs: number): string {
  return `${lastReason}; over since ${utc(calmSinceMs)}, resolved ${utc(resolvedAtMs)}`
}

function unitsOf(seen: { units: number; estimated: boolean } | undefined): string {
  if (seen === undefined) return ''
  return ` by ${seen.estimated ? 'about ' : ''}${whole(seen.units)} units`
}
