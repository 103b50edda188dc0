import type { TSchema } from 'typebox'
import type { ProblemName } from './problem.ts'
import { problemResponses } from './schemas.ts'

/** What /openapi.json says of a route that answers JSON. Parameters are read and judged by `parameters.ts`. */
export function answers<Asked extends { params?: TSchema; querystring?: TSchema } = object>(
  tag: 'streams' | 'verdicts' | 'operations',
  operationId: string,
  summary: string,
  ok: TSchema,
  asked: Asked = {} as Asked,
  ...problems: ProblemName[]
) {
  return {
    tags: [tag],
    operationId,
    summary,
    ...asked,
    response: {
      200: { description: summary, content: { 'application/json': { schema: ok } } },
      ...problemResponses('invalid-parameter', ...problems),
    },
  }
}
