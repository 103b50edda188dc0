import type { SchemaKey } from '../decode/decoder.ts'
import { hasPrefix, SCHEMA_HEADER, schemaMark } from '../decode/wire.ts'
import type { LogRecord } from '../log/log.ts'

/** The schemas that the records name, each once. */
export function wantedSchemas(records: readonly LogRecord[]): ReadonlySet<SchemaKey> {
  const wanted = new Set<SchemaKey>()
  const ids = new Set<number>()
  let lastId = NaN
  for (const record of records) {
    const { value } = record
    if (value === null) continue
    if (record.headers[SCHEMA_HEADER] === undefined) {
      // This runs for every record: no key is made before its id is a new one.
      if (!hasPrefix(value)) continue
      const id = value.readInt32BE(1)
      if (id !== lastId) ids.add(id)
      lastId = id
    } else {
      const mark = schemaMark(record)
      if (mark.kind === 'schema') wanted.add(mark.key)
    }
  }
  for (const id of ids) wanted.add(`id:${id}`)
  return wanted
}
