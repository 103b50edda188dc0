import type { AlertMark } from '../alert/alert-mark.ts'
import type { Comparison } from './facts.ts'

/** One field, or engagement metric, over time. */
export interface HistoryQuery {
  stream: string
  field: string
  /** Null: `toMs` − 48 h, and the end of the last slice. */
  fromMs: number | null
  toMs: number | null
  /** Width of a bucket, rounded up to whole slices; null: a round one that gives at most 60. */
  stepMs: number | null
  /** categorical: the value whose share is told; left out or null: none. */
  category?: string | null
}

export type HistoryAnswer =
  | { kind: 'history'; history: History }
  | { kind: 'nothing-in-range'; keptFromMs: number | null; keptToMs: number | null }

export interface History {
  stream: string
  field: string
  kind: Comparison['kind']
  /** The asked range, widened to whole buckets. */
  fromMs: number
  toMs: number
  stepMs: number
  /** What `value` is. */
  measure: 'mean' | 'share of true' | 'share of category' | 'rate' | 'ratio' | 'none'
  /** Whose share is told. */
  category: string | null
  /** From what size on a change counts, by the policy: of what `shift` or else `difference` tells, and of what is missing. */
  thresholds: { change: number | null; missing: number | null }
  /** Ascending; a bucket without a slice is left out. */
  buckets: readonly HistoryBucket[]
  /** What was told of this field inside the range, oldest first. */
  marks: readonly AlertMark[]
}

export interface HistoryBucket {
  startMs: number
  endMs: number
  /** Whole slices inside. */
  slices: number
  control: HistoryPoint
  candidate: HistoryPoint
  /** Candidate minus control of `value`, with a 95 % interval that takes events as independent: for the eye, never a verdict. */
  difference: HistoryDifference | null
  /** numeric: how far the values moved, as the check measures it, −1 to 1 (statistics.md 7: location). */
  shift: HistoryDifference | null
  /** The same of `missingShare`. */
  missingDifference: HistoryDifference | null
  /** As in a comparison; all null below 500 values on a side, and for metrics. */
  distances: Comparison['distances']
}

export interface HistoryPoint {
  /** Accepted events, repeats aside. */
  count: number
  missing: number
  /** missing / count; null without events. */
  missingShare: number | null
  /** Not missing, not set aside, finite. */
  values: number
  /** numeric: the mean; boolean: the share of true; categorical: the share of the category asked for; rate and ratio: themselves. */
  value: number | null
  /** numeric only. */
  quantiles: Readonly<Record<string, number>> | null
}

export interface HistoryDifference {
  estimate: number
  /** Null where no interval can be known: a ratio's noise is only known per unit. */
  low: number | null
  high: number | null
}

/** Every field of a stream over the last 48 hours, hour by hour: what sparklines need. Kept in memory, cheap to ask. */
export interface StreamTrails {
  stepMs: number
  /** Start of each hour, ascending and without gaps. */
  startsMs: readonly number[]
  fields: readonly FieldTrail[]
}

export interface FieldTrail {
  name: string
  kind: 'numeric' | 'categorical' | 'boolean'
  /** categorical: the value that was most frequent when the watch began, whose share the points tell; null before any. */
  top: string | null
  /** By position of `startsMs`. */
  control: readonly TrailPoint[]
  candidate: readonly TrailPoint[]
}

/** As in a `HistoryPoint`; of a categorical field `value` is the share of `top` among the values. */
export type TrailPoint = Pick<HistoryPoint, 'count' | 'missingShare' | 'value'>

export type { AlertMark }
