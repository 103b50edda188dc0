import { VIOLATION_REASONS, REJECTING_REASONS } from '../contract/violation.ts'

/**
 * Every metric Evenkeel exports: one list, from which the registry is built and docs/metrics.md is written.
 *
 * House rules (Prometheus' own): base units, one quantity per metric, so that a sum or a maximum over any label means
 * something; timestamps instead of "time since"; every failure counter has its attempts beside it. Renaming a metric, or
 * taking a label away, is a [CHANGE] in CHANGELOG.md.
 */
export interface MetricSpec {
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  labels: readonly LabelSpec[]
  /** Gauges with open labels: how series that do not fit under the limit are drawn into the one called `other`. */
  rest?: 'sum' | 'max'
  /** Histograms: upper bounds. */
  buckets?: readonly number[]
}

export interface LabelSpec {
  name: string
  /** A closed list, or null: names from the configuration or from the data, of which there may be any number. */
  values: readonly string[] | null
}

export const COHORT_ROLES = ['control', 'candidate', 'other', 'unknown'] as const
export type CohortRole = (typeof COHORT_ROLES)[number]

/** Our own topics, as far as broken records are looked for. */
export const BROKEN_TOPICS = ['panes', 'slices', 'alerts', 'ledger'] as const
export type BrokenTopic = (typeof BROKEN_TOPICS)[number]

const open = (name: string): LabelSpec => ({ name, values: null })
const closed = (name: string, values: readonly string[]): LabelSpec => ({ name, values })

const stream = open('stream')
const field = open('field')
const cohort = closed('cohort', COHORT_ROLES)
const against = closed('against', ['control', 'baseline', 'plan', 'contract'])
const severity = closed('severity', ['info', 'warning', 'critical'])
const check = closed('check', [
  'numeric', 'categorical', 'boolean', 'missing', 'range', 'engagement', 'representation', 'sample-ratio',
  'cross-cohort', 'volume', 'duplicates', 'lateness', 'schema',
]) // prettier-ignore

const MEASURED = {
  // What was read. All counted when a record is classified; what a restart reads again and skips is not counted.
  evenkeel_records_read_total: {
    type: 'counter',
    help: 'Records classified: accepted (repeats included), late, synthetic and rejected together.',
    labels: [stream],
  },
  evenkeel_events_total: {
    type: 'counter',
    help: 'Accepted events, repeats included, by the role of their cohort.',
    labels: [stream, cohort],
  },
  evenkeel_rejected_total: {
    type: 'counter',
    help: 'Records rejected and sent to quarantine.',
    labels: [stream, closed('reason', REJECTING_REASONS)],
  },
  evenkeel_late_total: {
    type: 'counter',
    help: 'Records of a pane that was already closed: counted, never judged.',
    labels: [stream],
  },
  evenkeel_synthetic_total: {
    type: 'counter',
    help: 'Decoy records, kept out of every sketch.',
    labels: [stream],
  },
  evenkeel_duplicates_total: {
    type: 'counter',
    help: 'Accepted events whose id was seen before in the pane or the one before; part of evenkeel_events_total.',
    labels: [stream],
  },
  evenkeel_violations_total: {
    type: 'counter',
    help: 'Broken contracts: of whole records (which are rejected) and of single fields (which are set aside).',
    labels: [stream, closed('reason', VIOLATION_REASONS)],
  },
  evenkeel_lost_records_total: {
    type: 'counter',
    help: 'Offsets that vanished before they were read (retention, a recreated topic); their panes are incomplete.',
    labels: [stream],
  },
  evenkeel_quarantined_total: {
    type: 'counter',
    help: 'Rejected records written to the quarantine topic.',
    labels: [stream],
  },
  evenkeel_quarantine_failures_total: {
    type: 'counter',
    help: 'Rejected records that could not be written to the quarantine topic; they stay counted in evenkeel_rejected_total.',
    labels: [stream],
  },
  evenkeel_poison_records_total: {
    type: 'counter',
    help: 'Records that ended the process whenever it read them: this instance named them in the ledger, and nobody reads them any more. Counted in evenkeel_rejected_total as undecodable.',
    labels: [stream],
  },
  evenkeel_last_event_timestamp_seconds: {
    type: 'gauge',
    help: 'Latest event time among accepted events.',
    labels: [stream],
    rest: 'max',
  },
  evenkeel_consumer_lag_records: {
    type: 'gauge',
    help: 'Records written but not yet read, over the partitions this instance owns. The committed offset trails the position by about one pane, with an id by two: set lag monitors by this metric, not by the group.',
    labels: [stream],
    rest: 'sum',
  },
  evenkeel_commit_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When offsets were last committed.',
    labels: [],
  },
  evenkeel_batch_process_duration_seconds: {
    type: 'histogram',
    help: 'Time to observe one batch of records; exemplars name the partition and the offset.',
    labels: [],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },

  // Panes and slices.
  evenkeel_panes_closed_total: {
    type: 'counter',
    help: 'Panes closed and published by this instance.',
    labels: [stream],
  },
  evenkeel_late_panes_total: {
    type: 'counter',
    help: 'Panes that came after their slice was published: counted, never judged.',
    labels: [stream],
  },
  evenkeel_pane_conflicts_total: {
    type: 'counter',
    help: 'Panes with the identity of an earlier one but another digest: ignored. Anything above 0 needs a person.',
    labels: [stream],
  },
  evenkeel_broken_records_total: {
    type: 'counter',
    help: 'Records of our own topics that cannot be read, as each instance comes to them: ignored, and what they held is made again. Anything above 0 needs a person.',
    labels: [closed('topic', BROKEN_TOPICS)],
  },
  evenkeel_repairs_total: {
    type: 'counter',
    help: 'Panes and slices that this instance made again because their records cannot be read; `incomplete` where what they were made of is gone.',
    labels: [stream, closed('what', ['pane', 'slice']), closed('result', ['whole', 'incomplete'])],
  },
  evenkeel_slices_total: {
    type: 'counter',
    help: 'Slices judged by this instance, by whether every partition was closed through them. Every instance judges every slice.',
    labels: [stream, closed('completeness', ['complete', 'incomplete'])],
  },
  evenkeel_last_slice_timestamp_seconds: {
    type: 'gauge',
    help: 'End of the latest slice judged, in event time.',
    labels: [stream],
    rest: 'max',
  },

  // Verdicts and alerts.
  evenkeel_alerts: {
    type: 'gauge',
    help: 'Alerts as last published, by state. 0 for every check of a stream that has none, so that a rule on it always has data.',
    labels: [stream, check, severity, closed('state', ['firing', 'resolved'])],
    rest: 'sum',
  },
  evenkeel_alerts_published_total: {
    type: 'counter',
    help: 'Attempts to publish an alert event.',
    labels: [closed('result', ['ok', 'failed'])],
  },
  evenkeel_alerts_unpublished: {
    type: 'gauge',
    help: 'Alert events that are due but do not stand on the alerts topic yet.',
    labels: [],
  },
  evenkeel_alertmanager_pushes_total: {
    type: 'counter',
    help: 'Attempts to push alerts to an Alertmanager: arrived, failed (no answer, 5xx or 429), refused (another answer).',
    labels: [closed('result', ['ok', 'failed', 'refused'])],
  },
  evenkeel_alertmanager_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When alerts last arrived at an Alertmanager; absent where none is configured.',
    labels: [],
  },
  evenkeel_checks: {
    type: 'gauge',
    help: 'Checks by their verdict at the last slice. INSUFFICIENT and ERROR are never PASS.',
    labels: [stream, closed('verdict', ['PASS', 'FAIL', 'INSUFFICIENT', 'ERROR'])],
    rest: 'sum',
  },
  evenkeel_evidence_nats: {
    type: 'gauge',
    help: 'Largest evidence of the check, in nats, at the last slice. A check without a field has an empty label.',
    labels: [stream, check, field],
    rest: 'max',
  },
  evenkeel_watch_list_ratio: {
    type: 'gauge',
    help: 'Of each check on the watch list: its evidence over what an alarm needs, in nats. No series = nothing to watch. Never a page.',
    labels: [stream, check, field],
    rest: 'max',
  },
  evenkeel_drifted_fields: {
    type: 'gauge',
    help: 'Fields with a firing alert, by the highest severity.',
    labels: [stream, severity],
    rest: 'sum',
  },
  evenkeel_drift_psi: {
    type: 'gauge',
    help: 'Population stability index over the last half hour to hour of slices; for pictures, never for a verdict.',
    labels: [stream, field, against],
    rest: 'max',
  },
  evenkeel_drift_ks_distance: {
    type: 'gauge',
    help: 'Kolmogorov-Smirnov distance over the last half hour to hour of slices; numeric fields.',
    labels: [stream, field, against],
    rest: 'max',
  },
  evenkeel_drift_js_distance: {
    type: 'gauge',
    help: 'Jensen-Shannon distance, base 2, over the last half hour to hour of slices.',
    labels: [stream, field, against],
    rest: 'max',
  },
  evenkeel_drift_wasserstein_ratio: {
    type: 'gauge',
    help: "Wasserstein distance over the reference's standard deviation, over the last half hour to hour of slices; numeric fields.",
    labels: [stream, field, against],
    rest: 'max',
  },

  // Who and what runs.
  evenkeel_build_info: {
    type: 'gauge',
    help: '1, for the version that runs.',
    labels: [open('version'), open('revision'), open('node_version')],
    rest: 'max',
  },
  evenkeel_cohort_info: {
    type: 'gauge',
    help: '1 for each value of the cohort field that is configured: joins model versions to roles.',
    labels: [stream, cohort, open('model_version')],
    rest: 'max',
  },
  evenkeel_watchdog_timestamp_seconds: {
    type: 'gauge',
    help: 'When the service last went round its loop; stale means stuck.',
    labels: [],
  },

  // The outside world.
  evenkeel_registry_fetch_attempts_total: {
    type: 'counter',
    help: 'Requests to the schema registry.',
    labels: [],
  },
  evenkeel_registry_fetch_failures_total: {
    type: 'counter',
    help: 'Requests to the schema registry that failed; an unknown schema id is an answer, not a failure.',
    labels: [],
  },
  evenkeel_log_append_attempts_total: {
    type: 'counter',
    help: 'Appends to our own topics, retries included.',
    labels: [],
  },
  evenkeel_log_retries_total: {
    type: 'counter',
    help: 'Operations on a log that failed and were tried again.',
    labels: [],
  },
  evenkeel_errors_total: {
    type: 'counter',
    help: 'Errors by code (docs/errors.md). The same error is logged once and counted here every time.',
    labels: [open('code')],
  },
  evenkeel_view_bytes: {
    type: 'gauge',
    help: 'Size of the SQLite view.',
    labels: [],
  },
  evenkeel_view_failures_total: {
    type: 'counter',
    help: 'Failures of the SQLite view: found damaged and rebuilt, disk full, other I/O errors.',
    labels: [closed('reason', ['damaged', 'full', 'io'])],
  },

  // The exposition itself.
  evenkeel_collect_duration_seconds: {
    type: 'gauge',
    help: 'Time the previous collection of these metrics took.',
    labels: [],
  },
  evenkeel_collect_attempts_total: {
    type: 'counter',
    help: 'Collections of these metrics.',
    labels: [],
  },
  evenkeel_collect_errors_total: {
    type: 'counter',
    help: 'Collections that failed.',
    labels: [],
  },
} as const satisfies Record<string, MetricSpec>

export const CATALOGUE = {
  ...MEASURED,
  evenkeel_series_overflow_total: {
    type: 'counter',
    help: 'Updates that went to the series `other` because the limit of series was reached.',
    labels: [closed('metric', namesWithOpenLabels(MEASURED))],
  },
} as const satisfies Record<string, MetricSpec>

export type MetricName = keyof typeof CATALOGUE

function namesWithOpenLabels(specs: Readonly<Record<string, MetricSpec>>): string[] {
  return Object.keys(specs).filter((name) => specs[name]!.labels.some(({ values }) => values === null))
}
