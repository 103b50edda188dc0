import { groupAlerts } from '../alert/group-alerts.ts'
import type { ShownAlert } from './facts.ts'

/** Alerts by cause, in the order in which causes began; inside one what is gravest first, because it speaks for the others. */
export function shownGroups(alerts: readonly ShownAlert[]) {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]))
  return groupAlerts(alerts).map((group) => ({
    ...group,
    alerts: group.alerts.map(({ id }) => byId.get(id)!).sort(gravestFirst),
  }))
}

const GRAVITY = { critical: 0, warning: 1, info: 2 } as const

function gravestFirst(one: ShownAlert, other: ShownAlert): number {
  const isOver = ({ state }: ShownAlert): number => Number(state === 'resolved')
  return (
    isOver(one) - isOver(other) || GRAVITY[one.severity] - GRAVITY[other.severity] || one.firedAtMs - other.firedAtMs
  )
}
