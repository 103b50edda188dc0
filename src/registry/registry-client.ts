import createApiModule from '@kafkajs/confluent-schema-registry/dist/api/index.js'
import { boundedGet } from './bounded-get.ts'
import type { HttpAnswer } from './bounded-get.ts'

/** The questions we ask a Confluent-compatible registry. All reject when there is no answer at all. */
export interface RegistryClient {
  schemaById(id: number): Promise<HttpAnswer>
  schemaByGuid(guid: string): Promise<HttpAnswer>
  version(subject: string, version: number | 'latest'): Promise<HttpAnswer>
  subjects(): Promise<HttpAnswer>
}

/**
 * `@kafkajs/confluent-schema-registry` makes the requests: paths, headers, user agent. They travel by our own `boundedGet`,
 * hung in as its outermost middleware, which never calls the ones further in: its own way of sending has no limit of size,
 * waits for ever for an answer that breaks off, and an error whose body is the word `null` is an unhandled rejection there.
 * GUIDs it does not know; their path is ours.
 */
export function createRegistryClient(
  baseUrl: string,
  limits: { timeoutMs: number; sizeMax: number },
  signal: AbortSignal,
): RegistryClient {
  const base = new URL(baseUrl)
  const host = baseUrl.replace(/\/+$/, '')
  const get = (url: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> => {
    const target = new URL(url)
    if (target.origin !== base.origin) throw new Error('a request would leave the configured registry')
    return boundedGet(target, headers, limits, signal)
  }
  const travelling = () => ({
    prepareRequest: (next: () => Promise<unknown>) => next(),
    response: (_next: unknown, _renew: unknown, request: MadeRequest) => get(request.url(), request.headers()),
  })
  const api = createApi({ host, clientId: 'evenkeel', retry: { retries: 0 }, middlewares: [travelling] })
  return {
    schemaById: (id) => api.Schema.find({ id }),
    schemaByGuid: (guid) => get(`${host}/schemas/guids/${guid}`, { accept: 'application/json' }),
    version: (subject, version) => api.Subject.version({ subject, version }),
    subjects: () => api.Subject.all({}),
  }
}

interface MadeRequest {
  url(): string
  headers(): Readonly<Record<string, string>>
}

type Api = Record<'Schema' | 'Subject', Record<string, (parameters: object) => Promise<HttpAnswer>>>

/** Its types promise its own kind of answer; ours is what the middleware returns. */
const createApi = createApiModule.default as unknown as (
  options: object,
) => Record<keyof Api, Record<'find' | 'version' | 'all', (parameters: object) => Promise<HttpAnswer>>>
