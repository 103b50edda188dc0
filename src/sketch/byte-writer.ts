/**
 * Bytes of the sketches: unsigned integers as LEB128 varints (7 bits a byte, low bits first, never longer than needed),
 * signed ones zigzagged, doubles as 8 bytes little-endian. One value has one form, so equal sketches have equal bytes.
 */
export class ByteWriter {
  private buffer = new Uint8Array(256)
  private view = new DataView(this.buffer.buffer)
  private length = 0

  /** What was written so far, as a copy of its own. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }

  /** 0 <= value <= 2^53 - 1. */
  varint(value: number): void {
    this.reserve(VARINT_SIZE_MAX)
    this.length = putVarint(this.buffer, this.length, value)
  }

  /** For loops that cannot afford a call a value: `put` writes at most `size` bytes from `end` on, and answers the new end. */
  direct(size: number, put: (bytes: Uint8Array, end: number) => number): void {
    this.reserve(size)
    this.length = put(this.buffer, this.length)
  }

  /** Any integer; the same form as `varint(2v)` for v >= 0, `varint(-2v - 1)` below. */
  zigzag(value: bigint): void {
    const folded = value >= 0n ? value << 1n : (-value << 1n) - 1n
    if (folded <= SAFE_MAX) return this.varint(Number(folded))
    let rest = folded
    while (rest >= 0x80n) {
      this.byte(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.byte(Number(rest))
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.length++] = value
  }

  uint32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.length, value, true)
    this.length += 4
  }

  double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** Its UTF-8 length, then its UTF-8. */
  text(value: string): void {
    const utf8 = new TextEncoder().encode(value)
    this.varint(utf8.length)
    this.reserve(utf8.length)
    this.buffer.set(utf8, this.length)
    this.length += utf8.length
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more))
    grown.set(this.buffer)
    this.buffer = grown
    this.view = new DataView(grown.buffer)
  }
}

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER)
const VARINT_SIZE_MAX = 8

/** Where the caller knows that there is room. */
export function putVarint(bytes: Uint8Array, end: number, value: number): number {
  let rest = value
  while (rest >= 0x80) {
    bytes[end++] = (rest & 0x7f) | 0x80
    rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80)
  }
  bytes[end++] = rest
  return end
}
