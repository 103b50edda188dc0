import avro from 'avsc'
import { MonitorError } from '../errors.ts'
import { AvroBytes } from './avro-bytes.ts'

/**
 * Avro for bytes of our own making: written by avsc, read by this file, because avsc believes an array's block count (five
 * hostile bytes make it allocate billions of items, which no catch survives) and accepts many spellings of one content.
 *
 * The reader knows the few types our schemas use, and is compiled from the schema once. Whatever it refuses is
 * `EVENKEEL_RECORD_CORRUPT`.
 */
export interface StrictType<T> {
  encode(value: T): Buffer
  /** Syntax and bounds; that the sketches inside are sound is for the caller to find out. */
  decode(bytes: Uint8Array): T
}

export function strictType<T>(schema: avro.Schema): StrictType<T> {
  const type = avro.Type.forSchema(schema)
  const read = readerOf(schema, new Map())
  return {
    encode: (value) => type.toBuffer(value),
    decode: (bytes) => {
      const source = new AvroBytes(bytes)
      try {
        const value = read(source) as T
        source.end()
        return value
      } catch (cause) {
        throw corrupt('its bytes are not Avro of its schema', cause)
      }
    },
  }
}

export function corrupt(what: string, cause?: unknown): MonitorError {
  return new MonitorError('EVENKEEL_RECORD_CORRUPT', what, { cause })
}

type Read = (source: AvroBytes) => unknown

/** A schema as we write them: a name, or one of four complex types. */
type OurSchema =
  | string
  | { type: 'record'; name: string; fields: { name: string; type: OurSchema }[] }
  | { type: 'enum'; name: string; symbols: string[] }
  | { type: 'fixed'; name: string; size: number }
  | { type: 'array'; items: OurSchema }

const PRIMITIVES: Readonly<Record<string, Read>> = {
  boolean: (source) => source.boolean(),
  int: (source) => source.int(),
  long: (source) => source.long(),
  string: (source) => source.text(),
  bytes: (source) => source.bytes(source.count()),
}

function readerOf(anySchema: avro.Schema, named: Map<string, Read>): Read {
  const schema = anySchema as OurSchema
  if (typeof schema === 'string') {
    const read = PRIMITIVES[schema] ?? named.get(schema)
    if (read === undefined) throw new TypeError(`the schema names ${schema}, which is not defined before`)
    return read
  }
  if (schema.type === 'array') {
    const item = readerOf(schema.items, named)
    return (source) => readArray(source, item)
  }
  const read = namedReader(schema, named)
  named.set(schema.name, read)
  return read
}

function namedReader(schema: Exclude<OurSchema, string | { type: 'array' }>, named: Map<string, Read>): Read {
  switch (schema.type) {
    case 'record': {
      const names = schema.fields.map(({ name }) => name)
      const reads = schema.fields.map(({ type }) => readerOf(type as avro.Schema, named))
      return (source) => {
        const record: Record<string, unknown> = {}
        for (let at = 0; at < names.length; at++) record[names[at]!] = reads[at]!(source)
        return record
      }
    }
    case 'enum':
      return (source) => schema.symbols[source.index(schema.symbols.length)]
    case 'fixed':
      return (source) => source.bytes(schema.size)
  }
}

/** One block, then the end: how avsc writes. Every item of ours takes at least one byte, so no count can outgrow the bytes. */
function readArray(source: AvroBytes, item: Read): unknown[] {
  const count = source.count()
  if (count === 0) return []
  const values: unknown[] = []
  for (let at = 0; at < count; at++) values.push(item(source))
  if (source.count() !== 0) throw new RangeError('an array in more than one block')
  return values
}
