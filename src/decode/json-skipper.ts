import {
  ARRAY,
  BACKSLASH,
  BOOLEAN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  ESCAPED,
  HEX,
  LETTER_E,
  LETTER_T,
  LETTER_U,
  MINUS,
  NINE,
  NULL,
  NUMBER,
  OBJECT,
  PLUS,
  POINT,
  QUOTE,
  SPACES,
  STRING,
  TYPE_OF,
  WORD_FALSE,
  WORD_NULL,
  WORD_TRUE,
  ZERO,
} from './json-bytes.ts'
import { DEPTH_MAX } from './json-depth.ts'

/**
 * Passes over JSON values (RFC 8259) byte by byte and makes nothing of them. Every method takes the position where something
 * begins and answers the one behind it, or -1 where it is no such thing. None but strings and spaces stop at `end`: whoever
 * adds the positions up sees when they have gone beyond it.
 */
export class JsonSkipper {
  protected bytes: Uint8Array = NO_BYTES
  protected end = 0
  /** All bytes of strings since it was cleared, or-ed: from 128 on there is something that has to be UTF-8. */
  protected seen = 0
  /** A string since it was cleared has an escape. */
  protected hasEscape = false

  /** Passes over a value of this type; `depth` = levels it stands in. */
  protected skip(at: number, type: number, depth: number): number {
    switch (type) {
      case STRING:
        return this.skipString(at)
      case NUMBER:
        return this.skipNumber(at)
      case NULL:
        return this.wordEnd(WORD_NULL, at)
      case BOOLEAN:
        return this.wordEnd(this.bytes[at] === LETTER_T ? WORD_TRUE : WORD_FALSE, at)
      case OBJECT:
        return this.skipObject(at, depth + 1)
      case ARRAY:
        return this.skipArray(at, depth + 1)
      default:
        return -1
    }
  }

  protected skipString(from: number): number {
    const { bytes, end } = this
    let seen = 0
    for (let at = from + 1; at < end; at++) {
      const byte = bytes[at]!
      seen |= byte
      if (byte === QUOTE) {
        this.seen |= seen
        return bytes[from] === QUOTE ? at + 1 : -1
      }
      if (byte < 32) return -1
      if (byte === BACKSLASH) {
        this.hasEscape = true
        at = this.escapeEnd(at)
        if (at < 0) return -1
      }
    }
    return -1
  }

  /** On the last character of an escape. */
  private escapeEnd(from: number): number {
    const { bytes } = this
    if (bytes[from + 1] !== LETTER_U) return ESCAPED[bytes[from + 1]!] === 1 ? from + 1 : -1
    for (let at = from + 2; at < from + 6; at++) if (HEX[bytes[at]!] !== 1) return -1
    return from + 5
  }

  protected skipNumber(from: number): number {
    const { bytes } = this
    let at = bytes[from] === MINUS ? from + 1 : from
    const first = at
    at = this.digits(at)
    if (at === first || (at > first + 1 && bytes[first] === ZERO)) return -1
    if (bytes[at] === POINT) {
      const fraction = at + 1
      at = this.digits(fraction)
      if (at === fraction) return -1
    }
    if ((bytes[at]! | 32) === LETTER_E) {
      const sign = bytes[at + 1]
      const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1
      at = this.digits(exponent)
      if (at === exponent) return -1
    }
    return at
  }

  private digits(from: number): number {
    const { bytes } = this
    let at = from
    while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
    return at
  }

  private skipArray(from: number, depth: number): number {
    if (depth > DEPTH_MAX) return -1
    const { bytes } = this
    let at = this.spaces(from + 1)
    if (bytes[at] === CLOSE_BRACKET) return at + 1
    for (;;) {
      at = this.skip(at, TYPE_OF[bytes[at]!]!, depth)
      if (at < 0) return -1
      at = this.spaces(at)
      if (bytes[at] === CLOSE_BRACKET) return at + 1
      if (bytes[at] !== COMMA) return -1
      at = this.spaces(at + 1)
    }
  }

  private skipObject(from: number, depth: number): number {
    if (depth > DEPTH_MAX) return -1
    const { bytes } = this
    let at = this.spaces(from + 1)
    if (bytes[at] === CLOSE_BRACE) return at + 1
    for (;;) {
      at = this.skipString(at)
      if (at < 0) return -1
      at = this.colon(at)
      if (at < 0) return -1
      at = this.skip(at, TYPE_OF[bytes[at]!]!, depth)
      if (at < 0) return -1
      at = this.spaces(at)
      if (bytes[at] === CLOSE_BRACE) return at + 1
      if (bytes[at] !== COMMA) return -1
      at = this.spaces(at + 1)
    }
  }

  /** Behind the colon and its spaces. */
  protected colon(from: number): number {
    const at = this.spaces(from)
    return this.bytes[at] === COLON ? this.spaces(at + 1) : -1
  }

  /** Behind the word; -1 when something else stands there. */
  protected wordEnd(word: Uint8Array, from: number): number {
    const { bytes } = this
    const { length } = word
    for (let at = 0; at < length; at++) if (bytes[from + at] !== word[at]) return -1
    return from + length
  }

  protected spaces(from: number): number {
    const { bytes, end } = this
    let at = from
    while (at < end && SPACES[bytes[at]!] === 1) at++
    return at
  }
}

const NO_BYTES = new Uint8Array(0)
