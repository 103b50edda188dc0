import avsc from 'avsc'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { Decoder, SchemaKey, SchemaLookup, Shape, SlotValue, Undecoded } from '../../src/decode/decoder.ts'
import type { LogRecord } from '../../src/log/log.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'

/** A plan that monitors just these paths. */
export function planFor(paths: readonly string[], changes: Partial<StreamPlan> = {}): StreamPlan {
  return {
    stream: 'impressions',
    topic: 'shop.impressions',
    format: 'avro',
    paths,
    time: { slot: paths.indexOf('ts'), field: 'ts', unit: null },
    idSlot: paths.indexOf('id'),
    unitSlot: paths.indexOf('unit'),
    syntheticSlot: -1,
    syntheticEquals: '',
    salt: 'salt',
    cohort: { slot: paths.indexOf('cohort'), field: 'cohort', control: new Set(['m1']), candidate: new Set(['m2']) },
    fields: [],
    rates: [],
    sums: [],
    ...changes,
  }
}

export function recordOf(value: Buffer | null, headers: Record<string, Buffer> = {}): LogRecord {
  return { topic: 'shop.impressions', partition: 0, offset: 0, timestampMs: 0, key: null, value, headers }
}

export function framed(id: number, body: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeInt32BE(id, 1)
  return Buffer.concat([prefix, body])
}

export function lookupOf(schemas: Partial<Record<SchemaKey, unknown>>): SchemaLookup {
  return {
    get(key) {
      const schema = schemas[key]
      if (schema === undefined) return 'absent'
      return {
        id: key.slice(key.indexOf(':') + 1),
        schema: typeof schema === 'string' ? schema : JSON.stringify(schema),
      }
    },
  }
}

export const LIMITS = { recordBytes: 1_048_576 }

export interface Decoded {
  outcome: Shape | Undecoded
  values: SlotValue[]
}

/** Decodes one value with prefix, of a schema with id 7. Slots are dirty before: the decoder must write or clear them all. */
export function decodeAvro(schema: unknown, body: Uint8Array, paths: readonly string[]): Decoded {
  const decoder = createDecoder(planFor(paths), lookupOf({ 'id:7': schema }), LIMITS)
  return decodeWith(decoder, recordOf(framed(7, body)), paths.length)
}

export function decodeWith(decoder: Decoder, record: LogRecord, slotCount: number): Decoded {
  const values: SlotValue[] = new Array<SlotValue>(slotCount).fill('dirty')
  const outcome = decoder.decode(record, values)
  return { outcome, values }
}

export function encode(schema: unknown, value: unknown): Buffer {
  return avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true }).toBuffer(value)
}

/** The bytes of a zigzag number. */
export function varint(value: bigint | number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

export function record(...fields: [string, unknown][]): Record<string, unknown> {
  return { type: 'record', name: 'Event', fields: fields.map(([name, type]) => ({ name, type })) }
}
