import type { LogRecord } from '../log/log.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { createAvroReader } from './avro-reader.ts'
import type { AvroReader } from './avro-reader.ts'
import type { Decoder, SchemaKey, SchemaLookup, Shape, SlotValue, Undecoded } from './decoder.ts'
import { faultDetail } from './fault.ts'
import { LruCache } from './lru-cache.ts'
import { hasPrefix, PREFIX_SIZE, SCHEMA_HEADER, schemaMark, subjectKeys } from './wire.ts'
import { undecodable, unknownSchema } from './undecoded.ts'

/**
 * Avro records. Which schema: header, then prefix (`wire.ts`), then the topic's own schema, if the registry is a directory
 * that has one (`<topic>-value.avsc`, `<topic>.avsc` or `<stream>.avsc`).
 *
 * A value may begin like a prefix by chance: in a stream without prefixes, five bytes that begin with a zero. So a prefix
 * whose id nobody knows is read as body by the topic's own schema, when there is one; a prefix whose id is known is a prefix.
 */
export function createAvroDecoder(plan: StreamPlan, lookup: SchemaLookup): Decoder {
  return new AvroDecoder(plan, lookup)
}

/** Readers kept: a producer can make a broker hold any number of schemas, but not us. */
const READERS_MAX = 1000
const RECENT = 16

type Reading = AvroReader | Undecoded

class AvroDecoder implements Decoder {
  private readonly plan: StreamPlan
  private readonly lookup: SchemaLookup
  private readonly subjects: readonly SchemaKey[]
  private readonly readings = new LruCache<SchemaKey, Reading>(READERS_MAX)
  /** Of the last prefixes, by their lowest bits: a stream has one or two schemas at a time. */
  private readonly recentIds = new Array<number>(RECENT).fill(NaN)
  private readonly recentReaders = new Array<AvroReader | null>(RECENT).fill(null)

  constructor(plan: StreamPlan, lookup: SchemaLookup) {
    this.plan = plan
    this.lookup = lookup
    this.subjects = subjectKeys(plan.topic, plan.stream)
  }

  decode(record: LogRecord, values: SlotValue[]): Shape | Undecoded {
    const value = record.value!
    if (record.headers[SCHEMA_HEADER] === undefined && hasPrefix(value)) {
      const id = value.readInt32BE(1)
      const at = id & (RECENT - 1)
      if (id === this.recentIds[at]) return readBody(this.recentReaders[at]!, value, PREFIX_SIZE, values)
      const reading = this.byPrefix(id)
      if (reading !== null) return reading.kind === 'reader' ? readBody(reading, value, PREFIX_SIZE, values) : reading
      return this.decodeBare(value, values, unknownSchema(`schema id ${id} does not exist`))
    }
    return this.decodeMarked(record, value, values)
  }

  private byPrefix(id: number): Reading | null {
    const reading = this.reading(`id:${id}`)
    if (reading?.kind === 'reader') {
      this.recentIds[id & (RECENT - 1)] = id
      this.recentReaders[id & (RECENT - 1)] = reading
    }
    return reading
  }

  private decodeMarked(record: LogRecord, value: Buffer, values: SlotValue[]): Shape | Undecoded {
    const mark = schemaMark(record)
    switch (mark.kind) {
      case 'malformed':
        return undecodable(mark.detail)
      case 'none':
        return this.decodeBare(value, values, undecodable('record names no schema'))
      case 'schema': {
        const reading = this.reading(mark.key) ?? unknownSchema(`schema ${mark.key} does not exist`)
        return reading.kind === 'reader' ? readBody(reading, value, mark.bodyStart, values) : reading
      }
    }
  }

  /** The whole value is body, of the topic's own schema. */
  private decodeBare(value: Buffer, values: SlotValue[], otherwise: Undecoded): Shape | Undecoded {
    for (const key of this.subjects) {
      const reading = this.reading(key)
      if (reading !== null) return reading.kind === 'reader' ? readBody(reading, value, 0, values) : reading
    }
    return otherwise
  }

  /** null = there is no such schema. That is not remembered here: the registry may get it later. */
  private reading(key: SchemaKey): Reading | null {
    const known = this.readings.get(key)
    if (known !== undefined) return known
    const found = this.lookup.get(key)
    if (found === 'absent' || found === undefined) return null
    const reader = createAvroReader(this.plan, found)
    const reading = reader.kind === 'fault' ? unknownSchema(reader.detail) : reader
    this.readings.set(key, reading)
    return reading
  }
}

function readBody(reader: AvroReader, value: Buffer, start: number, values: SlotValue[]): Shape | Undecoded {
  const position = reader.read(value, start, value.length, values)
  if (position === value.length) return reader.shape()
  return undecodable(position < 0 ? faultDetail(position) : 'bytes are left over behind the record')
}
