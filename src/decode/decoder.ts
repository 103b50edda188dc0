import type { LogRecord } from '../log/log.ts'

/**
 * What the decoder puts into a slot:
 * undefined = absent, null, boolean, number (NaN and infinities included), bigint (an integer beyond 2^53-1), string,
 * or COMPLEX for anything else (record, array, map, bytes, fixed): never a scalar, so a `wrong-type` wherever one is wanted.
 */
export type SlotValue = undefined | null | boolean | number | bigint | string | typeof COMPLEX
export const COMPLEX: unique symbol = Symbol('complex')

/**
 * The outline of an event: which schema it came by and which top-level fields, of which types, it has.
 * Interned: the same outline is the same object, so observe counts it with one increment.
 */
export interface Shape {
  readonly kind: 'shape'
  /** Registry id, GUID, file name or `json`. */
  readonly schemaId: string
  /** Top-level fields as `name:type`, sorted. At most 256, each at most 128 characters; the rest is left out. */
  readonly fields: readonly string[]
  /** The unit of the event time where the configuration leaves it to the schema: by the logical type; null = none (a long is ms). */
  readonly timeUnit: 'ms' | 'us' | null
}

export interface Undecoded {
  readonly kind: 'violation'
  readonly reason: 'undecodable' | 'unknown-schema' | 'oversized'
  /** What was wrong, without any of the payload. */
  readonly detail: string
}

/** Synchronous and pure: needs `prepare` (of the same SchemaSource) to have seen the batch. Fills `values` by the plan's slots; never throws. */
export interface Decoder {
  decode(record: LogRecord, values: SlotValue[]): Shape | Undecoded
}

/** The schemas that were found so far. The outside (src/registry/) fetches; the decoder only looks up. */
export interface SchemaLookup {
  /** What was found; `'absent'` when the registry answered that there is none; undefined when nobody has asked yet (`prepare` was left out). */
  get(key: SchemaKey): FoundSchema | 'absent' | undefined
}

export interface FoundSchema {
  /** Registry id, GUID or file name. */
  id: string
  /** Avro schema as JSON text. */
  schema: string
  /** Texts of the schemas that it refers to by name, each after those that it refers to itself. */
  references?: readonly string[]
  /** Why it cannot be used although it exists: too long, not Avro. */
  unusable?: string
}

/** `id:<n>` (Confluent prefix), `guid:<hex>` (header form), `subject:<name>` (records without any id). */
export type SchemaKey = `id:${number}` | `guid:${string}` | `subject:${string}`
