import { Registry, collectDefaultMetrics } from 'prom-client'
import type { OpenMetricsContentType } from 'prom-client'
import type { StreamConfig } from '../config/shape.ts'
import { REJECTING_REASONS, VIOLATION_REASONS } from '../contract/violation.ts'
import type { ViolationReason } from '../contract/violation.ts'
import { CATALOGUE, COHORT_ROLES } from './catalogue.ts'
import type { BrokenTopic, MetricName, MetricSpec } from './catalogue.ts'
import { CONTENT_TYPES, chooseFormat, writeExposition } from './exposition.ts'
import { CounterFamily, GaugeFamily, HistogramFamily } from './family.ts'
import type { Labels } from './family.ts'
import { SERIES_MAX, SeriesLimit } from './series-limit.ts'
import {
  alertRows,
  checkRows,
  driftRows,
  driftedFieldRows,
  evidenceRows,
  fieldKey,
  namedFields,
  watchListRows,
} from './snapshot.ts'
import type { FieldKey, JudgedSnapshot } from './snapshot.ts'

/** Fields that get series of their own besides the pinned ones and those with a firing alert. */
export const NAMED_FIELDS_MAX = 50

/**
 * Every number this process exports, and the only door to it: the parts of the service say what happened, in their own
 * words, and never see a metric's name. One registry per service, none of it global, so two services in one process (tests,
 * `demo`) do not mix.
 */
export class Telemetry {
  /** As OpenMetrics only because prom-client keeps exemplars for no other; `expose` writes either format. */
  private readonly registry = new Registry<OpenMetricsContentType>()
  private readonly limit: SeriesLimit
  private readonly counters = new Map<MetricName, CounterFamily>()
  private readonly gauges = new Map<MetricName, GaugeFamily>()
  private readonly batchDuration: HistogramFamily
  private readonly namedFieldsMax: number
  private readonly pinned: ReadonlySet<string>

  constructor(options: TelemetryOptions) {
    this.limit = new SeriesLimit(options.seriesMax ?? SERIES_MAX, options.processMetrics === true ? PROCESS_SERIES : 0)
    this.namedFieldsMax = options.namedFieldsMax ?? NAMED_FIELDS_MAX
    this.pinned = new Set((options.pinnedFields ?? []).map(({ stream, field }) => fieldKey(stream, field)))
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    for (const name of Object.keys(CATALOGUE) as MetricName[]) this.build(name)
    this.batchDuration = new HistogramFamily(BATCH_DURATION, CATALOGUE[BATCH_DURATION], this.registry)
    if (options.processMetrics === true) this.addProcessMetrics()
    const { version, revision } = options
    this.gauge('evenkeel_build_info').raise({ version, revision: revision ?? '', node_version: process.version }, 1)
  }

  /** Zeros for everything that may come, so that rates start at the first event, and who plays which role. */
  watch(streams: readonly StreamConfig[]): void {
    for (const stream of streams) if (this.limit.hasRoomToSpare) this.startAtZero(stream.name)
    this.gauge('evenkeel_cohort_info').replace(
      streams.flatMap(({ name, cohort }) =>
        (['control', 'candidate'] as const).flatMap((role) =>
          cohort[role].map((version): [Labels, number] => [{ stream: name, cohort: role, model_version: version }, 1]),
        ),
      ),
    )
  }

  /** What a stream's observers counted since they were last asked. */
  counted(stream: string, counts: CountedSinceLast): void {
    const add = (name: MetricName, count: number, labels: Labels = {}): void => {
      if (count > 0) this.counter(name).add({ stream, ...labels }, count)
    }
    let read = counts.late + counts.synthetic
    counts.accepted.forEach((count, cohort) => {
      read += count
      add('evenkeel_events_total', count, { cohort: COHORT_ROLES[cohort]! })
    })
    for (const [reason, count] of counts.rejected) {
      read += count
      add('evenkeel_rejected_total', count, { reason })
      add('evenkeel_violations_total', count, { reason })
    }
    for (const [reason, count] of counts.violations) add('evenkeel_violations_total', count, { reason })
    add('evenkeel_records_read_total', read)
    add('evenkeel_late_total', counts.late)
    add('evenkeel_synthetic_total', counts.synthetic)
    add('evenkeel_duplicates_total', counts.duplicates)
    add('evenkeel_lost_records_total', counts.lost)
  }

  lastEvent(stream: string, eventTimeMs: number): void {
    if (Number.isFinite(eventTimeMs))
      this.gauge('evenkeel_last_event_timestamp_seconds').raise({ stream }, eventTimeMs / 1000)
  }

  /** `place` goes into the exemplar: where the batch that took this long can be found. */
  batchProcessed(durationSeconds: number, place?: { topic: string; partition: number; offset: number }): void {
    const exemplar = place && {
      partition: `${place.topic.slice(-64)}/${place.partition}`,
      offset: String(place.offset),
    }
    this.batchDuration.observe(durationSeconds, exemplar ?? {})
  }

  /** Of every stream of which this instance owns partitions; the others go away. */
  lag(recordsByStream: ReadonlyMap<string, number>): void {
    this.gauge('evenkeel_consumer_lag_records').replace(
      [...recordsByStream].map(([stream, records]): [Labels, number] => [{ stream }, records]),
    )
  }

  committed(atMs: number): void {
    this.gauge('evenkeel_commit_last_success_timestamp_seconds').set({}, atMs / 1000)
  }

  quarantined(stream: string, count: number): void {
    this.counter('evenkeel_quarantined_total').add({ stream }, count)
  }

  /** A record that ended every process that read it. */
  poisonFound(stream: string): void {
    this.counter('evenkeel_poison_records_total').add({ stream }, 1)
  }

  quarantineFailed(stream: string, count: number): void {
    this.counter('evenkeel_quarantine_failures_total').add({ stream }, count)
  }

  panesClosed(stream: string, count: number): void {
    this.counter('evenkeel_panes_closed_total').add({ stream }, count)
  }

  /** A pane whose slice stands already. */
  paneLate(stream: string): void {
    this.counter('evenkeel_late_panes_total').add({ stream }, 1)
  }

  /** A record of one of our own topics cannot be read. */
  recordBroken(topic: BrokenTopic): void {
    this.counter('evenkeel_broken_records_total').add({ topic }, 1)
    this.errorCounted('EVENKEEL_RECORD_CORRUPT')
  }

  /** What a broken record held was made again, or as much of it as there is. */
  repaired(stream: string, what: 'pane' | 'slice', isWhole: boolean): void {
    this.counter('evenkeel_repairs_total').add({ stream, what, result: isWhole ? 'whole' : 'incomplete' }, 1)
  }

  /** A pane with the identity of another and a different digest. */
  paneConflict(stream: string): void {
    this.counter('evenkeel_pane_conflicts_total').add({ stream }, 1)
  }

  sliceJudged(stream: string, slice: { endMs: number; isComplete: boolean }): void {
    this.counter('evenkeel_slices_total').add({ stream, completeness: slice.isComplete ? 'complete' : 'incomplete' }, 1)
    this.gauge('evenkeel_last_slice_timestamp_seconds').raise({ stream }, slice.endMs / 1000)
  }

  /** The judge's whole state over all streams after one or more slices. */
  judged(snapshot: JudgedSnapshot): void {
    const named = namedFields(snapshot, this.namedFieldsMax, ({ stream, field }) =>
      this.pinned.has(fieldKey(stream, field)),
    )
    this.gauge('evenkeel_alerts').replace(alertRows(snapshot))
    this.gauge('evenkeel_drifted_fields').replace(driftedFieldRows(snapshot))
    this.gauge('evenkeel_checks').replace(checkRows(snapshot))
    this.gauge('evenkeel_evidence_nats').replace(evidenceRows(snapshot, named))
    this.gauge('evenkeel_watch_list_ratio').replace(watchListRows(snapshot, named))
    this.gauge('evenkeel_drift_psi').replace(driftRows(snapshot, 'psi', named))
    this.gauge('evenkeel_drift_ks_distance').replace(driftRows(snapshot, 'ks', named))
    this.gauge('evenkeel_drift_js_distance').replace(driftRows(snapshot, 'js', named))
    this.gauge('evenkeel_drift_wasserstein_ratio').replace(driftRows(snapshot, 'wassersteinRatio', named))
  }

  alertsPublished(result: 'ok' | 'failed', count = 1): void {
    this.counter('evenkeel_alerts_published_total').add({ result }, count)
  }

  alertsUnpublished(count: number): void {
    this.gauge('evenkeel_alerts_unpublished').set({}, count)
  }

  alertmanagerPushed(result: 'ok' | 'failed' | 'refused', nowMs: number): void {
    this.counter('evenkeel_alertmanager_pushes_total').add({ result }, 1)
    if (result === 'ok') this.gauge('evenkeel_alertmanager_last_success_timestamp_seconds').set({}, nowMs / 1000)
  }

  registryFetched(isOk: boolean): void {
    this.counter('evenkeel_registry_fetch_attempts_total').add({}, 1)
    if (!isOk) this.counter('evenkeel_registry_fetch_failures_total').add({}, 1)
  }

  logAppendAttempted(): void {
    this.counter('evenkeel_log_append_attempts_total').add({}, 1)
  }

  logRetried(): void {
    this.counter('evenkeel_log_retries_total').add({}, 1)
  }

  errorCounted(code: string): void {
    this.counter('evenkeel_errors_total').add({ code }, 1)
  }

  viewSized(bytes: number): void {
    this.gauge('evenkeel_view_bytes').set({}, bytes)
  }

  viewFailed(reason: 'damaged' | 'full' | 'io'): void {
    this.counter('evenkeel_view_failures_total').add({ reason }, 1)
  }

  /** Once round the service's loop. */
  watchdog(nowMs: number): void {
    this.gauge('evenkeel_watchdog_timestamp_seconds').set({}, nowMs / 1000)
  }

  /** The page for a scraper that asks for `accept`. */
  async expose(accept?: string): Promise<{ contentType: string; body: string }> {
    const startedMs = performance.now()
    this.counter('evenkeel_collect_attempts_total').add({}, 1)
    try {
      const format = chooseFormat(accept)
      return { contentType: CONTENT_TYPES[format], body: await writeExposition(this.registry, format) }
    } catch (error) {
      this.counter('evenkeel_collect_errors_total').add({}, 1)
      throw error
    } finally {
      this.gauge('evenkeel_collect_duration_seconds').set({}, (performance.now() - startedMs) / 1000)
    }
  }

  private addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry })
    // Gauges with the name of a counter: readers of OpenMetrics may refuse the page for them.
    for (const name of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${name}_total`)
  }

  private build(name: MetricName): void {
    const spec: MetricSpec = CATALOGUE[name]
    const onOverflow = (): void => this.counter('evenkeel_series_overflow_total').add({ metric: name }, 1)
    if (spec.type === 'counter')
      this.counters.set(name, new CounterFamily(name, spec, this.limit, this.registry, onOverflow))
    if (spec.type === 'gauge') this.gauges.set(name, new GaugeFamily(name, spec, this.limit, this.registry, onOverflow))
  }

  private counter(name: MetricName): CounterFamily {
    return this.counters.get(name)!
  }

  private gauge(name: MetricName): GaugeFamily {
    return this.gauges.get(name)!
  }

  private startAtZero(stream: string): void {
    const zero = (name: MetricName, labels: Labels = {}): void => this.counter(name).add({ stream, ...labels }, 0)
    for (const cohort of ['control', 'candidate', 'other']) zero('evenkeel_events_total', { cohort })
    for (const reason of REJECTING_REASONS) zero('evenkeel_rejected_total', { reason })
    for (const reason of VIOLATION_REASONS) zero('evenkeel_violations_total', { reason })
    for (const completeness of ['complete', 'incomplete']) zero('evenkeel_slices_total', { completeness })
    for (const what of ['pane', 'slice'])
      for (const result of ['whole', 'incomplete']) zero('evenkeel_repairs_total', { what, result })
    for (const name of COUNTERS_BY_STREAM) zero(name)
  }
}

export interface TelemetryOptions {
  version: string
  revision?: string
  seriesMax?: number
  namedFieldsMax?: number
  pinnedFields?: readonly FieldKey[]
  /** CPU, memory, event loop and garbage collection of the process, under prom-client's own names. Only for a whole process. */
  processMetrics?: boolean
}

/** `pane/counted.ts` has this shape. */
export interface CountedSinceLast {
  /** Repeats included, by cohort: control, candidate, other, unknown. */
  accepted: readonly number[]
  /** Of single fields; those of whole records are in `rejected`. */
  violations: ReadonlyMap<ViolationReason, number>
  rejected: ReadonlyMap<ViolationReason, number>
  duplicates: number
  late: number
  synthetic: number
  lost: number
}

const BATCH_DURATION = 'evenkeel_batch_process_duration_seconds'
const COUNTERS_BY_STREAM: readonly MetricName[] = [
  'evenkeel_records_read_total', 'evenkeel_late_total', 'evenkeel_synthetic_total', 'evenkeel_duplicates_total',
  'evenkeel_lost_records_total', 'evenkeel_quarantined_total', 'evenkeel_quarantine_failures_total',
  'evenkeel_panes_closed_total', 'evenkeel_late_panes_total', 'evenkeel_pane_conflicts_total',
  'evenkeel_poison_records_total',
] // prettier-ignore
/** Room for prom-client's process metrics: 71 series on Linux under Node 24, and 9 more for each further kind of garbage collection. */
const PROCESS_SERIES = 200
