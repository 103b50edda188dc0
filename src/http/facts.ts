import type { SettingAsideReason } from '../contract/violation.ts'
import type { Against, Alert, CheckVerdict, VerdictKind } from '../verdict/check.ts'
import type { Overall } from '../verdict/overall.ts'
import type { WatchListEntry } from '../verdict/watch-list.ts'
import type { AlertEvents } from './event-facts.ts'
import type { AlertMark, HistoryAnswer, HistoryQuery, StreamTrails } from './history-facts.ts'
import type { QuarantineFacts } from './quarantine-facts.ts'

/**
 * Everything the HTTP room knows of the service: it asks here, reads nothing else and changes nothing.
 *
 *   now                   stream, checks, alerts, watchList
 *   over time             trails (all fields of a stream, 48 hours, from memory), history (one field, any range),
 *                         alertMarks (the whole life of every alert); shapes in history-facts.ts
 *   between two cohorts   compare
 *   what was rejected     quarantine: examples by topic, partition and offset; shapes in quarantine-facts.ts
 *
 * Alerts of one cause: `groupAlerts(facts.alerts())` of alert/group-alerts.ts. An alert's own events: `alertMarks()` with
 * its `alertId`.
 */
export interface ServiceFacts {
  streamNames(): readonly string[]
  /** Null for a name that is configured nowhere. */
  stream(name: string): StreamFacts | null
  /** Of all streams, as of the last slice. */
  checks(): readonly ShownCheck[]
  /** The verdict over all checks of these streams, by what the policy requires. */
  overall(streams: readonly string[]): Overall
  /** As last published, firing and resolved. */
  alerts(): readonly ShownAlert[]
  /** Every event of every alert since the watch began, oldest first: fired, updated, resolved. */
  alertMarks(): readonly AlertMark[]
  /** The same as events on the alerts topic: what has been told. */
  readonly alertEvents: AlertEvents
  /** Every field of a stream by the hour, as of the last slice; null for a name that is configured nowhere. */
  trails(stream: string): StreamTrails | null
  /** One field or engagement metric in buckets over a range. */
  history(query: HistoryQuery, signal: AbortSignal): Promise<HistoryAnswer>
  /** Records that were rejected lately, newest first, by where they stand; never what was in them. */
  quarantine(): QuarantineFacts
  /** Of all streams, as of the last slice; nearest to its alarm first. */
  watchList(): readonly WatchListEntry[]
  compare(query: CompareQuery, signal: AbortSignal): Promise<CompareAnswer>
  /** Which sides there are to compare: with `baseline` only where the configuration names one. */
  comparable(): readonly ComparedCohort[]
  /** Names the state that all answers are made from: the same text, the same answers, at every instance. */
  epoch(): string
  /** What has to hold before the service is ready, each by name; asked at every probe. */
  conditions(): readonly Condition[]
  /** True once the service has been ready for the first time. */
  hasStarted(): boolean
  metrics(accept: string | undefined): Promise<{ contentType: string; body: string }>
}

/** Somebody said that an alert is seen to. It changes no verdict. */
export interface AcknowledgedBy {
  by: string
  reason: string
  atMs: number
}

/** Somebody said that a check is to tell nobody until then. It is judged as before, and its alerts are shown as before. */
export interface MutedBy {
  by: string
  reason: string
  atMs: number
  untilMs: number
}

export type ShownAlert = Alert & { acknowledged: AcknowledgedBy | null; muted: MutedBy | null }
export type ShownCheck = CheckVerdict & { muted: MutedBy | null }

export interface Condition {
  /** Short and stable: `broker`, `topics`, `registry`, `view`, `assignment`. */
  name: string
  isMet: boolean
  /** What is the matter, with the address that does not answer. */
  detail: string
}

/** One stream since its watch began, in the words of the report (contracts.md 3). */
export interface StreamFacts {
  name: string
  topic: string
  /** Null before the first slice. */
  fromMs: number | null
  toMs: number | null
  slices: number
  incompleteSlices: number
  events: {
    read: number
    accepted: number
    rejected: number
    late: number
    synthetic: number
    duplicates: number
  }
  violations: Readonly<Record<string, number>>
  /** Of these the violations whose record was accepted; most frequent first. */
  setAside: readonly SetAsideFacts[]
  cohorts: readonly CohortFacts[]
  fields: readonly FieldFacts[]
  /** Engagement metrics that `compare` knows beside the fields. */
  metrics: readonly string[]
}

/** One field that was set aside for one reason. */
export interface SetAsideFacts {
  reason: SettingAsideReason
  field: string
  control: number
  candidate: number
  /** Of cohort other and of unknown cohort. */
  other: number
  /** The slice of the last one: no offset is kept. */
  lastFromMs: number
  lastToMs: number
}

export interface CohortFacts {
  name: 'control' | 'candidate' | 'other'
  /** Configured values of the cohort field; none for `other`. */
  values: readonly string[]
  events: number
  units: number
  unitsEstimated: boolean
}

export interface FieldFacts {
  name: string
  kind: 'numeric' | 'categorical' | 'boolean'
  role: 'feature' | 'prediction' | 'label' | 'segment'
  control: FieldSummary
  candidate: FieldSummary
}

export interface FieldSummary {
  /** Accepted events, repeats aside: what could have held a value. */
  count: number
  /** null, absent or NaN. */
  missing: number
  /** Not missing, not set aside, finite. */
  values: number
  min: number | null
  max: number | null
  mean: number | null
  quantiles: Readonly<Record<string, number>> | null
  /** boolean only. */
  trues: number | null
}

export interface CompareQuery {
  stream: string
  /** A field or an engagement metric of the stream. */
  field: string
  a: ComparedCohort
  b: ComparedCohort
  /** Null: as far as `toMs` − 24 h, and the end of the last slice. */
  fromMs: number | null
  toMs: number | null
}

export type LiveCohort = 'control' | 'candidate'
/** `baseline`: the same hours of other days, where the configuration names a baseline. */
export const COMPARED_COHORTS = ['control', 'candidate', 'baseline'] as const
export type ComparedCohort = (typeof COMPARED_COHORTS)[number]

/**
 * `nothing-in-range`: no slice lies in the range; `kept` is what could be asked for. `not-in-baseline`: there is no baseline, or
 * it says nothing of this field.
 */
export type CompareAnswer =
  | { kind: 'not-in-baseline'; reason: string }
  | { kind: 'compared'; comparison: Comparison }
  | { kind: 'nothing-in-range'; keptFromMs: number | null; keptToMs: number | null }

export interface Comparison {
  stream: string
  field: string
  kind: 'numeric' | 'categorical' | 'boolean' | 'rate' | 'ratio'
  /** The whole slices inside the asked range. */
  fromMs: number
  toMs: number
  slices: number
  a: ComparedSide
  b: ComparedSide
  /** Where a side is the baseline: of how many days it is, and whether somebody vouched for it. */
  baseline: { days: number; verified: boolean } | null
  /** b against a; for display, never a verdict. Null where they do not apply, and all null below 500 values on a side. */
  distances: { psi: number | null; ks: number | null; js: number | null; wassersteinRatio: number | null }
  /** b minus a, with 95 % intervals that take events as independent; what decides stands in `checks`. */
  differences: readonly RateDifference[]
}

export interface ComparedSide extends FieldSummary {
  cohort: ComparedCohort
  nulls: number
  absent: number
  nan: number
  infinite: number
  outOfRange: number
  setAside: number
  /** numeric: [low, high) of each bin with its count; the same bins on both sides. */
  histogram: readonly { low: number; high: number; count: number }[] | null
  /** categorical: the most frequent of both sides first, the same names on both sides, the rest as `others`. */
  categories: readonly { name: string; count: number }[] | null
  others: number | null
  /** rate and ratio: numerator and denominator. */
  numerator: number | null
  denominator: number | null
}

export interface RateDifference {
  name: 'missing' | 'true' | 'out-of-range' | 'set-aside' | 'rate' | 'ratio'
  a: number | null
  b: number | null
  estimate: number | null
  low: number | null
  high: number | null
}

export type { Against, Alert, CheckVerdict, Overall, VerdictKind, WatchListEntry }
export type * from './event-facts.ts'
export type * from './history-facts.ts'
export type * from './quarantine-facts.ts'
