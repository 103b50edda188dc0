import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { ErrorObject } from 'ajv'

/** The part of JSON Schema that `schemas/config.schema.json` uses and that we look at ourselves. */
export interface SchemaNode {
  $ref?: string
  title?: string
  description?: string
  type?: string | string[]
  enum?: string[]
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
  required?: string[]
  oneOf?: { required: [string] }[]
  definitions?: Record<string, SchemaNode>
  default?: unknown
}

// Two folders up from src/config, and from dist/config as well.
export const configSchema = JSON.parse(
  readFileSync(new URL('../../schemas/config.schema.json', import.meta.url), 'utf8'),
) as SchemaNode

// `verbose` puts the failing part of the schema on each error, whose title says what was wanted. The schema is ours, and right (a test
// holds it against the meta-schema), and looked at once: to check it here and to polish the validator costs a start more than all else.
const validator = new Ajv({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
})
const validate = validator.compile(configSchema)

export function schemaErrors(value: unknown): ErrorObject[] {
  return validate(value) ? [] : [...(validate.errors ?? [])]
}

/** The node itself, where it is a reference the definition, with the reference's own description. */
export function resolveNode(node: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node
  const { $ref, ...own } = node
  return { ...configSchema.definitions![$ref.slice('#/definitions/'.length)]!, ...own }
}

export function typesOf(node: SchemaNode): readonly string[] {
  return typeof node.type === 'string' ? [node.type] : (node.type ?? [])
}
