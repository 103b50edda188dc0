import { typeAt } from './avro-shape.ts'
import type { FoundSchema } from './decoder.ts'
import { parseSchema } from './parse-schema.ts'

/** The types a schema's values can have at a dotted path (`null|double`), null where it has no such path; a fault for an unusable schema. */
export function fieldType(found: FoundSchema, path: string): FieldType {
  if (found.unusable !== undefined) return { kind: 'fault', detail: found.unusable }
  const root = parseSchema(found.schema, found.references)
  return root.kind === 'fault' ? root : { kind: 'type', type: typeAt(root, path) }
}

export type FieldType = { kind: 'type'; type: string | null } | { kind: 'fault'; detail: string }
