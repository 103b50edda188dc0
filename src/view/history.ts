import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AlertMark, History, HistoryAnswer, HistoryBucket, HistoryQuery } from '../http/history-facts.ts'
import type { CompareScope } from './compare.ts'
import { fieldBuckets } from './field-buckets.ts'
import { metricBuckets } from './metric-buckets.ts'
import { partialSlice } from './partial-slice.ts'
import type { PartialSlice } from './partial-slice.ts'

/**
 * One field, or engagement metric, of both cohorts in buckets over a range, as `/api/v1/streams/{s}/fields/{f}/history` and the
 * pages show it. Buckets begin at whole multiples of their width since 1970, in UTC, so that two questions meet.
 */
export async function fieldHistory(
  scope: HistoryScope,
  query: HistoryQuery,
  signal: AbortSignal,
): Promise<HistoryAnswer> {
  const { view, group, paneLengthMs } = scope
  const bounds = view.bounds(group)
  const asked = { fromMs: query.fromMs ?? (query.toMs ?? bounds?.toMs ?? 0) - DEFAULT_RANGE_MS, toMs: query.toMs ?? bounds?.toMs ?? 0 } // prettier-ignore
  // Nothing before the first slice or after the last is worth a bucket.
  const within = { fromMs: Math.max(asked.fromMs, bounds?.fromMs ?? 0), toMs: Math.min(asked.toMs, bounds?.toMs ?? 0) }
  const stepMs = stepOf(within.toMs - within.fromMs, query.stepMs, paneLengthMs)
  const fromMs = Math.floor(within.fromMs / stepMs) * stepMs
  const toMs = Math.ceil(within.toMs / stepMs) * stepMs
  const { kind, measure, bucket } = bucketsOf(scope, query.field)
  const buckets: HistoryBucket[] = []
  let open: { startMs: number; slices: number; counted: BucketedThing } | null = null
  const close = (): void => {
    if (open === null) return
    const { startMs, slices, counted } = open
    buckets.push({ startMs, endMs: startMs + stepMs, slices, ...counted.result() })
  }
  let yieldAtMs = performance.now() + TURN_MS
  for (const { bytes } of view.range(group, fromMs, toMs)) {
    const slice = partialSlice(bytes)
    // Slices of other fields or cohorts than those of now cannot be added to these.
    if (slice.paneConfigDigest !== scope.paneConfigDigest) continue
    const startMs = Math.floor(slice.startMs / stepMs) * stepMs
    if (open === null || open.startMs !== startMs) {
      close()
      open = { startMs, slices: 0, counted: bucket() }
    }
    open.counted.add(slice)
    open.slices++
    if (performance.now() < yieldAtMs) continue
    await nextTurn()
    signal.throwIfAborted()
    yieldAtMs = performance.now() + TURN_MS
  }
  close()
  if (buckets.length === 0)
    return { kind: 'nothing-in-range', keptFromMs: bounds?.fromMs ?? null, keptToMs: bounds?.toMs ?? null }
  const marks = scope.marks.filter(
    ({ stream, field, atMs }) => stream === query.stream && field === query.field && atMs > fromMs && atMs <= toMs,
  )
  const { stream, field } = query
  return { kind: 'history', history: { stream, field, kind, measure, fromMs, toMs, stepMs, buckets, marks } }
}

export interface HistoryScope extends CompareScope {
  paneLengthMs: number
  marks: readonly AlertMark[]
}

/** Something of both cohorts that adds up over the slices of a bucket. */
export interface BucketedThing {
  add(slice: PartialSlice): void
  result(): Omit<HistoryBucket, 'startMs' | 'endMs' | 'slices'>
}

/** @param askedMs null: one that gives at most 200 buckets */
export function stepOf(rangeMs: number, askedMs: number | null, paneLengthMs: number): number {
  const whole = (ms: number): number => Math.max(1, Math.ceil(ms / paneLengthMs)) * paneLengthMs
  const least = whole(rangeMs / (askedMs === null ? BUCKETS_DEFAULT_MAX : BUCKETS_MAX))
  if (askedMs !== null) return Math.max(whole(askedMs), least)
  // Panes of seven minutes have no round step but a week: then it is not round.
  return ROUND_STEPS_MS.find((step) => step >= least && step < 12 * least && step % paneLengthMs === 0) ?? least
}

export const BUCKETS_MAX = 2_100
const BUCKETS_DEFAULT_MAX = 200
const MINUTE_MS = 60_000
const ROUND_STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 10_080].map((minutes) => minutes * MINUTE_MS)
const DEFAULT_RANGE_MS = 48 * 60 * MINUTE_MS
const TURN_MS = 10

function bucketsOf(
  scope: CompareScope,
  field: string,
): Pick<History, 'kind' | 'measure'> & { bucket(): BucketedThing } {
  const { stream, plans } = scope
  const position = stream.fields.findIndex(({ name }) => name === field)
  if (position >= 0) {
    const { kind } = stream.fields[position]!
    const measure = kind === 'numeric' ? 'mean' : kind === 'boolean' ? 'share of true' : 'none'
    return { kind, measure, bucket: () => fieldBuckets(stream, position) }
  }
  const metric = stream.engagement.find(({ name }) => name === field)!
  return { kind: metric.kind, measure: metric.kind, bucket: () => metricBuckets(metric, stream, plans) }
}
