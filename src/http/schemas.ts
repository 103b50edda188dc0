import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { REJECTING_REASONS, SETTING_ASIDE_REASONS } from '../contract/violation.ts'
import { COMPARED_COHORTS } from './facts.ts'
import { PROBLEMS, PROBLEM_TYPE, problemPath } from './problem.ts'
import type { ProblemName } from './problem.ts'

/** The shapes of the answers, from which /openapi.json is written. Tests hold every answer against them. */
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const literals = (...values: string[]) => Type.Enum(values)
const Count = Type.Integer({ minimum: 0 })
const Instant = Type.String({ format: 'date-time', examples: ['2026-03-04T22:00:00.000Z'] })
const EpochMs = Type.Integer({ description: 'Event time, milliseconds since 1970' })

const Verdict = literals('PASS', 'FAIL', 'INSUFFICIENT', 'ERROR')
const Severity = literals('info', 'warning', 'critical')
const Against = literals('control', 'baseline', 'plan', 'contract')
const PerCohort = Type.Object({ control: Count, candidate: Count })

const Effect = Type.Object({
  name: literals('location', 'spread', 'share', 'omnibus', 'difference', 'relative', 'candidate-share', 'switchers'),
  estimate: Type.Number(),
  low: orNull(Type.Number()),
  high: orNull(Type.Number()),
  threshold: Type.Number({ description: 'effectMin' }),
})
const Evidence = Type.Object({ nats: Type.Number(), thresholdNats: Type.Number() })

const Muted = orNull(Type.Object({ by: Type.String(), reason: Type.String(), atMs: EpochMs, untilMs: EpochMs }))
const Acknowledged = orNull(Type.Object({ by: Type.String(), reason: Type.String(), atMs: EpochMs }))

export const Check = Type.Object({
  id: Type.String(),
  stream: Type.String(),
  check: Type.String(),
  field: orNull(Type.String()),
  segment: orNull(Type.String()),
  against: Against,
  verdict: Verdict,
  expected: Type.Boolean(),
  reason: Type.String({ minLength: 1 }),
  effect: orNull(Effect),
  evidence: orNull(Evidence),
  n: PerCohort,
  muted: Muted,
})

const Alert = Type.Object({
  id: Type.String(),
  check: Type.String(),
  stream: Type.String(),
  field: orNull(Type.String()),
  segment: orNull(Type.String()),
  cohort: literals('control', 'candidate'),
  against: Against,
  severity: Severity,
  state: literals('firing', 'resolved'),
  firedAtMs: EpochMs,
  resolvedAtMs: orNull(EpochMs),
  group: Type.String({ description: 'Alerts of one cause share it: they are one notice' }),
  direction: literals('up', 'down', 'changed'),
  effect: orNull(Effect),
  evidence: orNull(Evidence),
  n: PerCohort,
  reason: Type.String({ minLength: 1 }),
  acknowledged: Acknowledged,
  muted: Muted,
})

/** Of every list. */
const Next = orNull(Type.String({ description: '`cursor` of the next page; null behind the last' }))

const Labels = Type.Record(Type.String(), Type.String())
const PrometheusAlert = Type.Object({
  labels: Labels,
  annotations: Labels,
  state: literals('firing', 'resolved'),
  activeAt: Instant,
  value: Type.String({ description: 'The effect, as Prometheus writes numbers' }),
  alert: Alert,
})

export const Rules = Type.Object({
  status: Type.Literal('success'),
  next: Next,
  data: Type.Object({
    groups: Type.Array(
      Type.Object({
        name: Type.String({ description: 'The stream' }),
        file: Type.String(),
        interval: Type.Number({ description: 'Seconds of a slice' }),
        lastEvaluation: Type.String({ format: 'date-time', description: 'Event time: the end of the last slice' }),
        rules: Type.Array(
          Type.Object({
            type: Type.Literal('alerting'),
            id: Type.String({ description: 'Of the check' }),
            name: Type.String(),
            query: Type.String({ description: 'Shows the evidence of the check; nothing is decided by it' }),
            duration: Type.Number(),
            keepFiringFor: Type.Number(),
            labels: Labels,
            annotations: Labels,
            state: literals('firing', 'inactive'),
            health: literals('ok', 'err', 'unknown'),
            lastError: Type.Optional(Type.String()),
            lastEvaluation: Type.String({ format: 'date-time' }),
            evaluations: Count,
            timesFired: Type.Integer({ minimum: 0, description: '0: it has never fired' }),
            lastFired: orNull(Instant),
            verdict: Verdict,
            evidence: orNull(Evidence),
            muted: Muted,
            alerts: Type.Optional(Type.Array(PrometheusAlert)),
          }),
        ),
      }),
    ),
  }),
})

export const Checks = Type.Object({ checks: Type.Array(Check), next: Next })

export const Quarantine = Type.Object({
  examples: Type.Array(
    Type.Object({
      stream: Type.String(),
      topic: Type.String(),
      partition: Count,
      offset: Count,
      reason: literals(...REJECTING_REASONS),
      field: orNull(Type.String()),
      hash: orNull(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
      quarantinedAt: Instant,
      quarantinedAtMs: Type.Integer({ description: "The broker's clock, milliseconds since 1970" }),
    }),
  ),
  examplesMax: Type.Integer({ minimum: 0, description: 'So many are kept of each stream and reason' }),
  next: Next,
})

const HistoryPoint = Type.Object({
  count: Count,
  missing: Count,
  missingShare: orNull(Type.Number({ minimum: 0, maximum: 1 })),
  values: Count,
  value: orNull(Type.Number()),
  quantiles: orNull(Type.Record(Type.String(), Type.Number())),
})
const HistoryDifference = orNull(
  Type.Object({ estimate: Type.Number(), low: orNull(Type.Number()), high: orNull(Type.Number()) }),
)

export const Alerts = Type.Object({
  status: Type.Literal('success'),
  next: Next,
  data: Type.Object({
    alerts: Type.Array(PrometheusAlert),
    groups: Type.Array(
      Type.Object({
        group: Type.String(),
        activeAt: Instant,
        severity: Severity,
        state: literals('firing', 'resolved'),
        summary: Type.String({ minLength: 1 }),
        alerts: Type.Array(Type.String({ description: 'Ids of the alerts above' }), { minItems: 1 }),
      }),
      { description: 'One for each notice: alerts that are told together' },
    ),
  }),
})

export const WatchList = Type.Object({
  next: Next,
  watchList: Type.Array(
    Type.Object({
      id: Type.String({ description: 'Of the check' }),
      stream: Type.String(),
      check: Type.String(),
      field: orNull(Type.String()),
      segment: orNull(Type.String()),
      against: Against,
      firing: Type.Boolean({ description: 'Its alert has been told already' }),
      nats: Type.Number({ description: 'Evidence at the last slice' }),
      thresholdNats: Type.Number({ description: 'What an alarm needs' }),
    }),
  ),
})

const FieldSummary = Type.Object({
  count: Count,
  missing: Count,
  values: Count,
  min: orNull(Type.Number()),
  max: orNull(Type.Number()),
  mean: orNull(Type.Number()),
  quantiles: orNull(Type.Record(Type.String(), Type.Number())),
  trues: orNull(Count),
})

export const Streams = Type.Object({
  next: Next,
  streams: Type.Array(
    Type.Object({
      name: Type.String(),
      topic: Type.String(),
      fromMs: orNull(EpochMs),
      toMs: orNull(EpochMs),
      from: orNull(Instant),
      to: orNull(Instant),
      slices: Count,
      incompleteSlices: Count,
      events: Type.Object({
        read: Count,
        accepted: Count,
        rejected: Count,
        late: Count,
        synthetic: Count,
        duplicates: Count,
      }),
      violations: Type.Record(Type.String(), Count),
      setAside: Type.Array(
        Type.Object({
          reason: literals(...SETTING_ASIDE_REASONS),
          field: Type.String(),
          control: Count,
          candidate: Count,
          other: Count,
          lastFromMs: EpochMs,
          lastToMs: EpochMs,
        }),
      ),
      checks: Type.Object({ PASS: Count, FAIL: Count, INSUFFICIENT: Count, ERROR: Count }),
      alertsFiring: Count,
    }),
  ),
})

export const Cohorts = Type.Object({
  next: Next,
  stream: Type.String(),
  fromMs: orNull(EpochMs),
  toMs: orNull(EpochMs),
  cohorts: Type.Array(
    Type.Object({
      name: literals('control', 'candidate', 'other'),
      values: Type.Array(Type.String()),
      events: Count,
      units: Count,
      unitsEstimated: Type.Boolean(),
    }),
  ),
})

export const Fields = Type.Object({
  next: Next,
  stream: Type.String(),
  fromMs: orNull(EpochMs),
  toMs: orNull(EpochMs),
  fields: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: literals('numeric', 'categorical', 'boolean'),
      role: literals('feature', 'prediction', 'label', 'segment'),
      control: FieldSummary,
      candidate: FieldSummary,
      checks: Type.Array(Check),
    }),
  ),
})

const ComparedSide = Type.Object({
  cohort: literals(...COMPARED_COHORTS),
  ...FieldSummary.properties,
  nulls: Count,
  absent: Count,
  nan: Count,
  infinite: Count,
  outOfRange: Count,
  setAside: Count,
  histogram: orNull(Type.Array(Type.Object({ low: Type.Number(), high: Type.Number(), count: Count }))),
  categories: orNull(Type.Array(Type.Object({ name: Type.String(), count: Count }))),
  others: orNull(Count),
  numerator: orNull(Type.Number()),
  denominator: orNull(Type.Number()),
})

export const Comparison = Type.Object({
  stream: Type.String(),
  field: Type.String(),
  kind: literals('numeric', 'categorical', 'boolean', 'rate', 'ratio'),
  fromMs: EpochMs,
  toMs: EpochMs,
  from: Instant,
  to: Instant,
  slices: Count,
  a: ComparedSide,
  b: ComparedSide,
  baseline: orNull(Type.Object({ days: Count, verified: Type.Boolean() })),
  distances: Type.Object({
    psi: orNull(Type.Number({ minimum: 0 })),
    ks: orNull(Type.Number({ minimum: 0, maximum: 1 })),
    js: orNull(Type.Number({ minimum: 0, maximum: 1 })),
    wassersteinRatio: orNull(Type.Number({ minimum: 0 })),
  }),
  differences: Type.Array(
    Type.Object({
      name: literals('missing', 'true', 'out-of-range', 'set-aside', 'rate', 'ratio'),
      a: orNull(Type.Number()),
      b: orNull(Type.Number()),
      estimate: orNull(Type.Number()),
      low: orNull(Type.Number()),
      high: orNull(Type.Number()),
    }),
  ),
  checks: Type.Array(Check),
})

export const History = Type.Object({
  stream: Type.String(),
  field: Type.String(),
  kind: literals('numeric', 'categorical', 'boolean', 'rate', 'ratio'),
  measure: literals('mean', 'share of true', 'share of category', 'rate', 'ratio', 'none'),
  category: orNull(Type.String()),
  thresholds: Type.Object({ change: orNull(Type.Number()), missing: orNull(Type.Number()) }),
  fromMs: EpochMs,
  toMs: EpochMs,
  from: Instant,
  to: Instant,
  stepMs: Count,
  buckets: Type.Array(
    Type.Object({
      start: Instant,
      startMs: EpochMs,
      endMs: EpochMs,
      slices: Count,
      control: HistoryPoint,
      candidate: HistoryPoint,
      difference: HistoryDifference,
      shift: HistoryDifference,
      missingDifference: HistoryDifference,
      distances: Comparison.properties.distances,
    }),
  ),
  marks: Type.Array(
    Type.Object({
      id: Type.String(),
      alertId: Type.String(),
      checkId: Type.String(),
      type: literals('firing', 'updated', 'resolved'),
      at: Instant,
      atMs: EpochMs,
      check: Type.String(),
      stream: Type.String(),
      field: orNull(Type.String()),
      segment: orNull(Type.String()),
      severity: Severity,
      direction: literals('up', 'down', 'changed'),
      effect: orNull(Effect),
      evidence: orNull(Evidence),
      n: PerCohort,
      reason: Type.String({ minLength: 1 }),
    }),
  ),
  checks: Type.Array(Check),
})

const Condition = Type.Object({ name: Type.String(), met: Type.Boolean(), detail: Type.String() })
export const Health = Type.Object({
  status: Type.Literal('ok'),
  conditions: Type.Optional(Type.Array(Condition)),
})

/** The problems a route can answer with, by status, for its `response`. */
export function problemResponses(...names: ProblemName[]): Record<number, unknown> {
  const byStatus = new Map<number, ProblemName[]>()
  for (const name of [...names, 'internal' as const, 'too-slow' as const]) {
    const { status } = PROBLEMS[name]
    byStatus.set(status, [...(byStatus.get(status) ?? []), name])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((name) => PROBLEMS[name].title).join('; '),
        content: { [PROBLEM_TYPE]: { schema: problemSchema(group) } },
      },
    ]),
  )
}

function problemSchema(names: readonly ProblemName[]): TSchema {
  return Type.Object(
    {
      type: literals(...names.map(problemPath)),
      title: Type.String(),
      status: Type.Integer(),
      detail: Type.String({ minLength: 1 }),
      instance: Type.Optional(Type.String()),
    },
    { additionalProperties: true },
  )
}
