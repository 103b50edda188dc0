import type { Baseline } from '../baseline/baseline.ts'
import type { Config } from '../config/shape.ts'
import { digestOf } from '../ledger/digest.ts'
import type { Alert, CheckVerdict, VerdictKind } from './check.ts'
import { overallVerdict } from './overall.ts'
import { watchList } from './watch-list.ts'
import type { WatchedEvidence, WatchListEntry } from './watch-list.ts'

/** The report of a replay, as it stands in the file (contracts.md 3, schemas/report.schema.json). */
export interface Report {
  report: 'evenkeel.report/v1'
  /** sha256 of the report's canonical JSON without this. */
  digest: string
  codeVersion: string
  policyDigest: string
  /** Digest of the baseline that was compared with; left out: there was none. */
  baseline?: string
  verdict: VerdictKind
  reason: string
  streams: ReportedStream[]
  checks: CheckVerdict[]
  alerts: Alert[]
  /** Checks with more evidence than chance explains, at the last slice; never a verdict. */
  watchList: WatchListEntry[]
}

export interface ReportedStream {
  name: string
  /** 0 where there was no slice. */
  fromMs: number
  toMs: number
  slices: number
  incompleteSlices: number
  events: { read: number; accepted: number; rejected: number; late: number; synthetic: number; duplicates: number }
  violations: Record<string, number>
  cohorts: Record<'control' | 'candidate' | 'other', { events: number; units: number; unitsEstimated?: true }>
  fields: { name: string; kind: string; control: ReportedField; candidate: ReportedField }[]
}

/** Of no value, the figures are null. Of a kind that has no such figure, it is left out. */
export interface ReportedField {
  /** Accepted events, repeats aside: what could have held a value. */
  count: number
  /** null, absent or NaN. */
  missing: number
  min?: number | null
  max?: number | null
  mean?: number | null
  /** "0.5", "0.9", "0.99". */
  quantiles?: Record<string, number> | null
  /** boolean: the share of true among the values. */
  trues?: number | null
}

/** What was counted of one stream: the totals that the HTTP room shows are of this form. */
export interface StreamSummary {
  name: string
  fromMs: number | null
  toMs: number | null
  slices: number
  incompleteSlices: number
  events: ReportedStream['events']
  violations: Readonly<Record<string, number>>
  cohorts: readonly {
    name: 'control' | 'candidate' | 'other'
    events: number
    units: number
    unitsEstimated: boolean
  }[]
  fields: readonly { name: string; kind: string; control: FieldSummary; candidate: FieldSummary }[]
}

export interface FieldSummary {
  count: number
  missing: number
  /** Not missing, not set aside, finite. */
  values: number
  min: number | null
  max: number | null
  mean: number | null
  quantiles: Readonly<Record<string, number>> | null
  trues: number | null
}

/** What the report asks of the judge of each group. */
export interface Judged {
  checks(): readonly CheckVerdict[]
  alerts(): readonly Alert[]
  watched(): readonly WatchedEvidence[]
}

export interface ReportParts {
  config: Pick<Config, 'policy'>
  codeVersion: string
  /** In the order of the configuration. */
  streams: readonly StreamSummary[]
  judges: readonly Judged[]
  /** Why the input is not all that was to be read; null = it is. */
  inputFailure: string | null
  baseline?: Pick<Baseline, 'digest'> | null
}

export function buildReport({
  config,
  codeVersion,
  streams,
  judges,
  inputFailure,
  baseline = null,
}: ReportParts): Report {
  const checks = judges.flatMap((judge) => [...judge.checks()])
  const names = streams.map(({ name }) => name)
  const body = {
    report: 'evenkeel.report/v1' as const,
    codeVersion,
    policyDigest: digestOf(config.policy),
    ...(baseline === null ? {} : { baseline: baseline.digest }),
    ...overallVerdict(checks, config.policy, names, inputFailure),
    streams: streams.map(reportedStream),
    checks,
    alerts: judges.flatMap((judge) => [...judge.alerts()]),
    watchList: watchList(judges.flatMap((judge) => [...judge.watched()])),
  }
  return { ...body, digest: digestOf(body) }
}

function reportedStream(stream: StreamSummary): ReportedStream {
  const { name, fromMs, toMs, slices, incompleteSlices, events, violations, cohorts, fields } = stream
  const cohort = (wanted: 'control' | 'candidate' | 'other') => {
    const { events, units, unitsEstimated } = cohorts.find((each) => each.name === wanted)!
    return unitsEstimated ? { events, units, unitsEstimated } : { events, units }
  }
  return {
    ...{ name, fromMs: fromMs ?? 0, toMs: toMs ?? 0, slices, incompleteSlices },
    ...{ events: { ...events }, violations: { ...violations } },
    cohorts: { control: cohort('control'), candidate: cohort('candidate'), other: cohort('other') },
    fields: fields.map(({ name, kind, control, candidate }) => {
      return { name, kind, control: reportedField(kind, control), candidate: reportedField(kind, candidate) }
    }),
  }
}

function reportedField(kind: string, { count, missing, values, trues, ...figures }: FieldSummary): ReportedField {
  switch (kind) {
    case 'numeric': {
      const { min, max, mean, quantiles } = figures
      return { count, missing, min, max, mean, quantiles: quantiles === null ? null : { ...quantiles } }
    }
    case 'boolean':
      return { count, missing, trues: trues === null || values === 0 ? null : trues / values }
    default:
      return { count, missing }
  }
}
