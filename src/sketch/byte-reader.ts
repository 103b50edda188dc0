import { MonitorError } from '../errors.ts'

/**
 * Reads what ByteWriter wrote and trusts nothing: a byte too few or too many, a varint longer than needed, text that is not
 * UTF-8 are all EVENKEEL_RECORD_CORRUPT. Callers check ranges with `check` and never allocate from an unchecked length.
 */
export class ByteReader {
  private readonly bytes: Uint8Array
  private readonly what: string
  private at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes
    this.what = what
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** Of the next byte. */
  get position(): number {
    return this.at
  }

  check(condition: boolean, problem: string): void {
    if (!condition) throw this.corrupt(problem)
  }

  corrupt(problem: string): MonitorError {
    return new MonitorError('EVENKEEL_RECORD_CORRUPT', `${this.what}: ${problem} (byte ${this.at})`)
  }

  end(): void {
    this.check(this.left === 0, `${this.left} bytes too many`)
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw this.corrupt('ends too early')
    this.at++
    return byte
  }

  /** An unsigned integer in [0, max]. */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    let byte = this.byte()
    if (byte < 0x80) {
      // The hot path of all decoding: no text is made of what is right.
      if (byte > max) throw this.corrupt(`${byte} is above ${max}`)
      return byte
    }
    let value = byte & 0x7f
    let scale = 1
    do {
      byte = this.byte()
      scale *= 0x80
      value += (byte & 0x7f) * scale
      // Told this way round, because enough empty bytes make it NaN.
      if (!(value <= max)) throw this.corrupt(`a number is above ${max}`)
    } while (byte >= 0x80)
    this.check(byte !== 0, 'a number is longer than needed')
    return value
  }

  /** Any integer of up to `bitsMax` bits. */
  zigzag(bitsMax: number): bigint {
    let folded = 0n
    let shift = 0n
    let byte: number
    do {
      byte = this.byte()
      this.check(shift <= bitsMax, 'a number is too large')
      folded |= BigInt(byte & 0x7f) << shift
      shift += 7n
    } while (byte >= 0x80)
    this.check(byte !== 0 || shift === 7n, 'a number is longer than needed')
    return folded & 1n ? -((folded + 1n) >> 1n) : folded >> 1n
  }

  /** The same of up to 34 bits, as a number. */
  index(): number {
    const folded = this.varint(0x7ffffffff)
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2
  }

  /** Passes over bytes that the caller has looked at. */
  skip(length: number): void {
    this.at += length
  }

  /** All that is left. */
  rest(): Uint8Array {
    const rest = this.bytes.subarray(this.at)
    this.at = this.bytes.length
    return rest
  }

  uint32(): number {
    this.look(4)
    return numbers.getUint32(0, true)
  }

  double(): number {
    this.look(8)
    return numbers.getFloat64(0, true)
  }

  text(utf8LengthMax: number): string {
    const length = this.varint(utf8LengthMax)
    this.check(this.left >= length, 'ends too early')
    const utf8 = this.bytes.subarray(this.at, this.at + length)
    try {
      const text = utf8Decoder.decode(utf8)
      this.at += length
      return text
    } catch {
      // The decoder's own error names no place.
      throw this.corrupt('a text is not UTF-8')
    }
  }

  /** Puts the next bytes where a number can be read: a view of these bytes would be an object for each number. */
  private look(length: number): void {
    this.check(this.left >= length, 'ends too early')
    for (let at = 0; at < length; at++) numberBytes[at] = this.bytes[this.at + at]!
    this.at += length
  }
}

const numberBytes = new Uint8Array(8)
const numbers = new DataView(numberBytes.buffer)
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
