import type { AlertGroup } from '../alert/alert-groups.ts'
import { startMsOf } from '../alert/alert-watch.ts'
import type { Change, Moment } from '../alert/alert-watch.ts'
import type { WatchedCheck } from './check-verdict.ts'
import { alertReason, resolvedReason } from './reason.ts'
import type { Subject } from './subject.ts'
import type { UnitLadder } from './unit-ladder.ts'

/** What people are told of a change at this slice. `others`: what else began with it; `units`: of each stream. */
export function changeReason(
  { watched, alert }: WatchedCheck,
  change: Change,
  { moment, units, others, group }: ChangeContext,
): string {
  if (change.drift === null) {
    const calmSinceMs = change.calmStart === null ? null : startMsOf(moment, change.calmStart)
    return resolvedReason(alert.episodes.at(-1)!.reason, calmSinceMs, moment.endMs)
  }
  const { start } = change.drift
  const seen = watched.subject.segment === null ? units.get(watched.streams[0]!)!.seenSince(start) : null
  const joined = change.type === 'firing' && group?.joinedAt !== undefined ? group : null
  const { firedAtMs = 0 } = alert.episodes.at(-1) ?? {}
  const update = change.type === 'updated' ? { toMs: moment.endMs, firedAtMs } : null
  return alertReason(watched.subject, change.drift, { fromMs: startMsOf(moment, start), update }, seen, others, joined)
}

interface ChangeContext {
  moment: Moment
  units: ReadonlyMap<string, UnitLadder>
  others: readonly Subject[]
  group: AlertGroup | null
}
