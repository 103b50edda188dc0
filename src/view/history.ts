import type { AlertMark, History, HistoryAnswer, HistoryBucket, HistoryQuery } from '../http/history-facts.ts'
import type { PolicyConfig } from '../config/shape.ts'
import type { CompareScope } from './compare.ts'
import { fieldBucket } from './field-buckets.ts'
import type { BucketPart } from './field-buckets.ts'
import type { FieldWindow } from './field-window.ts'
import { HOUR_MS } from './hour-book.ts'
import { metricBucket } from './metric-buckets.ts'
import { pieces } from './pieces.ts'
import { summedField, summedMetric } from './summed.ts'
import type { Summed } from './summed.ts'

/**
 * One field, or engagement metric, of both cohorts in buckets over a range, as `/api/v1/streams/{s}/fields/{f}/history` and the
 * pages show it. Buckets begin at whole multiples of their width since 1970, in UTC, so that two questions meet.
 */
export async function fieldHistory(
  scope: HistoryScope,
  query: HistoryQuery,
  signal: AbortSignal,
): Promise<HistoryAnswer> {
  const { stream, plans } = scope
  const position = stream.fields.findIndex(({ name }) => name === query.field)
  if (position >= 0) {
    const { kind, role } = stream.fields[position]!
    const category = kind === 'categorical' ? (query.category ?? null) : null
    const measure = kind === 'categorical' && category === null ? 'none' : MEASURES[kind]
    const { location, boolean, cell, representation, missing } = scope.effectMin
    const change = role === 'segment' ? representation : { numeric: location, boolean, categorical: cell }[kind]
    const told = { kind, measure, category, thresholds: { change, missing } } as const
    const bucket = (window: FieldWindow): BucketPart => fieldBucket(window, category)
    return historyOf(scope, query, signal, { told, summed: summedField(stream, position), bucket })
  }
  const metric = stream.engagement.find(({ name }) => name === query.field)!
  const summed = summedMetric(stream, metric, plans)
  const { kind } = metric
  const thresholds = { change: scope.effectMin.engagement, missing: null }
  const told = { kind, measure: kind, category: null, thresholds } as const
  return historyOf(scope, query, signal, { told, summed, bucket: (sums) => metricBucket(kind, sums) })
}

const MEASURES = { numeric: 'mean', boolean: 'share of true', categorical: 'share of category' } as const

export interface HistoryScope extends CompareScope {
  marks: readonly AlertMark[]
  /** Of the policy. */
  effectMin: PolicyConfig['effectMin']
}

/** @param askedMs null: one that gives at most 60 buckets */
export function stepOf(rangeMs: number, askedMs: number | null, paneLengthMs: number): number {
  const whole = (ms: number): number => Math.max(1, Math.ceil(ms / paneLengthMs)) * paneLengthMs
  const least = whole(rangeMs / (askedMs === null ? BUCKETS_DEFAULT_MAX : BUCKETS_MAX))
  if (askedMs !== null) return Math.max(whole(askedMs), least)
  // Panes of seven minutes have no round step but a week: then it is not round.
  return ROUND_STEPS_MS.find((step) => step >= least && step < 12 * least && step % paneLengthMs === 0) ?? least
}

export const BUCKETS_MAX = 2_100
const BUCKETS_DEFAULT_MAX = 60
const MINUTE_MS = 60_000
const ROUND_STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 10_080].map((minutes) => minutes * MINUTE_MS)
const DEFAULT_RANGE_MS = 48 * 60 * MINUTE_MS

interface Measured<Sums> {
  told: Pick<History, 'kind' | 'measure' | 'category' | 'thresholds'>
  summed: Summed<Sums>
  bucket(sums: Sums): BucketPart
}

async function historyOf<Sums>(
  { view, group, paneLengthMs, marks, ...scope }: HistoryScope,
  query: HistoryQuery,
  signal: AbortSignal,
  { told, summed, bucket }: Measured<Sums>,
): Promise<HistoryAnswer> {
  const bounds = view.bounds(group)
  const lastMs = query.toMs ?? bounds?.toMs ?? 0
  // Nothing before the first slice or after the last is worth a bucket.
  const within = { fromMs: Math.max(query.fromMs ?? lastMs - DEFAULT_RANGE_MS, bounds?.fromMs ?? 0), toMs: Math.min(lastMs, bounds?.toMs ?? 0) } // prettier-ignore
  const stepMs = stepOf(within.toMs - within.fromMs, query.stepMs, paneLengthMs)
  const range = { fromMs: Math.floor(within.fromMs / stepMs) * stepMs, toMs: Math.ceil(within.toMs / stepMs) * stepMs }
  const inHours = HOUR_MS % paneLengthMs === 0 && stepMs % HOUR_MS === 0
  const buckets: HistoryBucket[] = []
  let open = null as { startMs: number; slices: number; sums: Sums } | null
  const close = (): void => {
    if (open === null) return
    const { startMs, slices, sums } = open
    buckets.push({ startMs, endMs: startMs + stepMs, slices, ...bucket(sums) })
  }
  for await (const piece of pieces({ ...scope, view, group }, summed, { ...range, inHours }, signal)) {
    const startMs = Math.floor(piece.fromMs / stepMs) * stepMs
    if (open?.startMs !== startMs) {
      close()
      open = { startMs, slices: 0, sums: summed.empty() }
    }
    summed.merge(open.sums, piece.sums)
    open.slices += piece.slices
  }
  close()
  if (buckets.length === 0)
    return { kind: 'nothing-in-range', keptFromMs: bounds?.fromMs ?? null, keptToMs: bounds?.toMs ?? null }
  const { stream, field } = query
  const shown = marks.filter(
    (mark) => mark.stream === stream && mark.field === field && mark.atMs > range.fromMs && mark.atMs <= range.toMs,
  )
  return { kind: 'history', history: { stream, field, ...told, ...range, stepMs, buckets, marks: shown } }
}
