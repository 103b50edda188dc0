import { canonicalJson } from '../ledger/canonical-json.ts'
import { utc } from '../verdict/figures.ts'
import type { Alert } from '../verdict/check.ts'
import type { AlertNotice } from './notice.ts'

export interface AlertRecord {
  /** The alert's fingerprint: all notices of one alert go to one partition, in order. */
  key: string
  /** CloudEvents 1.0, structured JSON, in its canonical form: the same notice gives the same bytes. */
  value: string
  /** The event's id: what `alertsToSend` compares. */
  id: string
}

/** The notice as it stands on the alerts topic (contracts.md 4). */
export function toCloudEvent(notice: AlertNotice, instance: string): AlertRecord {
  const { alert, id, fingerprint, releaseId, verdictDigest, slices, type, sliceEndMs } = notice
  const value = canonicalJson({
    specversion: '1.0',
    type: `io.evenkeel.alert.${type}.v1`,
    source: `/evenkeel/${instance}`,
    subject: subjectOf(alert, releaseId),
    id,
    time: utc(sliceEndMs),
    datacontenttype: 'application/json',
    alertgroup: alert.group,
    data: { ...alert, releaseId, verdictDigest, slices, links: linksOf(notice) },
  })
  return { key: fingerprint, value, id }
}

function subjectOf({ stream, check, field }: Alert, releaseId: string | null): string {
  const parts = [releaseId ?? stream, check]
  return (field === null ? parts : [...parts, field]).join('/')
}

/** Where to look next, relative to the service's address, which an event must not depend on. */
function linksOf({ alert, slices, isComparable }: AlertNotice): Record<string, string> {
  const { id, stream, field } = alert
  const streamPath = `/api/v1/streams/${encodeURIComponent(stream)}`
  const links: Record<string, string> = {
    page: `/alerts/${id}`,
    alerts: '/api/v1/alerts',
    cohorts: `${streamPath}/cohorts`,
  }
  if (isComparable) {
    const range = `from=${encodeURIComponent(utc(slices.fromMs))}&to=${encodeURIComponent(utc(slices.toMs))}`
    const query = `stream=${encodeURIComponent(stream)}&field=${encodeURIComponent(field!)}&a=control&b=candidate&${range}`
    links['compare'] = `/api/v1/compare?${query}`
  }
  return links
}
