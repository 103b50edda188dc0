import { Type } from 'typebox'
import type { Server } from './server.ts'
import type { Condition, ServiceFacts } from './facts.ts'
import { Parameters } from './parameters.ts'
import { Problem } from './problem.ts'
import { answersJson } from './route-schema.ts'
import { Health, problemResponses } from './schemas.ts'

/**
 * For Kubernetes and everyone who asks the same questions. Alive means that the event loop turns, whatever brokers do: a
 * restart would not bring a broker back. Ready means that every named condition holds.
 */
export function addHealthRoutes(server: Server, facts: ServiceFacts): void {
  server.get('/livez', { schema: answersJson('operations', 'isAlive', 'Is the process alive?', Health) }, () => ({
    status: 'ok',
  }))

  server.get(
    '/readyz',
    { schema: { ...answersJson('operations', 'isReady', 'Are all conditions met?', Health, 'not-ready'), ...VERBOSE } },
    (request) => {
      const parameters = new Parameters(request.query, ['verbose'])
      const isVerbose = parameters.flag('verbose')
      parameters.done()
      const conditions = facts.conditions()
      const unmet = conditions.filter(({ isMet }) => !isMet)
      if (unmet.length > 0) throw notReady(unmet, conditions)
      return isVerbose ? { status: 'ok', conditions: conditions.map(shown) } : { status: 'ok' }
    },
  )

  server.get(
    '/startupz',
    { schema: answersJson('operations', 'hasStarted', 'Has it been ready once?', Health, 'not-ready') },
    () => {
      if (facts.hasStarted()) return { status: 'ok' }
      const conditions = facts.conditions()
      throw notReady(
        conditions.filter(({ isMet }) => !isMet),
        conditions,
      )
    },
  )

  server.get('/metrics', { schema: METRICS_SCHEMA }, async (request, reply) => {
    const { contentType, body } = await facts.metrics(request.headers.accept)
    return reply.header('content-type', contentType).header('vary', 'accept').send(body)
  })
}

function notReady(unmet: readonly Condition[], conditions: readonly Condition[]): Problem {
  const detail = unmet.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  return new Problem('not-ready', detail === '' ? 'still starting' : detail, { conditions: conditions.map(shown) })
}

function shown({ name, isMet, detail }: Condition): { name: string; met: boolean; detail: string } {
  return { name, met: isMet, detail }
}

const VERBOSE = {
  querystring: Type.Object({
    verbose: Type.Optional(Type.Boolean({ description: 'Name every condition', examples: [true] })),
  }),
}

const METRICS_SCHEMA = {
  tags: ['operations'],
  operationId: 'getMetrics',
  summary: 'Metrics: text 0.0.4, or OpenMetrics 1.0 by Accept',
  response: {
    200: {
      description: 'The exposition',
      content: {
        'text/plain': { schema: Type.String() },
        'application/openmetrics-text': { schema: Type.String() },
      },
    },
    ...problemResponses(),
  },
}
