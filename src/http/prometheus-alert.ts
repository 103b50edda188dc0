import type { ShownAlert, ShownCheck } from './facts.ts'
import { isoTime } from './parameters.ts'

/** What Grafana's and Prometheus' own lists can show; the alert as it stands on the topic is beside it, whole. */
export function prometheusAlert(alert: ShownAlert) {
  const { check, stream, field, cohort, severity, state, firedAtMs, effect, reason } = alert
  return {
    labels: { alertname: alertName(check), severity, ...labelsOf(alert), cohort },
    annotations: {
      summary: `${check}${field === null ? '' : ` ${field}`} of ${stream} has changed`,
      description: reason,
    },
    state,
    activeAt: isoTime(firedAtMs),
    value: String(effect?.estimate ?? 1),
    alert,
  }
}

export function labelsOf({
  check,
  stream,
  field,
  segment,
  against,
}: Pick<ShownCheck, 'check' | 'stream' | 'field' | 'segment' | 'against'>): Record<string, string> {
  const optional = { ...(field === null ? {} : { field }), ...(segment === null ? {} : { segment }) }
  return { stream, check, ...optional, against }
}

/** `sample-ratio` is EvenkeelSampleRatio. */
export function alertName(check: string): string {
  return `Evenkeel${check.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase())}`
}
