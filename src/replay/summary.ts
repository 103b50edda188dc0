import { groupAlerts } from '../alert/group-alerts.ts'
import type { GroupedAlerts } from '../alert/group-alerts.ts'
import type { Alert, CheckVerdict } from '../verdict/check.ts'
import { withoutOthers } from '../verdict/reason.ts'
import type { Report } from '../verdict/report.ts'

/** The report for people at a terminal: the verdict first, then why, then what was read. */
export function summaryText({ verdict, reason, streams, checks, alerts, watchList }: Report): string {
  const lines = [`${verdict}  ${reason}`, '']
  for (const { name, events, slices, cohorts, violations } of streams) {
    const { read, accepted, rejected, late, synthetic, duplicates } = events
    lines.push(
      `${name}: ${read} records in ${slices} slices: ${accepted} accepted (${duplicates} duplicates), ${rejected} rejected, ${late} late, ${synthetic} synthetic`,
      `  control ${cohorts.control.events} events of ${cohorts.control.units} units, candidate ${cohorts.candidate.events} of ${cohorts.candidate.units}`,
    )
    const broken = Object.entries(violations).map(([kind, count]) => `${kind} ${count}`)
    if (broken.length > 0) lines.push(`  violations: ${broken.join(', ')}`)
  }
  if (alerts.length > 0) lines.push('')
  for (const group of groupAlerts(alerts)) lines.push(...groupLines(group))
  if (watchList.some(({ firing }) => !firing)) lines.push('', ...watchLines(watchList))
  lines.push('', ...checks.map(checkLine))
  return `${lines.join('\n')}\n`
}

/** One notice: a single alert on one line, several under one heading. */
function groupLines({ firedAtMs, severity, alerts }: GroupedAlerts): string[] {
  const [only] = alerts
  if (alerts.length === 1) return [`${utc(firedAtMs)}  ${severity}  ${only!.reason} (${untilOf(only!)})`]
  const firing = alerts.filter(({ state }) => state === 'firing').length
  return [
    `${utc(firedAtMs)}  ${severity}  ${alerts.length} alerts in one notice, ${firing} still firing`,
    ...alerts.map((alert) => `  ${alert.severity.padEnd(8)}  ${withoutOthers(alert.reason)} (${untilOf(alert)})`),
  ]
}

function untilOf({ resolvedAtMs }: Alert): string {
  return resolvedAtMs === null ? 'still firing' : `resolved ${utc(resolvedAtMs)}`
}

/** What fires stands above already. */
function watchLines(watchList: Report['watchList']): string[] {
  const quiet = watchList.filter(({ firing }) => !firing)
  return quiet.map(({ id, nats, thresholdNats }) => `to watch     ${id}: ${nats.toFixed(1)} nats, an alarm needs ${thresholdNats.toFixed(1)}`) // prettier-ignore
}

function checkLine({ id, verdict, reason }: CheckVerdict): string {
  return `${verdict.padEnd(12)} ${id}: ${reason}`
}

function utc(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
