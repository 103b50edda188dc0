import swagger from '@fastify/swagger'
import { fastify } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { MonitorError } from '../errors.ts'
import { addAlertRoutes } from './alert-routes.ts'
import { assertBindAllowed, isLoopback } from './bind.ts'
import { addCheckRoutes } from './check-routes.ts'
import { addCompareRoutes } from './compare-routes.ts'
import { limitConnections } from './connection-limit.ts'
import { addDoorkeeper, answerFrameworkError, refuseConnection } from './doorkeeper.ts'
import type { EventHubOptions } from './event-hub.ts'
import type { ServiceFacts } from './facts.ts'
import { addEventRoutes } from './event-routes.ts'
import { addHealthRoutes } from './health-routes.ts'
import { addDocumentRoutes, openApiOptions } from './openapi.ts'
import { addPageRoutes } from './page-routes.ts'
import { addRuleRoutes } from './rule-routes.ts'
import { addStreamRoutes } from './stream-routes.ts'

export interface HttpOptions {
  host: string
  /** 0 = any free one; the answer's `url` says which. */
  port: number
  version: string
  /** Listen beyond this machine although there is no authentication: `--insecure-no-auth`. */
  allowInsecure?: boolean
  connectionsMax?: number
  /** What /asyncapi.json says of it; left out: that it is unknown. */
  alertsTopic?: string
  /** Bounds of `/api/v1/events`. */
  events?: Partial<EventHubOptions>
  /** Errors that should not happen, before the client gets a bare 500. */
  onError?: (error: unknown) => void
}

export interface HttpServer {
  url: string
  close(): Promise<void>
}

export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/**
 * Questions over HTTP, answered from `facts`. A sidecar must not be stopped by its own window: every wait has an end, the
 * number of connections a limit, and nothing can be changed through it.
 */
export async function createHttpServer(facts: ServiceFacts, options: HttpOptions): Promise<HttpServer> {
  const { host, port } = options
  assertBindAllowed(host, options.allowInsecure === true)
  const server = await buildServer(facts, options)
  try {
    await server.listen({ host, port })
  } catch (error) {
    await server.close()
    throw new MonitorError('EVENKEEL_HTTP_LISTEN', `cannot listen on ${host}:${port}: ${String(error)}`, {
      cause: error,
    })
  }
  const bound = server.server.address() as AddressInfo
  return { url: `http://${urlHost(host)}:${bound.port}`, close: () => server.close() }
}

/** Without listening, for tests that inject requests. */
export async function buildServer(facts: ServiceFacts, options: HttpOptions): Promise<Server> {
  const server: Server = fastify({
    // Fastify waits for ever by default, and a few hundred clients that send one header a minute would fill it.
    requestTimeout: 5_000,
    http: { headersTimeout: 4_000, connectionsCheckingInterval: 1_000, maxHeaderSize: HEADERS_SIZE_MAX },
    keepAliveTimeout: 5_000,
    handlerTimeout: 10_000,
    bodyLimit: 1_024,
    // Open keep-alive connections must not hold up a stop that has five seconds in all.
    forceCloseConnections: true,
    return503OnClosing: false,
    // A name of a stream or field may be as long as the line that it comes in: then it is known, or it is not.
    routerOptions: { maxParamLength: HEADERS_SIZE_MAX, ignoreTrailingSlash: true },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => refuseConnection(error, socket),
  }).withTypeProvider<TypeBoxTypeProvider>()
  limitConnections(server.server, options.connectionsMax ?? CONNECTIONS_MAX)
  // Parameters are judged in `parameters.ts`, and answers are never trimmed to a schema: tests hold them against it.
  server.setValidatorCompiler(() => () => true)
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  addDoorkeeper(server, {
    answersOnlyLoopback: options.allowInsecure !== true && isLoopback(options.host),
    onError: options.onError ?? (() => undefined),
  })
  await server.register(swagger, openApiOptions(options.version))
  addHealthRoutes(server, facts)
  addStreamRoutes(server, facts)
  addCompareRoutes(server, facts)
  addAlertRoutes(server, facts)
  addRuleRoutes(server, facts)
  addEventRoutes(server, facts, options.events)
  addCheckRoutes(server, facts)
  addDocumentRoutes(server, { version: options.version, topic: options.alertsTopic ?? null })
  addPageRoutes(server, facts, options.version)
  await server.ready()
  return server
}

const CONNECTIONS_MAX = 256
const HEADERS_SIZE_MAX = 8_192

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host
}
