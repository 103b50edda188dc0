import { Type } from 'typebox'
import type { TSchema } from 'typebox'
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

export const Alerts = Type.Object({
  status: Type.Literal('success'),
  data: Type.Object({
    alerts: Type.Array(
      Type.Object({
        labels: Type.Record(Type.String(), Type.String()),
        annotations: Type.Record(Type.String(), Type.String()),
        state: literals('firing', 'resolved'),
        activeAt: Instant,
        value: Type.String({ description: 'The effect, as Prometheus writes numbers' }),
        alert: Alert,
      }),
    ),
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
      checks: Type.Object({ PASS: Count, FAIL: Count, INSUFFICIENT: Count, ERROR: Count }),
      alertsFiring: Count,
    }),
  ),
})

export const Cohorts = Type.Object({
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
