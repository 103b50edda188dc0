import { COMPLEX } from './decoder.ts'
import type { FoundSchema, Shape, SlotValue } from './decoder.ts'
import { shapesOf } from './avro-shape.ts'
import type { ShapePlan } from './avro-shape.ts'
import { parseSchema, SchemaFault } from './parse-schema.ts'
import { ReaderSource } from './reader-source.ts'
import {
  cursor,
  equalBytes,
  readDouble,
  readFloat,
  readLong,
  restOfNumber,
  skipRestOfNumber,
} from './reader-runtime.ts'
import { createStringReader } from './string-reader.ts'

/** Reads values of one writer schema. */
export interface AvroReader {
  readonly kind: 'reader'
  /** Fills the slots; answers the position behind the value, or `-fault`. Reads nothing at or behind `end`. */
  read(bytes: Buffer, position: number, end: number, values: SlotValue[]): number
  /** The outline of what was read last. */
  shape(): Shape
}

/** `plan.paths` is in slot order. A schema that cannot be used is a fault, which tells why. */
export function createAvroReader(plan: ShapePlan, found: FoundSchema): AvroReader | SchemaFault {
  if (found.unusable !== undefined) return new SchemaFault(found.unusable)
  const root = parseSchema(found.schema, found.references)
  if (root.kind === 'fault') return root
  try {
    const source = new ReaderSource()
    const targets = plan.paths.map((path, slot) => ({ path, slot }))
    const text = source.write(root, targets, plan.paths.length)
    const shapes = shapesOf(root, found.id, plan.time.field)
    return { kind: 'reader', read: instantiate(text, source.constants, plan.paths.length), shape: shapeReader(shapes) }
  } catch (error) {
    if (error instanceof SchemaFault) return error
    // A graph of thousands of records that contain each other exhausts the stack of whoever walks it.
    if (error instanceof RangeError) return new SchemaFault('schema is too complex')
    throw error
  }
}

function instantiate(text: string, constants: readonly unknown[], slotCount: number): AvroReader['read'] {
  // The text holds no byte of the schema's own words: see ReaderSource.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function('x', 'V', 'W', 'L', 'F', 'D', 'Q', 'S', 'K', 'C', text) as (
    ...parts: unknown[]
  ) => AvroReader['read']
  const strings = Array.from({ length: slotCount }, createStringReader)
  const helpers = [restOfNumber, skipRestOfNumber, readLong, readFloat, readDouble, equalBytes]
  return make(cursor, ...helpers, strings, constants, COMPLEX)
}

/** A union at the root (several event types in one topic) has an outline per branch. */
function shapeReader(shapes: readonly Shape[]): () => Shape {
  const first = shapes[0]!
  return shapes.length === 1 ? () => first : () => shapes[cursor.k]!
}
