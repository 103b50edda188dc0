import { ByteReader } from './byte-reader.ts'
import { categoryName } from './category-name.ts'

/**
 * The encoding of `CategoryCounts`, read no further than it takes to know that it is sound: every name is UTF-8, comes after the
 * one before it, and holds a count. Most names are short and ASCII, and need not become texts for that.
 */
export class NamesInBytes {
  readonly length: number
  /** Count of the names that are not kept. */
  readonly dropped: number
  private readonly bytes: Uint8Array
  private readonly utf8Max: number

  constructor(given: Uint8Array, lengthMax: number, utf8Max: number) {
    // A copy, because who keeps some names would keep the whole slice that they came in.
    const bytes = new Uint8Array(given)
    const reader = new ByteReader(bytes, 'category counts')
    this.bytes = bytes
    this.utf8Max = utf8Max
    this.length = reader.varint(lengthMax)
    let total = 0
    let lastFrom = 0
    let lastTo = 0
    for (let at = 0; at < this.length; at++) {
      const from = this.passName(reader)
      const to = reader.position
      reader.check(at === 0 || isBefore(bytes, lastFrom, lastTo, from, to), 'names out of order')
      const count = reader.varint()
      reader.check(count > 0, 'a name without a count')
      total += count
      lastFrom = from
      lastTo = to
    }
    this.dropped = this.length === lengthMax ? reader.varint() : 0
    reader.check(total + this.dropped <= Number.MAX_SAFE_INTEGER, 'counts are too large')
    reader.end()
  }

  /** By UTF-8 bytes. */
  entries(): [name: string, count: number][] {
    const reader = new ByteReader(this.bytes, 'category counts')
    const ascii = Buffer.from(this.bytes.buffer)
    return Array.from({ length: reader.varint() }, () => {
      const at = reader.position
      if (!this.isPlain(at)) return [reader.text(this.utf8Max), reader.varint()]
      // A week of a field of many names is half a million texts, and the decoder of UTF-8 asks for an object for each.
      reader.skip(1 + this.bytes[at]!)
      return [ascii.toString('latin1', at + 1, reader.position), reader.varint()]
    })
  }

  /** Answers where its text begins. */
  private passName(reader: ByteReader): number {
    const at = reader.position
    const length = this.bytes[at] ?? 0
    if (this.isPlain(at)) {
      reader.skip(1 + length)
      return at + 1
    }
    const name = reader.text(this.utf8Max)
    reader.check(name === categoryName(name), 'a name that is too long')
    return at + (length < SHORT_MAX ? 1 : 2)
  }

  /** What begins here, with its length, is short and ASCII. */
  private isPlain(at: number): boolean {
    const { bytes } = this
    const length = bytes[at] ?? 0
    return length < SHORT_MAX && at + 1 + length <= bytes.length && isAscii(bytes, at + 1, at + 1 + length)
  }
}

/** A length below it takes one byte; above it takes two. */
const SHORT_MAX = 128

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  let all = 0
  for (let at = from; at < to; at++) all |= bytes[at]!
  return all < 0x80
}

function isBefore(bytes: Uint8Array, oneFrom: number, oneTo: number, otherFrom: number, otherTo: number): boolean {
  const length = Math.min(oneTo - oneFrom, otherTo - otherFrom)
  for (let at = 0; at < length; at++) {
    const difference = bytes[oneFrom + at]! - bytes[otherFrom + at]!
    if (difference !== 0) return difference < 0
  }
  return oneTo - oneFrom < otherTo - otherFrom
}
