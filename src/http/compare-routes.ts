import { Type } from 'typebox'
import { Asked } from './answer.ts'
import { COMPARED_COHORTS } from './facts.ts'
import type { CompareQuery, HistoryQuery, ServiceFacts, StreamFacts } from './facts.ts'
import { isoTime, isoTimeOrNull, knownStream, unknownName } from './parameters.ts'
import type { Parameters } from './parameters.ts'
import { Problem } from './problem.ts'
import { answers } from './route-schema.ts'
import { Comparison, History } from './schemas.ts'
import type { Server } from './server.ts'
import { checksByField } from './stream-routes.ts'
import { tableOf } from './table.ts'
import { HISTORY_COLUMNS, SIDE_COLUMNS } from './tables.ts'

/** Questions about ranges of time: two cohorts side by side, and one after the other. */
export function addCompareRoutes(server: Server, facts: ServiceFacts): void {
  server.get(
    '/api/v1/compare',
    {
      schema: answers(
        'verdicts',
        'compare',
        'One field, or engagement metric, of two cohorts side by side',
        Comparison,
        { querystring: COMPARE },
        ...COMPARE_PROBLEMS,
      ),
    },
    async (request, reply) => {
      const asked = new Asked(facts, request, reply, Object.keys(COMPARE))
      const query = compareQuery(facts, asked.parameters)
      if (asked.isKnown()) return reply
      const answer = await facts.compare(query, request.signal)
      if (answer.kind === 'nothing-in-range') throw nothingInRange(answer)
      if (answer.kind === 'not-in-baseline') throw new Problem('not-in-baseline', answer.reason)
      const { comparison } = answer
      const checks = checksByField(facts.checks(), query.stream).get(query.field) ?? []
      const body = { ...comparison, from: isoTime(comparison.fromMs), to: isoTime(comparison.toMs), checks }
      const title = `${query.field} of ${query.stream}, ${body.from} to ${body.to}`
      return asked.send(body, () => tableOf(title, SIDE_COLUMNS, [comparison.a, comparison.b]))
    },
  )

  server.get(
    '/api/v1/streams/:stream/fields/:field/history',
    {
      schema: answers(
        'verdicts',
        'getHistory',
        'One field, or engagement metric, of both cohorts over time',
        History,
        { params: FIELD, querystring: HISTORY },
        ...PROBLEMS,
      ),
    },
    async (request, reply) => {
      const asked = new Asked(facts, request, reply, Object.keys(HISTORY))
      const { parameters } = asked
      const range = { fromMs: parameters.instant('from'), toMs: parameters.instant('to') }
      judgeRange(parameters, range)
      const [stepMs, category] = [parameters.duration('step'), parameters.optionalText('category')]
      const query: HistoryQuery = { ...request.params, ...range, stepMs, category }
      parameters.done()
      assertField(facts, query)
      if (asked.isKnown()) return reply
      const answer = await facts.history(query, request.signal)
      if (answer.kind === 'nothing-in-range') throw nothingInRange(answer)
      const { history } = answer
      const checks = checksByField(facts.checks(), query.stream).get(query.field) ?? []
      const buckets = history.buckets.map((bucket) => ({ start: isoTime(bucket.startMs), ...bucket }))
      const marks = history.marks.map((mark) => ({ at: isoTime(mark.atMs), ...mark }))
      const body = { ...history, from: isoTime(history.fromMs), to: isoTime(history.toMs), buckets, marks, checks }
      const title = `${query.field} of ${query.stream} from ${body.from} to ${body.to}`
      return asked.send(body, () => tableOf(title, HISTORY_COLUMNS, history.buckets))
    },
  )
}

const PROBLEMS = ['unknown-stream', 'unknown-field', 'nothing-in-range'] as const
const COMPARE_PROBLEMS = [...PROBLEMS, 'not-in-baseline'] as const

const time = (what: string, example: string) =>
  Type.Optional(Type.String({ description: `${what}: RFC 3339, or milliseconds since 1970`, examples: [example] }))
const cohort = (fallback: string) =>
  Type.Optional(Type.Enum([...COMPARED_COHORTS], { default: fallback, examples: [fallback] }))

const COMPARE = {
  stream: Type.String({ examples: ['impressions'] }),
  field: Type.String({ description: 'A field or an engagement metric', examples: ['price'] }),
  a: cohort('control'),
  b: cohort('candidate'),
  from: time('Start; default: 24 hours before `to`', '2026-03-04T22:00:00Z'),
  to: time('End; default: the end of the last slice', '2026-03-04T23:00:00Z'),
}
const FIELD = Type.Object({
  stream: Type.String({ examples: ['impressions'] }),
  field: Type.String({ description: 'A field or an engagement metric', examples: ['price'] }),
})
const HISTORY = {
  from: time('Start; default: 48 hours before `to`', '2026-03-04T22:00:00Z'),
  to: time('End; default: the end of the last slice', '2026-03-04T23:00:00Z'),
  category: Type.Optional(
    Type.String({ description: 'Of a categorical field: the value whose share is told', examples: ['DE'] }),
  ),
  step: Type.Optional(
    Type.String({
      description: 'Width of a bucket, rounded up to whole slices; default: a round one that gives at most 60',
      examples: ['15m'],
    }),
  ),
}

function compareQuery(facts: ServiceFacts, parameters: Parameters): CompareQuery {
  const stream = parameters.text('stream', facts.streamNames())
  const asked: CompareQuery = {
    stream,
    field: parameters.text('field', fieldsOf(facts.stream(stream))),
    a: parameters.oneOf('a', COMPARED_COHORTS, 'control'),
    b: parameters.oneOf('b', COMPARED_COHORTS, 'candidate'),
    fromMs: parameters.instant('from'),
    toMs: parameters.instant('to'),
  }
  judgeRange(parameters, asked)
  judgeSides(parameters, asked)
  parameters.done()
  assertField(facts, asked)
  return asked
}

function judgeRange(parameters: Parameters, { fromMs, toMs }: { fromMs: number | null; toMs: number | null }): void {
  if (fromMs !== null && toMs !== null && fromMs >= toMs) parameters.mistake('from', 'is not before to', [])
}

/** Both of one cohort may be asked for: that shows what no difference looks like. Of the baseline there is only one. */
export function judgeSides(parameters: Parameters, { a, b }: Pick<CompareQuery, 'a' | 'b'>): void {
  if (a === 'baseline' && b === 'baseline')
    parameters.mistake('b', 'is the baseline, and so is a', ['control', 'candidate'])
}

function assertField(facts: ServiceFacts, { stream, field }: { stream: string; field: string }): void {
  const known = fieldsOf(knownStream(facts, stream))
  if (!known.includes(field)) throw unknownName('unknown-field', `field of ${stream} called`, field, known)
}

function fieldsOf(stream: StreamFacts | null): string[] {
  return stream === null ? [] : [...stream.fields.map(({ name }) => name), ...stream.metrics]
}

function nothingInRange({ keptFromMs, keptToMs }: { keptFromMs: number | null; keptToMs: number | null }): Problem {
  const kept = { from: isoTimeOrNull(keptFromMs), to: isoTimeOrNull(keptToMs) }
  const detail =
    kept.from === null
      ? 'no slice is closed yet'
      : `no closed slice lies in this range; slices are kept from ${kept.from} to ${kept.to}`
  return new Problem('nothing-in-range', detail, { kept })
}
