import type { LogRecord } from '../log/log.ts'
import type { SchemaKey } from './decoder.ts'

/**
 * How a record says by which schema it was written. In this order:
 *
 * 1. Header `__value_schema_id`, which decides alone: 0x01 + 16-byte GUID, or 0x00 + int32 id. The value is all body.
 * 2. Prefix of the value: 0x00 + int32 id, body behind it.
 * 3. Neither: the value is all body, of the schema that is configured for the topic (`createAvroDecoder`).
 */
export type SchemaMark =
  { kind: 'schema'; key: SchemaKey; bodyStart: number } | { kind: 'none' } | { kind: 'malformed'; detail: string }

export const SCHEMA_HEADER = '__value_schema_id'
export const PREFIX_SIZE = 5

export function schemaMark(record: Pick<LogRecord, 'value' | 'headers'>): SchemaMark {
  const header = record.headers[SCHEMA_HEADER]
  if (header !== undefined) return headerMark(header)
  const { value } = record
  if (value === null || !hasPrefix(value)) return NONE
  return { kind: 'schema', key: `id:${value.readInt32BE(1)}`, bodyStart: PREFIX_SIZE }
}

export function hasPrefix(value: Buffer): boolean {
  return value.length >= PREFIX_SIZE && value[0] === 0
}

/** Under which names a topic's own schema may be kept, the first that exists wins. */
export function subjectKeys(topic: string, stream: string): readonly SchemaKey[] {
  return [...new Set<SchemaKey>([`subject:${topic}-value`, `subject:${topic}`, `subject:${stream}`])]
}

const NONE: SchemaMark = { kind: 'none' }

function headerMark(header: Buffer): SchemaMark {
  if (header[0] === 1 && header.length === 17) return { kind: 'schema', key: `guid:${guidText(header)}`, bodyStart: 0 }
  if (header[0] === 0 && header.length === PREFIX_SIZE) {
    return { kind: 'schema', key: `id:${header.readInt32BE(1)}`, bodyStart: 0 }
  }
  return { kind: 'malformed', detail: `header ${SCHEMA_HEADER} is neither a GUID nor an id` }
}

function guidText(header: Buffer): string {
  const hex = header.toString('hex', 1)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
