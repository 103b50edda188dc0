import avro from 'avsc'
import { MonitorError } from '../errors.ts'

/**
 * An Avro type for bytes of our own making: canonical, so decoding is strict. Anything else is `EVENKEEL_RECORD_CORRUPT`.
 *
 * avsc believes an array's block count: five hostile bytes make it allocate billions of items, which no catch survives. So each
 * array's reader is replaced: one block, never more items than bytes that are left (every item of ours takes at least one).
 */
export interface BoundedType<T> {
  encode(value: T): Buffer
  /** Only syntax and bounds; that the bytes are the canonical ones is for the caller to check, after the sketches in them were read. */
  decode(bytes: Uint8Array): T
}

export function boundedType<T>(schema: avro.Schema): BoundedType<T> {
  const type = avro.Type.forSchema(schema)
  boundArrays(type, new Set())
  return {
    encode: (value) => type.toBuffer(value),
    decode: (bytes) => {
      try {
        return type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as T
      } catch (cause) {
        throw corrupt('its bytes are not Avro of its schema', cause)
      }
    },
  }
}

export function corrupt(what: string, cause?: unknown): MonitorError {
  return new MonitorError('EVENKEEL_RECORD_CORRUPT', what, { cause })
}

interface Tap {
  buf: Uint8Array
  pos: number
  readLong(): number
}
interface Readable {
  _read(tap: Tap): unknown
}

function boundArrays(type: avro.Type, seen: Set<avro.Type>): void {
  if (seen.has(type)) return
  seen.add(type)
  if (type instanceof avro.types.RecordType) for (const field of type.fields) boundArrays(field.type, seen)
  if (!(type instanceof avro.types.ArrayType)) return
  boundArrays(type.itemsType, seen)
  const items = type.itemsType as unknown as Readable
  ;(type as unknown as Readable)._read = (tap) => readBlock(tap, items)
}

function readBlock(tap: Tap, items: Readable): unknown[] {
  const count = tap.readLong()
  if (count === 0) return []
  if (count < 0 || count > tap.buf.length - tap.pos) throw new RangeError(`an array cannot have ${count} items here`)
  const values: unknown[] = []
  for (let at = 0; at < count; at++) values.push(items._read(tap))
  if (tap.readLong() !== 0) throw new RangeError('an array in more than one block')
  return values
}
