/**
 * Bytes of the sketches: unsigned integers as LEB128 varints (7 bits a byte, low bits first, never longer than needed),
 * signed ones zigzagged, doubles as 8 bytes little-endian. One value has one form, so equal sketches have equal bytes.
 */
export class ByteWriter {
  private buffer: Uint8Array
  private view: DataView
  private length = 0

  constructor() {
    const memory = spare ?? newMemory(BYTES_FIRST)
    spare = null
    this.buffer = memory.buffer
    this.view = memory.view
  }

  /** What was written, as a copy. It ends the writer: its memory goes to the next. */
  bytes(): Uint8Array {
    const bytes = copyOf(this.buffer, this.length)
    spare = { buffer: this.buffer, view: this.view }
    return bytes
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
    const utf8 = utf8Encoder.encode(value)
    this.varint(utf8.length)
    this.reserve(utf8.length)
    this.buffer.set(utf8, this.length)
    this.length += utf8.length
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return
    const grown = newMemory(Math.max(this.buffer.length * 2, this.length + more))
    grown.buffer.set(this.buffer)
    this.buffer = grown.buffer
    this.view = grown.view
  }
}

interface Memory {
  buffer: Uint8Array
  view: DataView
}

/**
 * A closing pane writes some two hundred sketches one after the other. That each of them had memory of its own, and had it
 * grow, was most of the garbage beside the heap, which V8 answers with collections of everything.
 */
let spare: Memory | null = null
const BYTES_FIRST = 65_536

function newMemory(length: number): Memory {
  const buffer = new Uint8Array(length)
  return { buffer, view: new DataView(buffer.buffer) }
}

/** Copies stand side by side in common memory, which nobody writes again; large ones have their own. */
let page = new Uint8Array(0)
let pageUsed = 0
const PAGE_BYTES = 65_536
const PAGED_MAX = 8192
const NOTHING = new Uint8Array(0)

function copyOf(buffer: Uint8Array, length: number): Uint8Array {
  if (length === 0) return NOTHING
  if (length > PAGED_MAX) return buffer.slice(0, length)
  if (pageUsed + length > page.length) {
    page = new Uint8Array(PAGE_BYTES)
    pageUsed = 0
  }
  const copy = page.subarray(pageUsed, pageUsed + length)
  copy.set(buffer.subarray(0, length))
  pageUsed += length
  return copy
}

const utf8Encoder = new TextEncoder()

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
