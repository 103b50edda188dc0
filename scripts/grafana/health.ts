import { increase, rate, select } from './builder.ts'
import type { Dashboard, Panel, Query } from './builder.ts'
import { JOB_AND_INSTANCE } from './overview.ts'

type Line = [legend: string, expr: string]

const lines = (title: string, description: string, unit: Panel['unit'], ...queries: Line[]): Panel => ({
  ...{ title, description, unit, type: 'timeseries', width: 8 },
  queries: queries.map(([legend, expr]): Query => ({ expr, legend })),
})
const age = (metric: string): string => `time() - max by (instance) (${select(metric)})`
const perInstance = (metric: string, by = 'instance'): string => `sum by (${by}) (${rate(metric)})`
const happened = (metric: string, by: string): string => `sum by (${by}) (${increase(metric)})`
const quantile = (q: number): string =>
  `histogram_quantile(${q}, sum by (le) (${rate('evenkeel_batch_process_duration_seconds_bucket')}))`

/** Whether Evenkeel itself is well. */
export const health: Dashboard = {
  file: 'evenkeel-health.json',
  uid: 'evenkeel-health',
  title: 'Evenkeel / Health',
  description: 'Whether Evenkeel itself is well: does it keep up, does it save its progress, do its alerts get out?',
  variables: JOB_AND_INSTANCE,
  rows: [
    {
      title: 'Instances',
      panels: [
        {
          title: 'Versions',
          description: 'Which version runs where. Two versions for longer than a rollout are a mistake.',
          type: 'table',
          unit: 'none',
          width: 8,
          queries: [{ expr: `max by (instance, version, revision, node_version) (${select('evenkeel_build_info')})`, legend: '', isInstant: true }], // prettier-ignore
        },
        lines('Scrapes', '1 while an instance answers Prometheus.', 'none', ['{{instance}}', `max by (instance) (${select('up')})`]), // prettier-ignore
        lines('Age of the last round', 'The service goes round its loop every five seconds. Rule EvenkeelStuck: more than two minutes.', 's', ['{{instance}}', age('evenkeel_watchdog_timestamp_seconds')]), // prettier-ignore
      ],
    },
    {
      title: 'Reading',
      panels: [
        lines('Lag', 'Records written and not yet read. Rule EvenkeelLagRising. The committed offset of the group trails this by one to two panes, always.', 'short', ['{{stream}}', `sum by (stream) (${select('evenkeel_consumer_lag_records')})`]), // prettier-ignore
        lines('Records read', 'Per second: accepted, late, decoys and rejected together.', 'cps', ['{{stream}} {{instance}}', perInstance('evenkeel_records_read_total', 'stream, instance')]), // prettier-ignore
        lines('Time for a batch', 'Half of the batches, and all but one in a hundred, were observed within this.', 's', ['median', quantile(0.5)], ['p99', quantile(0.99)]), // prettier-ignore
        lines('Age of the last commit', 'A commit comes with every closed pane. Rule EvenkeelCommitsStale: more than an hour.', 's', ['{{instance}}', age('evenkeel_commit_last_success_timestamp_seconds')]), // prettier-ignore
        lines('Lost and poisonous records', 'Offsets that vanished before they were read, and records that ended every process that read them. Rules EvenkeelRecordsLost, EvenkeelPoisonRecord.', 'short', ['{{stream}} lost', happened('evenkeel_lost_records_total', 'stream')], ['{{stream}} poisonous', happened('evenkeel_poison_records_total', 'stream')]), // prettier-ignore
        lines('Quarantine', 'Rejected records written down per second, and those that could not be. Rules EvenkeelQuarantine, EvenkeelQuarantineFailing.', 'cps', ['{{stream}}', perInstance('evenkeel_quarantined_total', 'stream')], ['{{stream}} failed', perInstance('evenkeel_quarantine_failures_total', 'stream')]), // prettier-ignore
      ],
    },
    {
      title: 'Judging',
      panels: [
        lines('Panes closed', 'Per second, and panes that came after their slice.', 'cps', ['{{stream}}', perInstance('evenkeel_panes_closed_total', 'stream')], ['{{stream}} late', perInstance('evenkeel_late_panes_total', 'stream')]), // prettier-ignore
        lines('Slices judged', 'Of one instance, the quickest. Incomplete ones miss a partition or lost records: rule EvenkeelSlicesIncomplete.', 'short', ['{{stream}} {{completeness}}', `max by (stream, completeness) (${increase('evenkeel_slices_total')})`]), // prettier-ignore
        lines('Panes in conflict, broken records', 'Two panes of the same time and partition that differ; records of our own topics that cannot be read, and what was made again of them. Rules EvenkeelPaneConflict, EvenkeelBrokenRecords: anything above zero.', 'short', ['{{stream}}', happened('evenkeel_pane_conflicts_total', 'stream')], ['{{topic}} broken', happened('evenkeel_broken_records_total', 'topic')], ['{{what}} {{result}}', happened('evenkeel_repairs_total', 'what, result')]), // prettier-ignore
      ],
    },
    {
      title: 'Telling',
      panels: [
        lines('Unpublished alerts', 'Due, and not on the alerts topic yet. Rule EvenkeelAlertsUnpublished: for ten minutes.', 'none', ['{{instance}}', `max by (instance) (${select('evenkeel_alerts_unpublished')})`]), // prettier-ignore
        lines('Alert events published', 'Attempts by result.', 'short', ['{{result}}', happened('evenkeel_alerts_published_total', 'result')]), // prettier-ignore
        lines('Pushes to Alertmanager', 'Attempts by result; zero where no Alertmanager is configured. Rule EvenkeelAlertmanagerFailing.', 'short', ['{{result}}', happened('evenkeel_alertmanager_pushes_total', 'result')]), // prettier-ignore
      ],
    },
    {
      title: 'What it depends on',
      panels: [
        lines('Schema registry', 'Requests per second, and those that failed. Rule EvenkeelRegistryFailing.', 'cps', ['requests', perInstance('evenkeel_registry_fetch_attempts_total', 'job')], ['failed', perInstance('evenkeel_registry_fetch_failures_total', 'job')]), // prettier-ignore
        lines('Own topics', 'Appends per second, and operations tried again. Rule EvenkeelLogFailing.', 'cps', ['appends', perInstance('evenkeel_log_append_attempts_total', 'job')], ['tried again', perInstance('evenkeel_log_retries_total', 'job')]), // prettier-ignore
        lines('Errors', 'By code, counted every time although each is logged once. Rule EvenkeelErrors. Empty while there are none.', 'short', ['{{instance}} {{code}}', happened('evenkeel_errors_total', 'instance, code')]), // prettier-ignore
        lines('Size of the view', 'SQLite, of one horizon.', 'bytes', ['{{instance}}', `max by (instance) (${select('evenkeel_view_bytes')})`]), // prettier-ignore
        lines('Failures of the view', 'Rule EvenkeelViewFailing: full or io.', 'short', ['{{instance}} {{reason}}', happened('evenkeel_view_failures_total', 'instance, reason')]), // prettier-ignore
        lines('Series that did not fit', 'Updates that went to the series other, by metric. Rule EvenkeelSeriesOverflow.', 'short', ['{{metric}}', happened('evenkeel_series_overflow_total', 'metric')]), // prettier-ignore
      ],
    },
    {
      title: 'The process',
      panels: [
        lines('Processor', 'Cores in use. One is all that a single instance can use for judging.', 'none', ['{{instance}}', perInstance('process_cpu_seconds_total')]), // prettier-ignore
        lines('Memory', 'Resident, and the heap in use.', 'bytes', ['{{instance}} resident', `max by (instance) (${select('process_resident_memory_bytes')})`], ['{{instance}} heap', `max by (instance) (${select('nodejs_heap_size_used_bytes')})`]), // prettier-ignore
        lines('Event loop', 'How long a turn waits, p99. Probes and scrapes wait as long.', 's', ['{{instance}}', `max by (instance) (${select('nodejs_eventloop_lag_p99_seconds')})`]), // prettier-ignore
        lines('Metrics page', 'Time that the last collection of metrics took.', 's', ['{{instance}}', `max by (instance) (${select('evenkeel_collect_duration_seconds')})`]), // prettier-ignore
        lines('Collections of metrics', 'Per second, and those that failed.', 'cps', ['{{instance}}', perInstance('evenkeel_collect_attempts_total')], ['{{instance}} failed', perInstance('evenkeel_collect_errors_total')]), // prettier-ignore
        { ...lines('Latest event', 'Event time of the newest accepted event, seconds behind now; below zero the clock of a producer is ahead.', 's', ['{{stream}}', `time() - max by (stream) (${select('evenkeel_last_event_timestamp_seconds')})`]), isSigned: true }, // prettier-ignore
      ],
    },
  ],
}
