import { CATALOGUE, COHORT_ROLES } from './catalogue.ts'
import type { LabelSpec, MetricSpec } from './catalogue.ts'
import { LABEL_CHARACTERS_MAX } from './label.ts'
import { NAMED_FIELDS_MAX } from './metrics.ts'
import { SERIES_MAX } from './series-limit.ts'

/** docs/metrics.md, written from the catalogue, so that no page can name a metric that is not there. */
export function metricsPage(): string {
  return `${[...HEAD, ...metricsTable(), ...TAIL].join('\n')}\n`
}

const HEAD = [
  '# Metrics',
  '',
  '<!-- Written by scripts/metrics-doc.ts from src/telemetry/catalogue.ts. Do not edit: a test compares the two. -->',
  '',
  '`GET /metrics` answers in the Prometheus text format 0.0.4, or in OpenMetrics 1.0 where `Accept` prefers it (Prometheus does;',
  'exemplars are only there). A sample scrape configuration is `config/prometheus.yml`; [alerting.md](alerting.md) has rules and dashboards.',
  '',
]

const TAIL = [
  '',
  'Beside these, `evenkeel run` exports the usual `process_*` and `nodejs_*` metrics of the process itself.',
  '',
  '## Labels',
  '',
  `- \`cohort\` is the role of the cohort: ${COHORT_ROLES.map((role) => `\`${role}\``).join(', ')}. Model versions stand only in \`evenkeel_cohort_info\`, to be joined:`,
  '  `evenkeel_events_total * on (stream, cohort) group_left (model_version) evenkeel_cohort_info`. A role with several versions',
  '  has several of these series; join it only where it has one.',
  '- `field` is a name from the configuration or, for `engagement`, that of the metric; empty where a check has none.',
  `- Values are cleaned: control characters and halves of surrogate pairs are taken out, and what is longer than ${LABEL_CHARACTERS_MAX} characters`,
  '  is cut. Names that become equal share a series.',
  '',
  '## Several instances',
  '',
  'Counters of records and panes are what one instance did: add them up. Verdicts and alerts are known to every instance, so take',
  'the maximum over instances: `max by (stream, check) (evenkeel_alerts{state="firing", severity="critical"})`.',
  '',
  '## How many series there can be',
  '',
  `An instance exports at most ${SERIES_MAX} series. Room for the series \`other\` of every metric is kept back, so an overflow is never`,
  'silent: what does not fit goes to `other` (counters and counts add up there, distances and evidence show their largest), and',
  '`evenkeel_series_overflow_total{metric}` says of which metric. Totals over a metric therefore stay right.',
  '',
  `Metrics by field name only the ${NAMED_FIELDS_MAX} fields that drift most, and every field with a firing alert; the rest are \`field="other"\`.`,
  'All fields are always at `/api/v1/streams/{stream}/fields`.',
  '',
  '## What to watch the watcher by',
  '',
  'Each of these is a rule in `config/rules/evenkeel-alerts.yml` with a page of its own; [operations.md](operations.md#metrics-worth-an-alert)',
  'has all of them, and the dashboard *Evenkeel / Health* shows them.',
  '',
  '| question | metric | rule |',
  '| --- | --- | --- |',
  '| does it keep up? | `evenkeel_consumer_lag_records` | [EvenkeelLagRising](runbooks/EvenkeelLagRising.md) |',
  '| does it save its progress? | `evenkeel_commit_last_success_timestamp_seconds` | [EvenkeelCommitsStale](runbooks/EvenkeelCommitsStale.md) |',
  '| is it stuck? | `evenkeel_watchdog_timestamp_seconds` | [EvenkeelStuck](runbooks/EvenkeelStuck.md) |',
  '| are verdicts up to date? | `evenkeel_last_slice_timestamp_seconds` | [EvenkeelSlicesStale](runbooks/EvenkeelSlicesStale.md) |',
  '| do alerts get out? | `evenkeel_alerts_unpublished` | [EvenkeelAlertsUnpublished](runbooks/EvenkeelAlertsUnpublished.md) |',
  '| does Alertmanager hear them? | `evenkeel_alertmanager_pushes_total` | [EvenkeelAlertmanagerFailing](runbooks/EvenkeelAlertmanagerFailing.md) |',
  '| was anything lost? | `evenkeel_lost_records_total` | [EvenkeelRecordsLost](runbooks/EvenkeelRecordsLost.md) |',
  '| do two truths exist? | `evenkeel_pane_conflicts_total` | [EvenkeelPaneConflict](runbooks/EvenkeelPaneConflict.md) |',
  '| is bad data coming in? | `evenkeel_rejected_total` | [EvenkeelQuarantine](runbooks/EvenkeelQuarantine.md) |',
  '| do labels explode? | `evenkeel_series_overflow_total` | [EvenkeelSeriesOverflow](runbooks/EvenkeelSeriesOverflow.md) |',
  '',
  'The committed offset of the consumer group trails what was read by about one pane, because a pane is committed when it closes.',
  'Monitors that compute lag from the group (kminion, Burrow) must allow for that; `evenkeel_consumer_lag_records` does not need to.',
]

function metricsTable(): string[] {
  const rows = Object.entries<MetricSpec>(CATALOGUE)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, spec]) => `| \`${name}\` | ${spec.type} | ${spec.labels.map(labelCell).join('; ')} | ${spec.help} |`)
  return ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows]
}

function labelCell({ name, values }: LabelSpec): string {
  if (values === null) return `\`${name}\``
  return name === 'metric' ? '`metric`: any with open labels' : `\`${name}\`: ${values.join(', ')}`
}
