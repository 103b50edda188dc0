import { BoundedBytes } from './bounded-bytes.ts'
import { CompressedDataError } from './compressed-data-error.ts'

/**
 * Snappy, raw and in the Java library's framing, decompressing only.
 *
 * Why our own: the usual decoder has no bound (3 MB grow to 64 MB). Snappy states the size up front, so a bomb is
 * refused before a byte is written, and a block that writes more than it stated is refused as well.
 */
const JAVA_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const JAVA_HEADER_SIZE = 16

export function decompressSnappy(input: Buffer, bytesMax: number): Buffer {
  if (!input.subarray(0, JAVA_HEADER.length).equals(JAVA_HEADER)) return decompressBlock(input, bytesMax)
  const blocks: Buffer[] = []
  let size = 0
  for (let at = JAVA_HEADER_SIZE; at < input.length;) {
    if (at + 4 > input.length) throw new CompressedDataError('Snappy frame is cut short')
    const blockEnd = at + 4 + input.readUInt32BE(at)
    if (blockEnd > input.length) throw new CompressedDataError('Snappy frame is cut short')
    const block = decompressBlock(input.subarray(at + 4, blockEnd), bytesMax - size)
    blocks.push(block)
    size += block.length
    at = blockEnd
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
}

function decompressBlock(input: Buffer, bytesMax: number): Buffer {
  let at = 0
  let size = 0
  for (let shift = 0; ; shift += 7) {
    if (shift > 28 || at >= input.length) throw new CompressedDataError('Snappy block has no size')
    const byte = input[at++]!
    size += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (size > bytesMax) throw new CompressedDataError(`${size} bytes when decompressed, at most ${bytesMax} are taken`)
  const output = new BoundedBytes(size, size)
  while (at < input.length) {
    const tag = input[at++]!
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59)
      if (at + extra > input.length) throw new CompressedDataError('Snappy literals are cut short')
      const length = (extra === 0 ? tag >> 2 : input.readUIntLE(at, extra)) + 1
      at += extra
      if (at + length > input.length) throw new CompressedDataError('Snappy literals are cut short')
      output.literals(input, at, at + length)
      at += length
      continue
    }
    const extra = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4
    if (at + extra > input.length) throw new CompressedDataError('Snappy match is cut short')
    if (extra === 1) output.match(((tag >> 5) << 8) | input[at]!, ((tag >> 2) & 7) + 4)
    else output.match(input.readUIntLE(at, extra), (tag >> 2) + 1)
    at += extra
  }
  if (output.size !== size) throw new CompressedDataError(`Snappy block holds ${output.size} bytes and stated ${size}`)
  return output.bytes()
}
