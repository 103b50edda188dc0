/** Reads Avro's primitives off bytes, each in its one canonical spelling, never beyond the end. Throws RangeError. */
export class AvroBytes {
  private readonly buffer: Buffer
  private at = 0

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  boolean(): boolean {
    const byte = this.byte()
    if (byte > 1) throw new RangeError(`${byte} is no boolean`)
    return byte === 1
  }

  /** 32 bits. */
  int(): number {
    const value = this.long()
    if (value !== (value | 0)) throw new RangeError('a number beyond 2^31')
    return value
  }

  /** A zigzag varint from -2^52 to 2^53 - 2, which is what avsc writes rightly, in as few bytes as it needs. */
  long(): number {
    let byte = this.byte()
    const isNegative = (byte & 1) === 1
    // Without the sign's bit, which a double beyond 2^53 has no room for.
    let size = (byte & 127) >> 1
    for (let unit = 64; byte >= 128; unit *= 128) {
      byte = this.byte()
      size += (byte & 127) * unit
      // Told this way round, because enough empty bytes make it NaN.
      if (!(size < Number.MAX_SAFE_INTEGER)) throw new RangeError('a number beyond 2^53')
      if (byte === 0) throw new RangeError('a number with needless bytes')
    }
    if (isNegative && size >= NEGATIVE_SIZES) throw new RangeError('a number beyond 2^53')
    return isNegative ? -size - 1 : size
  }

  /** Of items or bytes to follow: never more than there are bytes left. */
  count(): number {
    return this.index(this.buffer.length - this.at + 1)
  }

  /** In [0, end). */
  index(end: number): number {
    const value = this.long()
    if (value < 0 || value >= end) throw new RangeError(`${value} is out of bounds`)
    return value
  }

  bytes(length: number): Buffer {
    // Of a slice most are: nothing was null, nothing absent, nothing out of range.
    if (length === 0) return NO_BYTES
    if (length > this.buffer.length - this.at) throw new RangeError('it ends early')
    this.at += length
    return this.buffer.subarray(this.at - length, this.at)
  }

  /** Valid UTF-8 only. */
  text(): string {
    return UTF8.decode(this.bytes(this.count()))
  }

  end(): void {
    if (this.at < this.buffer.length) throw new RangeError('bytes after its end')
  }

  private byte(): number {
    const byte = this.buffer[this.at++]
    if (byte === undefined) throw new RangeError('it ends early')
    return byte
  }
}

const NO_BYTES = Buffer.alloc(0)
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** 2^52 */
const NEGATIVE_SIZES = 0x10000000000000
