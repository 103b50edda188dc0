import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'

/** What these tests need of an OpenAPI document. */
export interface OpenApi {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
}

export interface Operation {
  operationId: string
  parameters?: { name: string; in: 'query' | 'path'; required: boolean; example?: unknown; schema: object }[]
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

/**
 * The parts of the OpenAPI 3.1 meta-schema that a generated read-only document can get wrong: required members, their kinds, and no
 * member that the specification does not name. Schemas themselves are compiled as JSON Schema 2020-12 beside.
 */
const META = {
  type: 'object',
  required: ['openapi', 'info', 'paths'],
  properties: {
    openapi: { const: '3.1.0' },
    info: {
      type: 'object',
      required: ['title', 'version'],
      properties: {
        title: { type: 'string' },
        version: { type: 'string' },
        description: { type: 'string' },
        license: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string' }, identifier: { type: 'string' } },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    servers: { type: 'array', items: { type: 'object', required: ['url'] } },
    tags: { type: 'array', items: { type: 'object', required: ['name'] } },
    components: { type: 'object' },
    paths: {
      type: 'object',
      propertyNames: { pattern: '^/' },
      additionalProperties: {
        type: 'object',
        properties: { get: { $ref: '#/$defs/operation' } },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
  $defs: {
    operation: {
      type: 'object',
      required: ['operationId', 'summary', 'tags', 'responses'],
      properties: {
        operationId: { type: 'string', pattern: '^[a-z][A-Za-z]+$' },
        summary: { type: 'string', minLength: 1 },
        tags: { type: 'array', items: { enum: ['streams', 'verdicts', 'operations'] } },
        parameters: { type: 'array', items: { $ref: '#/$defs/parameter' } },
        responses: {
          type: 'object',
          minProperties: 1,
          propertyNames: { pattern: '^([1-5][0-9][0-9]|default)$' },
          // Only what has a body has a form.
          properties: { 304: { $ref: '#/$defs/response', type: 'object', not: { required: ['content'] } } },
          additionalProperties: { $ref: '#/$defs/response', type: 'object', required: ['content'] },
        },
      },
      additionalProperties: false,
    },
    parameter: {
      type: 'object',
      required: ['name', 'in', 'schema', 'example'],
      properties: {
        name: { type: 'string' },
        in: { enum: ['query', 'path'] },
        required: { type: 'boolean' },
        description: { type: 'string' },
        schema: { type: 'object' },
        example: true,
      },
      if: { properties: { in: { const: 'path' } } },
      then: { required: ['required'], properties: { required: { const: true } } },
      additionalProperties: false,
    },
    response: {
      type: 'object',
      required: ['description'],
      properties: {
        description: { type: 'string', minLength: 1 },
        content: {
          type: 'object',
          minProperties: 1,
          additionalProperties: { type: 'object', required: ['schema'], properties: { schema: { type: 'object' } } },
        },
      },
      additionalProperties: false,
    },
  },
}

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, validateFormats: false })

export function openApiMistakes(document: unknown): string[] {
  return mistakesOf(ajv.compile(META), document)
}

export function schemaMistakes(schema: object, value: unknown): string[] {
  return mistakesOf(ajv.compile(closed(schema)), value)
}

/** With every object closed that does not say otherwise: an answer may not hold what its schema does not name. */
function closed(schema: unknown): object {
  if (Array.isArray(schema)) return schema.map(closed)
  if (schema === null || typeof schema !== 'object') return schema as object
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  const isOpen = 'additionalProperties' in schema || 'patternProperties' in schema || !('properties' in schema)
  return 'type' in schema && schema.type === 'object' && !isOpen ? { ...inner, additionalProperties: false } : inner
}

function mistakesOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return []
  return validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
}
