import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { LIMIT_MAX, cursorText } from './cursor.ts'
import { FORMATS, MEDIA_TYPES } from './format.ts'
import type { ProblemName } from './problem.ts'
import { problemResponses } from './schemas.ts'

/** What /openapi.json says of a route that answers in every form. Parameters are read and judged by `parameters.ts`. */
export function answers<Asked extends { params?: TSchema }>(
  tag: Tag,
  operationId: string,
  summary: string,
  ok: TSchema,
  asked: Asked & { querystring?: Readonly<Record<string, TSchema>> },
  ...problems: ProblemName[]
) {
  const { querystring = {}, ...named } = asked
  const text = { schema: Type.String() }
  return {
    tags: [tag],
    operationId,
    summary,
    ...(named as Omit<Asked, 'querystring'>),
    querystring: Type.Object({ ...querystring, ...FORMAT }),
    response: {
      200: {
        description: summary,
        content: { [MEDIA_TYPES.json]: { schema: ok }, [MEDIA_TYPES.csv]: text, [MEDIA_TYPES.markdown]: text },
      },
      304: { description: 'Nothing has changed since the state that If-None-Match names', type: 'null' },
      ...problemResponses('invalid-parameter', 'not-acceptable', ...problems),
    },
  }
}

/** The parameters of a list, which comes in pages. */
export const PAGES = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_MAX, description: 'Items of a page', examples: [100] }), // prettier-ignore
  ),
  cursor: Type.Optional(Type.String({ description: '`next` of the page before', examples: [cursorText(0, '')] })),
}

/** A route that only answers JSON. */
export function answersJson(tag: Tag, operationId: string, summary: string, ok: TSchema, ...problems: ProblemName[]) {
  return {
    tags: [tag],
    operationId,
    summary,
    response: {
      200: { description: summary, content: { [MEDIA_TYPES.json]: { schema: ok } } },
      ...problemResponses('invalid-parameter', ...problems),
    },
  }
}

type Tag = 'streams' | 'verdicts' | 'operations'

const FORMAT = {
  format: Type.Optional(
    Type.Enum([...FORMATS], { description: 'Default: what Accept prefers, else json', examples: ['json'] }),
  ),
}
