import { isUtf8 } from 'node:buffer'
import type { StreamPlan } from '../pane/plan.ts'
import { COMPLEX } from './decoder.ts'
import type { Decoder, Shape, SlotValue, Undecoded } from './decoder.ts'
import { DEPTH_MAX, isTooDeep } from './json-depth.ts'
import { exactSlots, parseExact } from './json-exact.ts'
import { JsonScanner } from './json-scanner.ts'
import { FIELDS_MAX, JsonShapes } from './json-shapes.ts'
import type { ShapeNode } from './json-shapes.ts'
import { hasPrefix, PREFIX_SIZE, SCHEMA_HEADER } from './wire.ts'
import { undecodable } from './undecoded.ts'

/**
 * JSON records: one object each. A path is first an own key of exactly that text, else a walk along own keys. A key like
 * `__proto__` is a key like any other: nothing is ever assigned to or from an object.
 *
 * Confluent's JSON Schema serializer puts the same five bytes in front as for Avro; JSON cannot begin with a zero, so they
 * are told apart and passed over.
 */
export function createJsonDecoder(plan: StreamPlan): Decoder {
  const reader = createJsonReader(plan)
  return {
    decode({ value, headers }, values) {
      const isFramed = hasPrefix(value!) && headers[SCHEMA_HEADER] === undefined
      return reader.read(value!, isFramed ? PREFIX_SIZE : 0, value!.length, values)
    },
  }
}

/** Reads the JSON text in `data[start, end)`: a record's value, or a line of a file. */
export interface JsonReader {
  read(data: Buffer, start: number, end: number, values: SlotValue[]): Shape | Undecoded
}

export function createJsonReader(plan: StreamPlan): JsonReader {
  return new Reader(plan)
}

const SCANS_WINDOW = 64
const UNSCANNED = 1024

type JsonObject = Readonly<Record<string, unknown>>

class Reader implements JsonReader {
  private readonly slotCount: number
  private readonly slots: ReadonlyMap<string, number>
  private readonly dotted: readonly { path: string; keys: readonly string[]; slot: number }[]
  private readonly exactSlots: readonly number[]
  private readonly shapes: JsonShapes
  /** null where paths lead into objects: then there are objects to make. */
  private readonly scanner: JsonScanner | null
  private scans = 0
  private failures = 0
  /** Events still to be left to the parser. */
  private unscanned = 0

  constructor(plan: StreamPlan) {
    this.slotCount = plan.paths.length
    this.slots = new Map(plan.paths.map((path, slot) => [path, slot]))
    this.dotted = plan.paths
      .map((path, slot) => ({ path, keys: path.split('.'), slot }))
      .filter(({ keys }) => keys.length > 1)
    this.exactSlots = exactSlots(plan)
    this.shapes = new JsonShapes('json', this.slots)
    this.scanner = this.dotted.length > 0 ? null : new JsonScanner(this.shapes, this.slotCount)
  }

  read(data: Buffer, start: number, end: number, values: SlotValue[]): Shape | Undecoded {
    const node = this.scan(data, start, end, values)
    return node === null ? this.parse(data, start, end, values) : this.shapes.shapeAt(node)
  }

  /** null where the scanner gives up. A stream that it cannot read is noticed, and left to the parser for a while. */
  private scan(data: Buffer, start: number, end: number, values: SlotValue[]): ShapeNode | null {
    if (this.scanner === null) return null
    if (this.unscanned > 0) {
      this.unscanned--
      return null
    }
    const node = this.scanner.scan(data, start, end, values)
    if (node === null) this.failures++
    if (++this.scans < SCANS_WINDOW) return node
    if (this.failures > SCANS_WINDOW / 2) this.unscanned = UNSCANNED
    this.scans = 0
    this.failures = 0
    return node
  }

  private parse(data: Buffer, start: number, end: number, values: SlotValue[]): Shape | Undecoded {
    const text = data.toString('utf8', start, end)
    // U+FFFD stands for what is not UTF-8, but may also stand in the text itself.
    if (text.includes('\ufffd') && !isUtf8(data.subarray(start, end))) return undecodable('text is not UTF-8')
    if (isTooDeep(text, DEPTH_MAX)) return undecodable('JSON nests too deep')
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return undecodable('text is not JSON')
    }
    if (!isObject(json)) return undecodable('JSON is not an object')
    const shape = this.fill(json, values)
    if (this.hasInexact(values)) this.fill(parseExact(text) as JsonObject, values)
    return shape
  }

  private fill(event: JsonObject, values: SlotValue[]): Shape {
    for (let slot = 0; slot < this.slotCount; slot++) values[slot] = undefined
    const node = walkExpected(this.shapes.root, event, values) ?? this.walkAny(event, values)
    for (const { path, keys, slot } of this.dotted) {
      if (!Object.hasOwn(event, path)) values[slot] = slotValue(walk(event, keys))
    }
    return this.shapes.shapeAt(node)
  }

  private walkAny(event: JsonObject, values: SlotValue[]): ShapeNode {
    let node = this.shapes.root
    let count = 0
    for (const key in event) {
      const value = event[key]
      if (count++ < FIELDS_MAX) node = this.shapes.step(node, key, typeIndex(value))
      const slot = this.slots.get(key)
      if (slot !== undefined) values[slot] = slotValue(value)
    }
    return node
  }

  private hasInexact(values: readonly SlotValue[]): boolean {
    for (const slot of this.exactSlots) {
      const value = values[slot]
      if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return true
    }
    return false
  }
}

/**
 * The walk of an event whose keys all follow as they did before; null when one does not. It stands alone because V8 reads
 * objects four times as fast in a loop that calls nothing.
 */
function walkExpected(root: ShapeNode, event: JsonObject, values: SlotValue[]): ShapeNode | null {
  let node = root
  for (const key in event) {
    const value = event[key]
    const next = node.expected[typeIndex(value)]!
    if (next === null || next.key !== key) return null
    if (next.slot >= 0) values[next.slot] = typeof value === 'object' && value !== null ? COMPLEX : (value as SlotValue)
    node = next
  }
  return node
}

/** Below a null everything is null; below anything but an object, nothing. */
function walk(event: JsonObject, keys: readonly string[]): unknown {
  let at: unknown = event
  for (const key of keys) {
    if (at === null) return null
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined
    at = at[key]
  }
  return at
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function slotValue(value: unknown): SlotValue {
  return typeof value === 'object' && value !== null ? COMPLEX : (value as SlotValue)
}

/** Index into JSON_TYPES. A bigint is a number that was read exactly. (A `switch (typeof value)` takes five times as long.) */
function typeIndex(value: unknown): number {
  if (typeof value === 'number') return 2
  if (typeof value === 'string') return 3
  if (value === null) return 0
  if (typeof value === 'boolean') return 1
  if (typeof value === 'bigint') return 2
  return Array.isArray(value) ? 5 : 4
}
