import { Type } from 'typebox'
import { AskedList } from './answer.ts'
import type { ServiceFacts, ShownCheck, StreamFacts, VerdictKind } from './facts.ts'
import { isoTimeOrNull, knownStream } from './parameters.ts'
import { PAGES, answers } from './route-schema.ts'
import { Cohorts, Fields, Streams } from './schemas.ts'
import type { Server } from './server.ts'
import { COHORT_COLUMNS, FIELD_COLUMNS, STREAM_COLUMNS, trailColumns } from './tables.ts'

export function addStreamRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/streams',
    {
      schema: answers('streams', 'listStreams', 'Every stream, since its watch began', Streams, { querystring: PAGES }),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply)
      if (asked.isKnown()) return reply
      return asked.sendList({
        title: 'Streams',
        items: streamSummaries(facts),
        idOf: ({ name }) => name,
        body: (streams) => ({ streams }),
        columns: STREAM_COLUMNS,
      })
    },
  )

  server.get(
    '/api/v1/streams/:stream/cohorts',
    {
      schema: answers(
        'streams',
        'listCohorts',
        'Who is in which cohort: events and units',
        Cohorts,
        { params: STREAM, querystring: PAGES },
        'unknown-stream',
      ),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply)
      asked.parameters.done()
      const { name, fromMs, toMs, cohorts } = knownStream(facts, request.params.stream)
      if (asked.isKnown()) return reply
      return asked.sendList({
        title: `Cohorts of ${name}`,
        items: cohorts,
        idOf: (cohort) => cohort.name,
        body: (page) => ({ stream: name, fromMs, toMs, cohorts: page }),
        columns: COHORT_COLUMNS,
      })
    },
  )

  server.get(
    '/api/v1/streams/:stream/fields',
    {
      schema: answers(
        'streams',
        'listFields',
        'Every field in both cohorts, with its checks',
        Fields,
        { params: STREAM, querystring: PAGES },
        'unknown-stream',
      ),
    },
    (request, reply) => {
      const asked = new AskedList(facts, request, reply)
      asked.parameters.done()
      const stream = knownStream(facts, request.params.stream)
      const { name, fromMs, toMs, fields } = stream
      if (asked.isKnown()) return reply
      const checks = checksByField(facts.checks(), name)
      return asked.sendList({
        title: `Fields of ${name}`,
        items: fields.map((field) => ({ ...field, checks: checks.get(field.name) ?? [] })),
        idOf: (field) => field.name,
        body: (page) => ({ stream: name, fromMs, toMs, fields: page }),
        columns: asked.format === 'markdown' ? [...FIELD_COLUMNS, ...trailColumns(stream, facts.trails(name))] : FIELD_COLUMNS, // prettier-ignore
      })
    },
  )
}

export function checksByField(checks: readonly ShownCheck[], stream: string): Map<string, ShownCheck[]> {
  const ofStream = checks.filter((check) => check.stream === stream && check.field !== null)
  return Map.groupBy(ofStream, (check) => check.field!)
}

const STREAM = Type.Object({ stream: Type.String({ examples: ['impressions'] }) })

export interface StreamSummary extends Omit<StreamFacts, 'cohorts' | 'fields' | 'metrics'> {
  from: string | null
  to: string | null
  checks: Record<VerdictKind, number>
  alertsFiring: number
}

function streamSummaries(facts: ServiceFacts): StreamSummary[] {
  const [checks, alerts] = [facts.checks(), facts.alerts()]
  return facts.streamNames().map((name) => {
    const { cohorts: _cohorts, fields: _fields, metrics: _metrics, ...summary } = facts.stream(name)!
    const verdicts: Record<VerdictKind, number> = { PASS: 0, FAIL: 0, INSUFFICIENT: 0, ERROR: 0 }
    for (const check of checks) if (check.stream === name) verdicts[check.verdict]++
    const alertsFiring = alerts.filter(({ stream, state }) => stream === name && state === 'firing').length
    const range = { from: isoTimeOrNull(summary.fromMs), to: isoTimeOrNull(summary.toMs) }
    return { ...summary, ...range, checks: verdicts, alertsFiring }
  })
}
