import type { Baseline } from '../baseline/baseline.ts'
import type { CompareAnswer, CompareQuery } from '../http/facts.ts'
import type { ComparedPart, LiveQuery } from './compared.ts'
import { fieldWithBaseline, metricWithBaseline } from './compared-baseline.ts'
import { comparedField } from './compared-field.ts'
import { comparedMetric } from './compared-metric.ts'
import { HOUR_MS } from './hour-book.ts'
import { OtherDays } from './other-days.ts'
import { pieces } from './pieces.ts'
import type { PieceScope } from './pieces.ts'
import { summedField, summedMetric } from './summed.ts'
import type { Summed } from './summed.ts'

/**
 * Two cohorts of one field, or engagement metric, side by side over a run of slices, as `/api/v1/compare` shows them.
 * For people's eyes: distances and plain intervals know nothing of units, so none of it is a verdict.
 */
export async function compareCohorts(
  scope: CompareScope,
  query: CompareQuery,
  signal: AbortSignal,
): Promise<CompareAnswer> {
  const { stream, plans } = scope
  const position = stream.fields.findIndex(({ name }) => name === query.field)
  if (position >= 0) {
    const field = stream.fields[position]!
    return compareSums(scope, query, signal, summedField(stream, position), (window, then) =>
      isLive(query) ? comparedField(field, query, window) : then && fieldWithBaseline(field, query, window, then),
    )
  }
  const metric = stream.engagement.find(({ name }) => name === query.field)!
  return compareSums(scope, query, signal, summedMetric(stream, metric, plans), (sums, then) =>
    isLive(query) ? comparedMetric(metric, query, sums) : then && metricWithBaseline(metric, query, sums, then),
  )
}

export interface CompareScope extends PieceScope {
  paneLengthMs: number
  /** That the configuration names. */
  baseline?: Baseline | null
}

function isLive(query: CompareQuery): query is CompareQuery & LiveQuery {
  return query.a !== 'baseline' && query.b !== 'baseline'
}

const DEFAULT_RANGE_MS = 24 * HOUR_MS

async function compareSums<Sums>(
  scope: CompareScope,
  query: CompareQuery,
  signal: AbortSignal,
  summed: Summed<Sums>,
  result: (sums: Sums, then: OtherDays | null) => ComparedPart | null,
): Promise<CompareAnswer> {
  const bounds = scope.view.bounds(scope.group)
  const toMs = Math.min(query.toMs ?? Infinity, bounds?.toMs ?? 0)
  const fromMs = Math.max(query.fromMs ?? (query.toMs ?? toMs) - DEFAULT_RANGE_MS, bounds?.fromMs ?? 0)
  const sums = summed.empty()
  const range = { fromMs: Infinity, toMs: -Infinity, slices: 0 }
  const inHours = HOUR_MS % scope.paneLengthMs === 0
  for await (const piece of pieces(scope, summed, { fromMs, toMs, inHours }, signal)) {
    summed.merge(sums, piece.sums)
    range.fromMs = Math.min(range.fromMs, piece.fromMs)
    range.toMs = Math.max(range.toMs, piece.toMs)
    range.slices += piece.slices
  }
  if (range.slices === 0)
    return { kind: 'nothing-in-range', keptFromMs: bounds?.fromMs ?? null, keptToMs: bounds?.toMs ?? null }
  const { stream, field } = query
  const then = isLive(query) || !scope.baseline ? null : new OtherDays(scope.baseline, stream, range)
  const part = result(sums, then)
  if (part === null) return { kind: 'not-in-baseline', reason: lackOf(then, query) }
  return { kind: 'compared', comparison: { stream, field, ...range, ...part, baseline: then && then.facts() } }
}

function lackOf(then: OtherDays | null, { stream, field }: CompareQuery): string {
  if (then === null) return 'the configuration names no baseline'
  return `the baseline says nothing of ${field} of ${stream}: it has shares of fields with enough values, and rates`
}
