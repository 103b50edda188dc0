import { Type } from 'typebox'
import { groupAlerts } from '../alert/group-alerts.ts'
import type { GroupedAlerts } from '../alert/group-alerts.ts'
import { listed } from '../verdict/figures.ts'
import { titleOf } from '../verdict/subject.ts'
import type { Server } from './server.ts'
import { COMPARED_COHORTS } from './facts.ts'
import type { Alert, CompareQuery, ServiceFacts } from './facts.ts'
import { Parameters, isoTime, isoTimeOrNull, knownStream, unknownName } from './parameters.ts'
import { Problem } from './problem.ts'
import { answers } from './route-schema.ts'
import { Alerts, Comparison, WatchList } from './schemas.ts'
import { checksByField } from './stream-routes.ts'

export function addVerdictRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/compare',
    {
      schema: answers(
        'verdicts',
        'compare',
        'One field, or engagement metric, of two cohorts side by side',
        Comparison,
        COMPARE,
        ...COMPARE_PROBLEMS,
      ),
    },
    async (request) => {
      const query = compareQuery(facts, request.query)
      const answer = await facts.compare(query, request.signal)
      if (answer.kind === 'nothing-in-range') throw nothingInRange(answer)
      const { comparison } = answer
      const checks = checksByField(facts.checks(), query.stream).get(query.field) ?? []
      return { ...comparison, from: isoTime(comparison.fromMs), to: isoTime(comparison.toMs), checks }
    },
  )

  server.get(
    '/api/v1/alerts',
    { schema: answers('verdicts', 'listAlerts', 'Alerts, as Prometheus shapes them', Alerts, ALERTS) },
    (request) => {
      const parameters = new Parameters(request.query, ['state', 'stream'])
      const state = parameters.oneOf('state', ['firing', 'resolved', 'all'], 'firing')
      const stream = parameters.optionalText('stream')
      parameters.done()
      if (stream !== null) knownStream(facts, stream)
      const alerts = facts
        .alerts()
        .filter((alert) => (state === 'all' || alert.state === state) && (stream ?? alert.stream) === alert.stream)
      return {
        status: 'success',
        data: { alerts: alerts.map(prometheusAlert), groups: groupAlerts(alerts).map(alertGroup) },
      }
    },
  )

  server.get(
    '/api/v1/watch-list',
    {
      schema: answers(
        'verdicts',
        'getWatchList',
        'Checks that deserve a look: nearest to their alarm first',
        WatchList,
        WATCH_LIST,
      ),
    },
    (request) => {
      const parameters = new Parameters(request.query, ['stream'])
      const stream = parameters.optionalText('stream')
      parameters.done()
      if (stream !== null) knownStream(facts, stream)
      return { watchList: facts.watchList().filter((entry) => (stream ?? entry.stream) === entry.stream) }
    },
  )
}

const time = (what: string, example: string) =>
  Type.Optional(Type.String({ description: `${what}: RFC 3339, or milliseconds since 1970`, examples: [example] }))
const cohort = (fallback: string) =>
  Type.Optional(Type.Enum([...COMPARED_COHORTS], { default: fallback, examples: [fallback] }))

const COMPARE = {
  querystring: Type.Object({
    stream: Type.String({ examples: ['impressions'] }),
    field: Type.String({ description: 'A field or an engagement metric', examples: ['price'] }),
    a: cohort('control'),
    b: cohort('candidate'),
    from: time('Start; default: 24 hours before `to`', '2026-03-04T22:00:00Z'),
    to: time('End; default: the end of the last slice', '2026-03-04T23:00:00Z'),
  }),
}
const COMPARE_PROBLEMS = ['unknown-stream', 'unknown-field', 'nothing-in-range'] as const

const ALERTS = {
  querystring: Type.Object({
    state: Type.Optional(Type.Enum(['firing', 'resolved', 'all'], { default: 'firing', examples: ['all'] })),
    stream: Type.Optional(Type.String({ examples: ['impressions'] })),
  }),
}

const WATCH_LIST = {
  querystring: Type.Object({ stream: Type.Optional(Type.String({ examples: ['impressions'] })) }),
}

function compareQuery(facts: ServiceFacts, query: unknown): CompareQuery {
  const parameters = new Parameters(query, ['stream', 'field', 'a', 'b', 'from', 'to'])
  const asked: CompareQuery = {
    stream: parameters.text('stream'),
    field: parameters.text('field'),
    a: parameters.oneOf('a', COMPARED_COHORTS, 'control'),
    b: parameters.oneOf('b', COMPARED_COHORTS, 'candidate'),
    fromMs: parameters.instant('from'),
    toMs: parameters.instant('to'),
  }
  if (asked.fromMs !== null && asked.toMs !== null && asked.fromMs >= asked.toMs)
    parameters.mistake('from', 'is not before to', [])
  parameters.done()
  const { fields, metrics } = knownStream(facts, asked.stream)
  const known = [...fields.map(({ name }) => name), ...metrics]
  if (!known.includes(asked.field))
    throw unknownName('unknown-field', `field of ${asked.stream} called`, asked.field, known)
  return asked
}

function nothingInRange({ keptFromMs, keptToMs }: { keptFromMs: number | null; keptToMs: number | null }): Problem {
  const kept = { from: isoTimeOrNull(keptFromMs), to: isoTimeOrNull(keptToMs) }
  const detail =
    kept.from === null
      ? 'no slice is closed yet'
      : `no closed slice lies in this range; slices are kept from ${kept.from} to ${kept.to}`
  return new Problem('nothing-in-range', detail, { kept })
}

/** What Grafana's and Prometheus' own lists can show; the alert as it stands on the topic is beside it, whole. */
function prometheusAlert(alert: Alert) {
  const { check, stream, field, segment, cohort, against, severity, state, firedAtMs, effect, reason } = alert
  const optional = { ...(field === null ? {} : { field }), ...(segment === null ? {} : { segment }) }
  return {
    labels: { alertname: alertName(check), severity, stream, check, ...optional, cohort, against },
    annotations: {
      summary: `${check}${field === null ? '' : ` ${field}`} of ${stream} has changed`,
      description: reason,
    },
    state,
    activeAt: isoTime(firedAtMs),
    value: String(effect?.estimate ?? 1),
    alert,
  }
}

/** One notice, however many alerts: what a person should be told once. */
function alertGroup({ group, firedAtMs, severity, state, alerts }: GroupedAlerts) {
  const names = alerts.map((alert) => `${titleOf(alert)} of ${alert.stream}`)
  const summary = `${alerts.length === 1 ? '' : `${alerts.length} alerts: `}${listed(names, 5)}`
  return { group, activeAt: isoTime(firedAtMs), severity, state, summary, alerts: alerts.map(({ id }) => id) }
}

/** `sample-ratio` is EvenkeelSampleRatio. */
function alertName(check: string): string {
  return `Evenkeel${check.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase())}`
}
