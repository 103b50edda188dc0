import { Type } from 'typebox'
import type { Server } from './server.ts'
import type { CheckVerdict, ServiceFacts, StreamFacts, VerdictKind } from './facts.ts'
import { Parameters, isoTimeOrNull, knownStream } from './parameters.ts'
import { answers } from './route-schema.ts'
import { Cohorts, Fields, Streams } from './schemas.ts'

export function addStreamRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/streams',
    { schema: answers('streams', 'listStreams', 'Every stream, since its watch began', Streams) },
    (request) => {
      new Parameters(request.query, []).done()
      return { streams: facts.streamNames().map((name) => streamSummary(facts, facts.stream(name)!)) }
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
        STREAM_PARAMS,
        'unknown-stream',
      ),
    },
    (request) => {
      new Parameters(request.query, []).done()
      const { name, fromMs, toMs, cohorts } = knownStream(facts, request.params.stream)
      return { stream: name, fromMs, toMs, cohorts }
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
        STREAM_PARAMS,
        'unknown-stream',
      ),
    },
    (request) => {
      new Parameters(request.query, []).done()
      const { name, fromMs, toMs, fields } = knownStream(facts, request.params.stream)
      const checks = checksByField(facts.checks(), name)
      return {
        stream: name,
        fromMs,
        toMs,
        fields: fields.map((field) => ({ ...field, checks: checks.get(field.name) ?? [] })),
      }
    },
  )
}

export function checksByField(checks: readonly CheckVerdict[], stream: string): Map<string, CheckVerdict[]> {
  const ofStream = checks.filter((check) => check.stream === stream && check.field !== null)
  return Map.groupBy(ofStream, (check) => check.field!)
}

const STREAM_PARAMS = { params: Type.Object({ stream: Type.String({ examples: ['impressions'] }) }) }

function streamSummary(facts: ServiceFacts, stream: StreamFacts) {
  const { name, topic, fromMs, toMs, slices, incompleteSlices, events, violations } = stream
  const checks: Record<VerdictKind, number> = { PASS: 0, FAIL: 0, INSUFFICIENT: 0, ERROR: 0 }
  for (const check of facts.checks()) if (check.stream === name) checks[check.verdict]++
  const alertsFiring = facts.alerts().filter((alert) => alert.stream === name && alert.state === 'firing').length
  const range = { fromMs, toMs, from: isoTimeOrNull(fromMs), to: isoTimeOrNull(toMs) }
  return { name, topic, ...range, slices, incompleteSlices, events, violations, checks, alertsFiring }
}
