import { parseAddress } from './address.ts'
import { DEFAULTS } from './defaults.ts'
import { formatDuration, parseDuration } from './duration.ts'
import type { Report } from './report.ts'
import type { Draft, RawConfig } from './raw.ts'
import { parseSize } from './size.ts'

const DAY_MS = 86_400_000
const RECORD_BYTES_MAX = 256 * 2 ** 20
const SESSION_MS_MIN = 1_000
const SESSION_MS_MAX = 300_000

/** Everything but streams and policy. */
export function checkService(draft: Draft<RawConfig>, report: Report): void {
  if (draft.kafka && draft.log) report(['log'], 'give only one of "kafka" and "log"')
  for (const [at, broker] of (draft.kafka?.brokers ?? []).entries()) {
    if (broker !== undefined && parseAddress(broker) === null)
      report(['kafka', 'brokers', at], 'the port is above 65535')
  }
  checkTls(draft, report)
  const session = draft.kafka?.sessionTimeout
  const sessionMs = session === undefined ? SESSION_MS_MIN : parseDuration(session)
  if (sessionMs === null || sessionMs < SESSION_MS_MIN || sessionMs > SESSION_MS_MAX)
    report(['kafka', 'sessionTimeout'], 'must be at least 1s and at most 5m')
  const listen = draft.http?.listen
  if (listen !== undefined && parseAddress(listen) === null) report(['http', 'listen'], 'the port is above 65535')
  const url = draft.registry?.url
  if (url !== undefined && !URL.canParse(url)) report(['registry', 'url'], 'is not an address of a registry')
  checkPanes(draft, report)
  const size = draft.limits?.recordBytes
  const bytes = size === undefined ? 1 : parseSize(size)
  if (bytes === null || bytes > RECORD_BYTES_MAX)
    report(['limits', 'recordBytes'], 'must be at least 1B and at most 256MiB')
}

function checkTls(draft: Draft<RawConfig>, report: Report): void {
  const ssl = draft.kafka?.ssl
  if (typeof ssl !== 'object') return
  for (const key of ['ca', 'cert', 'key'] as const) {
    if (ssl[key] !== undefined && ssl[`${key}File`] !== undefined) {
      report(['kafka', 'ssl', `${key}File`], `give only one of "${key}" and "${key}File"`)
    }
  }
  const has = (key: 'cert' | 'key'): boolean => ssl[key] !== undefined || ssl[`${key}File`] !== undefined
  if (has('cert') && !has('key'))
    report(['kafka', 'ssl', 'keyFile'], 'is missing: a client certificate needs its private key')
  if (has('key') && !has('cert'))
    report(['kafka', 'ssl', 'certFile'], 'is missing: a private key needs its certificate')
}

function checkPanes(draft: Draft<RawConfig>, report: Report): void {
  const panes = draft.panes ?? {}
  const readMs = (key: keyof typeof DEFAULTS.panes): number | undefined => {
    const text = panes[key] ?? DEFAULTS.panes[key]
    const durationMs = parseDuration(text)
    if (durationMs === null) report(['panes', key], `"${text}" is too long`)
    return durationMs ?? undefined
  }
  const [lengthMs, latenessMs, aheadMs, idleMs] = [
    readMs('length'),
    readMs('lateness'),
    readMs('ahead'),
    readMs('idle'),
  ]
  readMs('completeWithin')
  if (lengthMs !== undefined && (lengthMs < 1000 || DAY_MS % lengthMs !== 0)) {
    report(
      ['panes', 'length'],
      `"${panes.length}" must be at least 1s and divide a day evenly, as 1m, 5m, 10m or 1h do`,
    )
  }
  if (idleMs !== undefined && idleMs < 1) report(['panes', 'idle'], 'must be longer than 0s')
  if (latenessMs !== undefined && aheadMs !== undefined && aheadMs <= latenessMs) {
    // The newest ordinary event is `lateness` ahead of the watermark; every one would wait.
    const key = panes.ahead === undefined ? 'lateness' : 'ahead'
    report(
      ['panes', key],
      `ahead (${formatDuration(aheadMs)}) must be longer than lateness (${formatDuration(latenessMs)}): the watermark stays lateness behind ordinary events`,
    )
  }
}
