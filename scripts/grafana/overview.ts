import { rate, select } from './builder.ts'
import type { Dashboard, Variable } from './builder.ts'

export const JOB_AND_INSTANCE: readonly Variable[] = [
  { name: 'job', label: 'Job', of: 'evenkeel_build_info' },
  { name: 'instance', label: 'Instance', of: 'evenkeel_build_info{job=~"$job"}' },
]
export const STREAM: Variable = { name: 'stream', label: 'Stream', of: select('evenkeel_records_read_total') }

const streams = 'stream=~"$stream"'
/** Every instance knows every alert, check and slice: the maximum over instances counts each once. */
const known = (labels: string, metric: string, ...matchers: string[]): string =>
  `max by (job, ${labels}) (${select(metric, streams, ...matchers)})`

/** What a release does to the streams. */
export const overview: Dashboard = {
  file: 'evenkeel-overview.json',
  uid: 'evenkeel-overview',
  title: 'Evenkeel / Overview',
  description:
    'What releases have changed, how near the rest is to an alarm, and whether there is traffic to judge by.',
  variables: [...JOB_AND_INSTANCE, STREAM],
  rows: [
    {
      title: 'What has changed',
      panels: [
        {
          title: 'Firing alerts',
          description: 'Alerts that fire now, by severity. Evenkeel has waited for evidence already: anything above zero is worth a look at /alerts.', // prettier-ignore
          type: 'stat',
          unit: 'none',
          width: 8,
          thresholds: [1, 1],
          queries: [{ expr: `sum by (severity) (${known('stream, check, severity', 'evenkeel_alerts', 'state="firing"')})`, legend: '{{severity}}' }], // prettier-ignore
        },
        {
          title: 'Checks by verdict',
          description: 'PASS: a change that matters is excluded. INSUFFICIENT: not enough data yet. ERROR: could not be judged, and is never a PASS.', // prettier-ignore
          type: 'stat',
          unit: 'none',
          width: 8,
          queries: [{ expr: `sum by (verdict) (${known('stream, verdict', 'evenkeel_checks')})`, legend: '{{verdict}}' }], // prettier-ignore
        },
        {
          title: 'Fields with a firing alert',
          description: 'By the worst severity of each field.',
          type: 'stat',
          unit: 'none',
          width: 8,
          thresholds: [1, 1],
          queries: [{ expr: `sum by (severity) (${known('stream, severity', 'evenkeel_drifted_fields')})`, legend: '{{severity}}' }], // prettier-ignore
        },
        {
          title: 'Firing alerts over time',
          description: 'By stream and check, all severities.',
          type: 'timeseries',
          unit: 'none',
          width: 24,
          isStacked: true,
          queries: [{ expr: `sum by (stream, check) (${known('stream, check, severity', 'evenkeel_alerts', 'state="firing"')})`, legend: '{{stream}} {{check}}' }], // prettier-ignore
        },
        {
          title: 'Strongest evidence',
          description: 'The ten checks with the most evidence of a change, in nats. What an alarm needs depends on how many questions are asked; the watch list beside it shows how near each is.', // prettier-ignore
          type: 'bargauge',
          unit: 'none',
          width: 12,
          queries: [{ expr: `topk(10, ${known('stream, check, field', 'evenkeel_evidence_nats')})`, legend: '{{stream}} {{check}} {{field}}', isInstant: true }], // prettier-ignore
        },
        {
          title: 'Watch list',
          description: 'Checks on their way to an alarm: evidence over what an alarm needs. Empty while nothing is near. Never a reason to wake anybody.', // prettier-ignore
          type: 'bargauge',
          unit: 'percentunit',
          width: 12,
          max: 1,
          queries: [{ expr: `topk(10, ${known('stream, check, field', 'evenkeel_watch_list_ratio')})`, legend: '{{stream}} {{check}} {{field}}', isInstant: true }], // prettier-ignore
        },
      ],
    },
    {
      title: 'What it is judged by',
      panels: [
        {
          title: 'Events by cohort',
          description: 'Accepted events per second, repeats included.',
          type: 'timeseries',
          unit: 'cps',
          width: 12,
          isStacked: true,
          queries: [{ expr: `sum by (stream, cohort) (${rate('evenkeel_events_total', streams)})`, legend: '{{stream}} {{cohort}}' }], // prettier-ignore
        },
        {
          title: 'Share of the candidate',
          description: 'Of the accepted events of both cohorts. A step that nobody has made is a reason to look at the check sample-ratio.', // prettier-ignore
          type: 'timeseries',
          unit: 'percentunit',
          width: 12,
          max: 1,
          queries: [
            {
              expr: `sum by (stream) (${rate('evenkeel_events_total', streams, 'cohort="candidate"')}) / sum by (stream) (${rate('evenkeel_events_total', streams, 'cohort=~"control|candidate"')})`, // prettier-ignore
              legend: '{{stream}}',
            },
          ],
        },
        {
          title: 'Rejected records',
          description:
            'Per second, by reason: what is rejected is not judged. The quarantine topic says where each stands.',
          type: 'timeseries',
          unit: 'cps',
          width: 8,
          queries: [{ expr: `sum by (stream, reason) (${rate('evenkeel_rejected_total', streams)})`, legend: '{{stream}} {{reason}}' }], // prettier-ignore
        },
        {
          title: 'Broken contracts',
          description: 'Violations per second, by reason: of whole records, which are rejected, and of single fields, which are set aside.', // prettier-ignore
          type: 'timeseries',
          unit: 'cps',
          width: 8,
          queries: [{ expr: `sum by (stream, reason) (${rate('evenkeel_violations_total', streams)})`, legend: '{{stream}} {{reason}}' }], // prettier-ignore
        },
        {
          title: 'Late, repeated and decoy records',
          description: 'Per second. Late ones came after their pane was closed, and are not judged; decoys are kept out of everything.', // prettier-ignore
          type: 'timeseries',
          unit: 'cps',
          width: 8,
          queries: [
            { expr: `sum by (stream) (${rate('evenkeel_late_total', streams)})`, legend: '{{stream}} late' },
            { expr: `sum by (stream) (${rate('evenkeel_duplicates_total', streams)})`, legend: '{{stream}} repeated' },
            { expr: `sum by (stream) (${rate('evenkeel_synthetic_total', streams)})`, legend: '{{stream}} decoy' },
          ],
        },
        {
          title: 'Age of the last slice',
          description: 'How far behind now the verdicts are, in event time. On a healthy stream the pane length, the lateness and a little; beyond an hour something holds it up.', // prettier-ignore
          type: 'timeseries',
          unit: 's',
          width: 12,
          queries: [{ expr: `time() - max by (stream) (${select('evenkeel_last_slice_timestamp_seconds', streams)})`, legend: '{{stream}}' }], // prettier-ignore
        },
        {
          title: 'Model versions',
          description: 'Which values of the cohort field play which role.',
          type: 'table',
          unit: 'none',
          width: 12,
          queries: [{ expr: `max by (stream, cohort, model_version) (${select('evenkeel_cohort_info', streams)})`, legend: '', isInstant: true }], // prettier-ignore
        },
      ],
    },
  ],
}
