import type { Alert, Severity } from '../verdict/check.ts'

/** Alerts of one cause, told as one: what pages, lists and screens show. */
export interface GroupedAlerts {
  group: string
  /** Of the first. */
  firedAtMs: number
  /** The highest of those that fire; of all where none does. */
  severity: Severity
  state: Alert['state']
  /** In the order given. */
  alerts: Alert[]
}

/** In the order in which they first fired. */
export function groupAlerts(alerts: readonly Alert[]): GroupedAlerts[] {
  const groups = [...Map.groupBy(alerts, ({ group }) => group)].map(([group, members]): GroupedAlerts => {
    const firing = members.filter(({ state }) => state === 'firing')
    const telling = firing.length > 0 ? firing : members
    return {
      group,
      firedAtMs: Math.min(...members.map(({ firedAtMs }) => firedAtMs)),
      severity: highest(telling.map(({ severity }) => severity)),
      state: firing.length > 0 ? 'firing' : 'resolved',
      alerts: members,
    }
  })
  return groups.sort((one, other) => one.firedAtMs - other.firedAtMs)
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical']

function highest(severities: readonly Severity[]): Severity {
  return SEVERITIES.findLast((severity) => severities.includes(severity))!
}
