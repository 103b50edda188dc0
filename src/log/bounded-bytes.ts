import { CompressedDataError } from './compressed-data-error.ts'

/** Bytes that grow by doubling up to a bound; shared by LZ4 and Snappy, which both copy from what was written. */
export class BoundedBytes {
  size = 0
  readonly #bytesMax: number
  #buffer: Buffer

  constructor(bytesMax: number, sizeExpected = 1 << 16) {
    this.#bytesMax = bytesMax
    this.#buffer = Buffer.allocUnsafe(Math.min(bytesMax, sizeExpected))
  }

  literals(input: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    this.size += input.copy(this.#buffer, this.size, start, end)
  }

  match(distance: number, length: number): void {
    if (distance === 0 || distance > this.size) throw new CompressedDataError('a match points before the output')
    this.#reserve(length)
    const buffer = this.#buffer
    const from = this.size - distance
    if (distance >= length && length > 16) buffer.copyWithin(this.size, from, from + length)
    else for (let i = 0; i < length; i++) buffer[this.size + i] = buffer[from + i]!
    this.size += length
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.size)
  }

  #reserve(length: number): void {
    const needed = this.size + length
    if (needed > this.#bytesMax) throw new CompressedDataError(`more than ${this.#bytesMax} bytes when decompressed`)
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.min(this.#bytesMax, Math.max(needed, this.#buffer.length * 2)))
    this.#buffer.copy(grown, 0, 0, this.size)
    this.#buffer = grown
  }
}
