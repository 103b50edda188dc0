import type { CheckVerdict } from '../verdict/check.ts'
import type { Report } from '../verdict/report.ts'

/** The report for people at a terminal: the verdict first, then why, then what was read. */
export function summaryText({ verdict, reason, streams, checks, alerts }: Report): string {
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
  for (const alert of alerts) {
    const until = alert.resolvedAtMs === null ? 'still firing' : `resolved ${utc(alert.resolvedAtMs)}`
    lines.push(`${utc(alert.firedAtMs)}  ${alert.severity}  ${alert.reason} (${until})`)
  }
  lines.push('', ...checks.map(checkLine))
  return `${lines.join('\n')}\n`
}

function checkLine({ id, verdict, reason }: CheckVerdict): string {
  return `${verdict.padEnd(12)} ${id}: ${reason}`
}

function utc(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
