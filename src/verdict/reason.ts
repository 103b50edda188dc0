import { listed, nats, utc, whole } from './figures.ts'
import type { Subject } from './subject.ts'
import { titleOf } from './subject.ts'
import type { Drift } from './watched.ts'

/** Distinct units of each cohort in a window; null where the window reaches back too far to tell. */
export interface UnitsSeen {
  control: { units: number; estimated: boolean }
  candidate: { units: number; estimated: boolean }
}

/** Where the window of the figures begins; of an update also where it ends, and when the alert fired. */
export interface ToldWindow {
  fromMs: number
  update: { toMs: number; firedAtMs: number } | null
}

/**
 * The one sentence of an alert: what moved, with both cohorts' figures and the interval; since when; of how much; how sure; and
 * what else started in the same slice, because one cause shows in several places.
 *
 * An update tells of a later window: that the fault is older than its figures must stand in it.
 */
export function alertReason(
  subject: Subject,
  { told, n, counted, evidence, cohort = 'candidate' }: Drift,
  window: ToldWindow,
  seen: UnitsSeen | null,
  others: readonly Subject[],
  joined: { title: string; firedAtMs: number } | null = null,
): string {
  const units = subject.check === 'lateness' ? null : seen
  const live = cohort === 'control' ? n.control : n.candidate
  const size =
    subject.against === 'baseline'
      ? `${whole(live)} events of the ${cohort}${unitsOf(units?.[cohort], live)}`
      : counted === 'units'
        ? `${whole(n.candidate)} units of the candidate, ${whole(n.control)} of the control`
        : `${whole(n.candidate)} events of the candidate${unitsOf(units?.candidate, n.candidate)}, ${whole(n.control)} of the control${unitsOf(units?.control, n.control)}`
  const sure =
    evidence === null ? '' : `; ${nats(evidence.nats)} nats of evidence, ${nats(evidence.thresholdNats)} needed`
  const also = others.length === 0 ? '' : `${ALSO}${listed(others.map(titleOf), 5)}`
  const together = joined === null ? '' : `; in one group with ${joined.title}, fired ${utc(joined.firedAtMs)}`
  return `${titleOf(subject)}: ${told} ${whenOf(window)} (${size})${sure}${also}${together}${firingSince(window)}`
}

function whenOf({ fromMs, update }: ToldWindow): string {
  return update === null ? `since ${utc(fromMs)}` : `from ${utc(fromMs)} to ${utc(update.toMs)}`
}

function firingSince({ update }: ToldWindow): string {
  return update === null ? '' : `; firing since ${utc(update.firedAtMs)}`
}

/** The reason without the names of the others, for where they stand beside it. */
export function withoutOthers(reason: string): string {
  const from = reason.lastIndexOf(ALSO)
  if (from < 0) return reason
  const to = reason.indexOf('; ', from + ALSO.length)
  return reason.slice(0, from) + (to < 0 ? '' : reason.slice(to))
}

const ALSO = '; also from this slice: '

/**
 * What was wrong, and that it is over.
 *
 * @param calmSinceMs null: not that it is over, but that its era is
 */
export function resolvedReason(lastReason: string, calmSinceMs: number | null, resolvedAtMs: number): string {
  if (calmSinceMs === null) return `${lastReason}; not judged any further: its panes are configured anew from ${utc(resolvedAtMs)} on` // prettier-ignore
  return `${lastReason}; over since ${utc(calmSinceMs)}, resolved ${utc(resolvedAtMs)}`
}

/** Units are seen in accepted records only: of late ones, and where all were rejected, nothing is said of units. */
function unitsOf(seen: { units: number; estimated: boolean } | undefined, events: number): string {
  if (seen === undefined || seen.units === 0 || events === 0) return ''
  // Estimated, or of other records than these, they may come out above what there can be.
  return ` by ${seen.estimated ? 'about ' : ''}${whole(Math.min(seen.units, events))} units`
}
