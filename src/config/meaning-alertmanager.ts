import { parseDuration } from './duration.ts'
import type { Draft, RawConfig } from './raw.ts'
import type { Report } from './report.ts'

/** Labels that pushed alerts have of their own (service/alertmanager-alerts.ts), or that a release will. */
const OWN_LABELS = [
  'alertname', 'release', 'stream', 'check', 'field', 'segment', 'cohort', 'against', 'direction', 'severity',
] // prettier-ignore
const EVERY_MS_MIN = 1_000
const EVERY_MS_MAX = 600_000

export function checkAlertmanager({ alertmanager }: Draft<RawConfig>, report: Report): void {
  if (!alertmanager) return
  const urls = [alertmanager.url].flat()
  for (const [at, url] of urls.entries()) {
    if (url !== undefined && !URL.canParse(url)) {
      report(['alertmanager', 'url', ...(Array.isArray(alertmanager.url) ? [at] : [])], 'is not an address')
    }
  }
  checkCredentials(alertmanager, report)
  const everyMs = alertmanager.every === undefined ? EVERY_MS_MIN : parseDuration(alertmanager.every)
  if (everyMs === null || everyMs < EVERY_MS_MIN || everyMs > EVERY_MS_MAX)
    report(['alertmanager', 'every'], 'must be at least 1s and at most 10m')
  checkLabels(alertmanager.labels ?? [], report)
}

type Alertmanager = NonNullable<Draft<RawConfig>['alertmanager']>

function checkCredentials(alertmanager: Alertmanager, report: Report): void {
  const has = (key: 'password' | 'token'): boolean =>
    alertmanager[key] !== undefined || alertmanager[`${key}File`] !== undefined
  for (const key of ['password', 'token'] as const) {
    if (alertmanager[key] !== undefined && alertmanager[`${key}File`] !== undefined)
      report(['alertmanager', `${key}File`], `give only one of "${key}" and "${key}File"`)
  }
  if (alertmanager.username !== undefined && has('token'))
    report(['alertmanager', 'username'], 'give either a token, or a user with a password')
  else if (alertmanager.username !== undefined && !has('password'))
    report(['alertmanager', 'passwordFile'], 'is missing: a user needs a password')
  if (alertmanager.username === undefined && has('password'))
    report(['alertmanager', 'username'], 'is missing: a password needs its user')
}

function checkLabels(labels: NonNullable<Alertmanager['labels']>, report: Report): void {
  const names = labels.map((label) => label?.name)
  for (const [at, name] of names.entries()) {
    if (name === undefined) continue
    if (OWN_LABELS.includes(name))
      report(['alertmanager', 'labels', at, 'name'], `"${name}" is a label that alerts have of their own`)
    if (names.indexOf(name) < at) report(['alertmanager', 'labels', at, 'name'], `"${name}" stands here twice`)
  }
}
