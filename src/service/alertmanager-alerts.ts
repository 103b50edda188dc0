import { address } from '../page/address.ts'
import { titleOf } from '../verdict/subject.ts'
import type { Alert } from '../verdict/check.ts'
import { labelValue } from '../telemetry/label.ts'

/** One alert as Alertmanager's API v2 takes it. Without an end it counts as firing until nobody has confirmed it for its `resolve_timeout`. */
export interface PushedAlert {
  /** Its identity: what is the same alert has the same labels, so nothing here may change while it fires. */
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  startsAt: string
  endsAt?: string
  generatorURL?: string
}

export interface PushContext {
  nowMs: number
  /** End of the last slice that was judged: how late it is for these alerts. */
  judgedToMs: number
  /** Where people reach this service, or null. */
  link: string | null
  /** Labels of the installation. */
  labels: Readonly<Record<string, string>>
  /** Why nobody shall be told, or null. */
  mutedBecause: (alert: Alert) => string | null
}

/**
 * What Alertmanager should know of these alerts, by their identity: a function of the judge's state alone, so that an instance
 * that restarts or takes over says the same, and Alertmanager, which compares labels, tells nobody twice.
 *
 * Resolved alerts are said again for an hour of event time: whoever missed the end (a crash between firing and resolving, an
 * Alertmanager that was away) still hears it, and one that never heard of the alert stays silent.
 */
export function pushedAlerts(alerts: readonly Alert[], context: PushContext): Map<string, PushedAlert> {
  const pushed = new Map<string, PushedAlert>()
  for (const alert of alerts) {
    const { state, resolvedAtMs } = alert
    if (context.mutedBecause(alert) !== null) continue
    if (state === 'resolved' && resolvedAtMs! <= context.judgedToMs - RESOLVED_AGAIN_MS) continue
    const labels = labelsOf(alert, context)
    const key = JSON.stringify(labels)
    // Episodes come oldest first: the last one is what holds now, and long names that were cut may coincide with a firing one.
    if (state === 'resolved' && pushed.has(key) && pushed.get(key)!.endsAt === undefined) continue
    const startsAtMs = Math.min(alert.firedAtMs, context.nowMs)
    pushed.set(key, {
      labels,
      annotations: annotationsOf(alert, alerts, context),
      startsAt: new Date(startsAtMs).toISOString(),
      // Event time may be ahead of the clock; an end in the future would be firing until then.
      ...(state === 'resolved' ? { endsAt: endOf(startsAtMs, Math.min(resolvedAtMs!, context.nowMs)) } : {}),
      ...(context.link === null ? {} : { generatorURL: pageOf(alert, context.link) }),
    })
  }
  return pushed
}

/** An alert that was said to fire and is not to be said any more: its severity changed, or it was muted. */
export function ended(alert: PushedAlert, nowMs: number): PushedAlert {
  return { ...alert, endsAt: endOf(Date.parse(alert.startsAt), nowMs) }
}

const RESOLVED_AGAIN_MS = 3_600_000

function endOf(startsAtMs: number, endMs: number): string {
  return new Date(Math.max(startsAtMs, endMs)).toISOString()
}

/** Names only. The severity is one of them because routes go by it: when it changes, one alert ends and another begins. */
function labelsOf(alert: Alert, { labels }: PushContext): Record<string, string> {
  const { stream, check, field, segment, cohort, against, direction, severity } = alert
  const named = { stream, check, field, segment, cohort, against, direction, severity }
  const known = Object.entries(named).flatMap(([name, value]) => (value === null ? [] : [[name, labelValue(value)]]))
  return { ...labels, alertname: 'EvenkeelChange', ...(Object.fromEntries(known) as Record<string, string>) }
}

function annotationsOf(alert: Alert, alerts: readonly Alert[], { link }: PushContext): Record<string, string> {
  const together = alerts.filter(({ group, state }) => group === alert.group && state === 'firing').length
  return {
    summary: `${titleOf(alert)} in ${alert.stream}`,
    description: alert.reason,
    group: alert.group,
    alongside: `${together} alert(s) of this group fire`,
    ...(link === null ? {} : { link: pageOf(alert, link) }),
  }
}

function pageOf({ id }: Alert, link: string): string {
  return `${link}${address.alert(id)}`
}
