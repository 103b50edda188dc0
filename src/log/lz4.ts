import { BoundedBytes } from './bounded-bytes.ts'
import { CompressedDataError } from './compressed-data-error.ts'

/**
 * LZ4 frames, decompressing only, bounded by construction.
 *
 * Why our own: `lz4js` believes the content size in the header, writes past its output in silence and copies byte by
 * byte, so a hostile block costs seconds. Here the output never grows beyond `bytesMax`, and every length is checked
 * before it is used. Blocks may refer to earlier ones (linked blocks), so all are decoded into one buffer.
 *
 * Checksums inside the frame are not checked: Kafka's CRC-32C over the whole batch has been.
 */
const MAGIC = 0x184d2204
const UNCOMPRESSED = 0x80000000
const BLOCK_SIZE_MAX: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 }

export function decompressLz4(input: Buffer, bytesMax: number): Buffer {
  if (input.length < 7 || input.readUInt32LE(0) !== MAGIC) throw new CompressedDataError('no LZ4 frame')
  const flags = input[4]!
  const blockMax = BLOCK_SIZE_MAX[(input[5]! >> 4) & 7]
  if (flags >> 6 !== 1 || blockMax === undefined)
    throw new CompressedDataError('unknown LZ4 frame version or block size')
  if (flags & 1) throw new CompressedDataError('LZ4 dictionaries are not supported')
  const hasBlockChecksum = (flags & 0x10) !== 0
  const output = new BoundedBytes(bytesMax)
  for (let at = 6 + (flags & 8 ? 8 : 0) + 1; ;) {
    if (at + 4 > input.length) throw new CompressedDataError('LZ4 frame is cut short')
    const word = input.readUInt32LE(at)
    if (word === 0) return output.bytes()
    const size = word & ~UNCOMPRESSED
    const start = at + 4
    at = start + size + (hasBlockChecksum ? 4 : 0)
    if (at > input.length || size > blockMax) throw new CompressedDataError('LZ4 block is cut short or too large')
    if ((word & UNCOMPRESSED) !== 0) output.literals(input, start, start + size)
    else decompressBlock(input, start, start + size, output, output.size + blockMax)
  }
}

/** Tokens: literals, then a match (an earlier piece of the output, perhaps overlapping itself). */
function decompressBlock(input: Buffer, start: number, end: number, output: BoundedBytes, outputMax: number): void {
  for (let at = start; at < end;) {
    const token = input[at++]!
    let literals = token >> 4
    if (literals === 15) {
      let more: number
      do {
        more = at < end ? input[at++]! : 0
        literals += more
      } while (more === 255)
    }
    if (literals > 0) {
      if (at + literals > end) throw new CompressedDataError('LZ4 literals leave their block')
      output.literals(input, at, at + literals)
      at += literals
    }
    if (at >= end) break // the last token of a block has no match
    if (at + 2 > end) throw new CompressedDataError('LZ4 match is cut short')
    const distance = input[at]! | (input[at + 1]! << 8)
    at += 2
    let length = token & 15
    if (length === 15) {
      let more: number
      do {
        more = at < end ? input[at++]! : 0
        length += more
      } while (more === 255)
    }
    output.match(distance, length + 4)
    if (output.size > outputMax) throw new CompressedDataError('LZ4 block is larger than it may be')
  }
}
