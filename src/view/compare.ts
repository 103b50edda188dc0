import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StreamConfig } from '../config/shape.ts'
import type { CompareAnswer, CompareQuery } from '../http/facts.ts'
import type { StreamPlan } from '../pane/plan.ts'
import type { Compared } from './compared.ts'
import { compareField } from './compared-field.ts'
import { compareMetric } from './compared-metric.ts'
import { partialSlice } from './partial-slice.ts'
import type { SliceView } from './slice-view.ts'

/**
 * Two cohorts of one field, or engagement metric, side by side over a run of slices, as `/api/v1/compare` shows them.
 * For people's eyes: distances and plain intervals know nothing of units, so none of it is a verdict.
 */
export async function compareCohorts(
  scope: CompareScope,
  query: CompareQuery,
  signal: AbortSignal,
): Promise<CompareAnswer> {
  const bounds = scope.view.bounds(scope.group)
  const toMs = query.toMs ?? bounds?.toMs ?? 0
  const fromMs = query.fromMs ?? toMs - DEFAULT_RANGE_MS
  const compared = comparedThing(scope.stream, scope.plans, query)
  const range = { fromMs: Infinity, toMs: -Infinity, slices: 0 }
  let yieldAtMs = performance.now() + TURN_MS
  for (const { bytes } of scope.view.range(scope.group, fromMs, toMs)) {
    const slice = partialSlice(bytes)
    // Slices of other fields or cohorts than those of now cannot be added to these.
    if (slice.paneConfigDigest !== scope.paneConfigDigest) continue
    compared.add(slice)
    range.fromMs = Math.min(range.fromMs, slice.startMs)
    range.toMs = Math.max(range.toMs, slice.startMs + slice.lengthMs)
    range.slices++
    if (performance.now() < yieldAtMs) continue
    await nextTurn()
    signal.throwIfAborted()
    yieldAtMs = performance.now() + TURN_MS
  }
  if (range.slices === 0)
    return { kind: 'nothing-in-range', keptFromMs: bounds?.fromMs ?? null, keptToMs: bounds?.toMs ?? null }
  return { kind: 'compared', comparison: { stream: query.stream, field: query.field, ...range, ...compared.result() } }
}

export interface CompareScope {
  view: SliceView
  /** The name under which the stream's slices are kept: its group's first stream. */
  group: string
  stream: StreamConfig
  /** Of every stream of the group, by name. */
  plans: ReadonlyMap<string, StreamPlan>
  paneConfigDigest: string
}

const DEFAULT_RANGE_MS = 24 * 3_600_000
/** The event loop has other things to do: observing goes on while somebody asks for four weeks. */
const TURN_MS = 10

function comparedThing(stream: StreamConfig, plans: ReadonlyMap<string, StreamPlan>, query: CompareQuery): Compared {
  const position = stream.fields.findIndex(({ name }) => name === query.field)
  if (position >= 0) return compareField(stream, position, query)
  return compareMetric(
    stream.engagement.find(({ name }) => name === query.field)!,
    stream,
    plans,
    query,
  )
}
