import { isUtf8 } from 'node:buffer'
import { COMPLEX } from './decoder.ts'
import type { SlotValue } from './decoder.ts'
import {
  BOOLEAN,
  CLOSE_BRACE,
  COMMA,
  LETTER_E,
  LETTER_T,
  MINUS,
  NINE,
  NULL,
  NUMBER,
  OPEN_BRACE,
  POINT,
  SPACE,
  STRING,
  TYPE_OF,
  ZERO,
} from './json-bytes.ts'
import { JsonSkipper } from './json-skipper.ts'
import type { JsonShapes, ShapeNode } from './json-shapes.ts'
import { createStringReader } from './string-reader.ts'
import type { StringReader } from './string-reader.ts'

/**
 * Reads JSON events that are built like events before: straight off the bytes, without an object, making values only of
 * the fields that somebody wants. That takes less than half the time of parsing an event and walking its object.
 *
 *   {"event_id":"e1","price":12.5,"tags":["a"]}
 *     key as expected? ─ value's first byte tells its type ─ wanted: read it, else: pass over it ─ next node of the trie
 *
 * It may give up at any byte, for any reason: a key that no event had here before, a value that has never been of this type, a
 * number or an escape that is not for it, bytes that are not JSON. Then the caller parses, which also teaches the trie, so the
 * next such event is known. What it does accept must be JSON to the last byte, and mean what `JSON.parse` makes of it.
 *
 * Why a key cannot come twice: paths of the trie are made from the keys of parsed objects, which are all different, and from
 * no path does the same key lead on. So an event that repeats a key leaves the trie, and the caller's parser decides.
 */
export class JsonScanner extends JsonSkipper {
  private readonly shapes: JsonShapes
  private readonly slotCount: number
  private readonly strings: readonly StringReader[]

  constructor(shapes: JsonShapes, slotCount: number) {
    super()
    this.shapes = shapes
    this.slotCount = slotCount
    this.strings = Array.from({ length: slotCount }, createStringReader)
  }

  /** The node behind the event's last field; null = given up, and `values` are void. */
  scan(data: Buffer, start: number, end: number, values: SlotValue[]): ShapeNode | null {
    this.bytes = data
    this.end = end
    this.seen = 0
    for (let slot = 0; slot < this.slotCount; slot++) values[slot] = undefined
    let at = this.spaces(start)
    if (data[at] !== OPEN_BRACE) return null
    at = this.spaces(at + 1)
    let node = this.shapes.root
    if (data[at] === CLOSE_BRACE) at++
    else {
      for (;;) {
        let next = node.likely
        if (next === null) return null
        let valueAt = this.wordEnd(next.spelled ?? next.spell(), at)
        if (valueAt < 0) {
          next = this.otherChild(node, at)
          if (next === null) return null
          valueAt = this.wordEnd(next.spelled ?? next.spell(), at)
          if (valueAt < 0) return null
        }
        if (data[valueAt]! <= SPACE) valueAt = this.spaces(valueAt)

        const type = TYPE_OF[data[valueAt]!]!
        if (next.type !== type) next = sibling(node, next, type)
        if (next === null) return null
        at = next.slot < 0 ? this.skip(valueAt, type, 1) : this.read(data, valueAt, next, values)
        if (at < 0) return null
        if (node.likely !== next) node.likely = next
        node = next

        if (data[at]! <= SPACE) at = this.spaces(at)
        const separator = data[at++]
        if (separator === CLOSE_BRACE) break
        if (separator !== COMMA) return null
        if (data[at]! <= SPACE) at = this.spaces(at)
      }
    }
    if (this.spaces(at) !== end) return null
    return this.seen < 128 || isUtf8(data.subarray(start, end)) ? node : null
  }

  /** A child of `node`, of any type, by the key that stands at `at`: where fields may be left out. */
  private otherChild(node: ShapeNode, at: number): ShapeNode | null {
    this.hasEscape = false
    const end = this.skipString(at)
    if (end < 0 || this.hasEscape) return null
    const byType = node.others?.get((this.bytes as Buffer).toString('utf8', at + 1, end - 1))
    return byType?.find((child) => child !== undefined) ?? null
  }

  /** Reads the value of a field into its slot. */
  private read(data: Buffer, at: number, { type, slot }: ShapeNode, values: SlotValue[]): number {
    switch (type) {
      case STRING:
        return this.readString(data, at, slot, values)
      case NUMBER:
        return this.readNumber(data, at, slot, values)
      case NULL:
        values[slot] = null
        break
      case BOOLEAN:
        values[slot] = this.bytes[at] === LETTER_T
        break
      default:
        values[slot] = COMPLEX
    }
    return this.skip(at, type, 1)
  }

  private readString(data: Buffer, at: number, slot: number, values: SlotValue[]): number {
    this.hasEscape = false
    const end = this.skipString(at)
    if (end < 0) return -1
    const text = this.hasEscape
      ? (JSON.parse(data.toString('utf8', at, end)) as string)
      : this.strings[slot]!(data, at + 1, end - at - 2)
    if (text === undefined) return -1
    values[slot] = text
    return end
  }

  /**
   * Up to 15 digits are exact in a double, and so is a power of ten up to 22: then one division rounds as the decimal itself
   * would (Clinger 1990). Everything else is for `Number`, which reads the same grammar.
   */
  private readNumber(data: Buffer, from: number, slot: number, values: SlotValue[]): number {
    const { bytes } = this
    let at = from
    const isNegative = bytes[at] === MINUS
    if (isNegative) at++
    let mantissa = 0
    let scale = 0
    const firstDigit = at
    for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) mantissa = mantissa * 10 + (bytes[at]! - ZERO)
    let digits = at - firstDigit
    if (digits === 0 || (digits > 1 && bytes[firstDigit] === ZERO)) return -1
    if (bytes[at] === POINT) {
      const firstOfFraction = ++at
      for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) mantissa = mantissa * 10 + (bytes[at]! - ZERO)
      scale = at - firstOfFraction
      if (scale === 0) return -1
      digits += scale
    }
    const hasExponent = (bytes[at]! | 32) === LETTER_E
    if (!hasExponent && digits <= EXACT_DIGITS) {
      const value = scale === 0 ? mantissa : mantissa / POWERS_OF_TEN[scale]!
      values[slot] = isNegative ? -value : value
      return at
    }
    at = this.skipNumber(from)
    if (at < 0) return -1
    const value = Number(data.toString('latin1', from, at))
    // Beyond 2^53 some slots want every digit.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return -1
    values[slot] = value
    return at
  }
}

/** The child of another type with the key of `child`. */
function sibling(node: ShapeNode, child: ShapeNode, type: number): ShapeNode | null {
  const expected = node.expected[type]
  if (expected == null) return null
  return expected.key === child.key ? expected : (node.others?.get(child.key)?.[type] ?? null)
}

const EXACT_DIGITS = 15
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)
