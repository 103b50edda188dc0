import type { StreamPlan } from '../pane/plan.ts'
import { createAvroDecoder } from './avro-decoder.ts'
import type { Decoder, SchemaLookup } from './decoder.ts'
import { createJsonDecoder } from './json-decoder.ts'
import { oversized, undecodable } from './undecoded.ts'

/** The decoder of one stream. It keeps nothing of a record, so one may serve all partitions. */
export function createDecoder(plan: StreamPlan, lookup: SchemaLookup, limits: { recordBytes: number }): Decoder {
  const decoder = plan.format === 'json' ? createJsonDecoder(plan) : createAvroDecoder(plan, lookup)
  return {
    decode(record, values) {
      const { value } = record
      if (value === null) return undecodable('record is a tombstone')
      if (value.length > limits.recordBytes) return oversized(value.length, limits.recordBytes)
      return decoder.decode(record, values)
    },
  }
}
