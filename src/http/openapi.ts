import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { Type } from 'typebox'
import { asyncApi } from './asyncapi.ts'
import { PROBLEMS, Problem } from './problem.ts'
import type { ProblemName } from './problem.ts'
import { problemResponses } from './schemas.ts'
import type { Server } from './server.ts'

export function openApiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Evenkeel',
        version,
        description:
          'Whether a model release has bent the data being collected or the way people behave. Everything here is read-only; times are event time; errors are RFC 9457 problems.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'streams', description: 'What was counted' },
        { name: 'verdicts', description: 'What was found' },
        { name: 'operations', description: 'Probes, metrics, documents' },
      ],
    },
  }
}

/** The descriptions of the API and of the alerts topic, and the pages that problem types point to. */
export function addDocumentRoutes(server: Server, about: { version: string; topic: string | null }): void {
  const document = { tags: ['operations'], operationId: 'getOpenApi', summary: 'This document (OpenAPI 3.1)' }
  const json = {
    description: 'OpenAPI 3.1',
    content: { 'application/json': { schema: Type.Object({}, { additionalProperties: true }) } },
  }
  server.get('/openapi.json', { schema: { ...document, response: { 200: json, ...problemResponses() } } }, () =>
    server.swagger(),
  )

  const alerts = { tags: ['operations'], operationId: 'getAsyncApi', summary: 'The alerts topic (AsyncAPI 3.0)' }
  const described = { ...json, description: 'AsyncAPI 3.0' }
  const events = asyncApi(about)
  server.get(
    '/asyncapi.json',
    { schema: { ...alerts, response: { 200: described, ...problemResponses() } } },
    () => events,
  )

  const page = { description: 'The page', content: { 'text/plain': { schema: Type.String() } } }
  const params = Type.Object({ problem: Type.String({ examples: ['unknown-stream'] }) })
  const schema = {
    tags: ['operations'],
    operationId: 'getProblem',
    summary: 'What a problem type means',
    params,
    response: { 200: page, ...problemResponses('not-found') },
  }
  server.get('/problems/:problem', { schema }, (request, reply) => {
    const { problem } = request.params
    if (!Object.hasOwn(PROBLEMS, problem))
      throw new Problem('not-found', `there is no problem of this name`, { known: Object.keys(PROBLEMS) })
    const { status, title, page } = PROBLEMS[problem as ProblemName]
    void reply.type('text/plain; charset=utf-8').serializer((text: string) => text)
    return `${title} (${status})\n\n${page}\n`
  })
}
