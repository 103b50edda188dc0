import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { EventHub } from './event-hub.ts'
import type { EventHubOptions } from './event-hub.ts'
import type { ServiceFacts } from './facts.ts'
import { Parameters, knownStream } from './parameters.ts'
import { Problem } from './problem.ts'
import { problemResponses } from './schemas.ts'
import type { Server } from './server.ts'

/** Alerts as they are told, for who keeps a page or a pipe open: Server-Sent Events (HTML standard, 9.2). */
export function addEventRoutes(server: Server, facts: ServiceFacts, options: Partial<EventHubOptions> = {}): void {
  const hub = new EventHub({
    events: facts.alertEvents,
    epoch: () => facts.epoch(),
    listenersMax: LISTENERS_MAX,
    heartbeatMs: HEARTBEAT_MS,
    stalledMs: STALLED_MS,
    ...options,
  })
  server.addHook('preClose', async () => hub.close())

  const asked = (request: FastifyRequest): { after: string | null; stream: string | null } => {
    const parameters = new Parameters(request.query, ['stream', 'after'])
    const stream = parameters.optionalText('stream')
    const resumed = request.headers['last-event-id']
    const after = resumed === undefined ? parameters.optionalText('after') : String(resumed)
    if (after !== null && !ID.test(after))
      parameters.mistake(resumed === undefined ? 'after' : 'Last-Event-ID', 'is no id of an event', [])
    parameters.done()
    if (stream !== null) knownStream(facts, stream)
    return { after, stream }
  }
  const begin = (reply: FastifyReply): void => {
    reply.hijack()
    reply.raw.writeHead(200, { ...reply.getHeaders(), ...HEADERS } as Record<string, string>)
  }

  server.get('/api/v1/events', { schema: SCHEMA, exposeHeadRoute: false }, (request, reply) => {
    const { after, stream } = asked(request)
    if (hub.isFull) throw new Problem('too-many-listeners', `${LISTENERS_MAX} are listening already`)
    begin(reply)
    hub.add(reply.raw, after, stream)
  })

  // Made from the GET, as all others are, it would never end.
  server.head('/api/v1/events', { schema: { hide: true } }, (request, reply) => {
    asked(request)
    begin(reply)
    reply.raw.end()
  })
}

/** A quarter of all connections: whoever listens must not keep others from asking. */
const LISTENERS_MAX = 64
/** Proxies cut off what says nothing for half a minute or a minute. */
const HEARTBEAT_MS = 15_000
const STALLED_MS = 60_000
const ID = /^\d{1,5}\.\d{1,16}$/

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would keep it back until it has a page full.
  'x-accel-buffering': 'no',
}

const SCHEMA = {
  tags: ['verdicts'],
  operationId: 'listenToEvents',
  summary: 'Alerts as they are told: Server-Sent Events that never end; Last-Event-ID takes up where a client stopped',
  querystring: Type.Object({
    stream: Type.Optional(Type.String({ examples: ['impressions'] })),
    after: Type.Optional(
      Type.String({
        description: 'Like the header Last-Event-ID, for a first connection: events after the one of this id',
        examples: ['0.0'],
      }),
    ),
  }),
  response: {
    200: { description: 'The events', content: { 'text/event-stream': { schema: Type.String() } } },
    ...problemResponses('invalid-parameter', 'unknown-stream', 'too-many-listeners'),
  },
}
