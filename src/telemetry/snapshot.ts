import type { Against, Alert, CheckName, CheckVerdict, Severity } from '../verdict/check.ts'
import { nearness } from '../verdict/watch-list.ts'
import type { WatchListEntry } from '../verdict/watch-list.ts'
import type { Labels } from './family.ts'
import { REST } from './family.ts'

/** What the judge knows after a slice, as the gauges show it: always the whole of it, so that nothing stale stays behind. */
export interface JudgedSnapshot {
  checks: readonly CheckVerdict[]
  /** As last published. */
  alerts: readonly Alert[]
  drift: readonly DriftRow[]
  watchList: readonly WatchListEntry[]
}

/** Display distances of one field; null where they do not apply or data are too few (statistics.md 13). */
export interface DriftRow {
  stream: string
  field: string
  against: Against
  psi: number | null
  ks: number | null
  js: number | null
  wassersteinRatio: number | null
}

export type GaugeRows = [Labels, number][]

/**
 * Which fields get series of their own: those pinned or with a firing alert, then the K that drift most. The rest share
 * `other`; the HTTP API always knows all of them. Drift is ranked by evidence over its threshold, then by PSI.
 */
export function namedFields(
  snapshot: JudgedSnapshot,
  fieldsMax: number,
  isPinned: (field: FieldKey) => boolean,
): Set<string> {
  const rank = new Map<string, { pinned: boolean; evidence: number; psi: number; key: string }>()
  const entry = (stream: string, field: string) => {
    const key = fieldKey(stream, field)
    const known = rank.get(key)
    if (known !== undefined) return known
    const fresh = { pinned: isPinned({ stream, field }), evidence: 0, psi: 0, key }
    rank.set(key, fresh)
    return fresh
  }
  for (const { stream, field, evidence } of snapshot.checks) {
    if (field === null) continue
    const of = entry(stream, field)
    if (evidence !== null) of.evidence = Math.max(of.evidence, evidence.nats / evidence.thresholdNats)
  }
  for (const { stream, field, psi } of snapshot.drift)
    entry(stream, field).psi = Math.max(entry(stream, field).psi, psi ?? 0)
  for (const { stream, field, state } of snapshot.alerts) {
    if (field !== null && state === 'firing') entry(stream, field).pinned = true
  }
  const entries = [...rank.values()]
  const drifting = entries
    .filter(({ pinned }) => !pinned)
    .sort((a, b) => b.evidence - a.evidence || b.psi - a.psi || (a.key < b.key ? -1 : 1))
    .slice(0, fieldsMax)
  return new Set([...entries.filter(({ pinned }) => pinned), ...drifting].map(({ key }) => key))
}

export interface FieldKey {
  stream: string
  field: string
}

export function evidenceRows({ checks }: JudgedSnapshot, named: ReadonlySet<string>): GaugeRows {
  return checks.flatMap(({ stream, check, field, against, evidence }) =>
    // One series per check: that of the cohorts. Evidence against other days is of another kind and does not add to it.
    evidence === null || against === 'baseline'
      ? []
      : [[{ stream, check, field: shownField(stream, field, named) }, evidence.nats] as [Labels, number]],
  )
}

/** 1 would be enough evidence for an alarm. */
export function watchListRows({ watchList }: JudgedSnapshot, named: ReadonlySet<string>): GaugeRows {
  return watchList.map((entry) => {
    const { stream, check, field } = entry
    return [{ stream, check, field: shownField(stream, field, named) }, nearness(entry)]
  })
}

export function driftRows(
  { drift }: JudgedSnapshot,
  distance: 'psi' | 'ks' | 'js' | 'wassersteinRatio',
  named: ReadonlySet<string>,
): GaugeRows {
  return drift.flatMap((row) => {
    const value = row[distance]
    const labels = { stream: row.stream, field: shownField(row.stream, row.field, named), against: row.against }
    return value === null ? [] : [[labels, value] as [Labels, number]]
  })
}

/** With zeros for every check of a stream, so that a rule asking for firing alerts always gets an answer. */
export function alertRows({ alerts, checks }: JudgedSnapshot): GaugeRows {
  const watched = new Map<string, { stream: string; check: CheckName }>()
  for (const { stream, check } of [...checks, ...alerts]) watched.set(fieldKey(stream, check), { stream, check })
  const zeros = [...watched.values()].flatMap(({ stream, check }) =>
    SEVERITIES.map((severity): [Labels, number] => [{ stream, check, severity, state: 'firing' }, 0]),
  )
  return [
    ...zeros,
    ...alerts.map(({ stream, check, severity, state }): [Labels, number] => [{ stream, check, severity, state }, 1]),
  ]
}

export function checkRows({ checks }: JudgedSnapshot): GaugeRows {
  const streams = new Set(checks.map(({ stream }) => stream))
  const zeros = [...streams].flatMap((stream) => VERDICTS.map((verdict): [Labels, number] => [{ stream, verdict }, 0]))
  return [...zeros, ...checks.map(({ stream, verdict }): [Labels, number] => [{ stream, verdict }, 1])]
}

export function driftedFieldRows({ alerts, checks }: JudgedSnapshot): GaugeRows {
  const worst = new Map<string, { stream: string; severity: Severity }>()
  for (const { stream, field, severity, state } of alerts) {
    if (state !== 'firing' || field === null) continue
    const key = fieldKey(stream, field)
    const known = worst.get(key)
    if (known === undefined || SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(known.severity))
      worst.set(key, { stream, severity })
  }
  const streams = new Set([...checks, ...alerts].map(({ stream }) => stream))
  const zeros = [...streams].flatMap((stream) =>
    SEVERITIES.map((severity): [Labels, number] => [{ stream, severity }, 0]),
  )
  return [...zeros, ...[...worst.values()].map(({ stream, severity }): [Labels, number] => [{ stream, severity }, 1])]
}

export function fieldKey(stream: string, field: string): string {
  return JSON.stringify([stream, field])
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical']
const VERDICTS = ['PASS', 'FAIL', 'INSUFFICIENT', 'ERROR']

function shownField(stream: string, field: string | null, named: ReadonlySet<string>): string {
  if (field === null) return ''
  return named.has(fieldKey(stream, field)) ? field : REST
}
