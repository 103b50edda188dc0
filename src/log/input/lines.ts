import type { ByteSource } from './byte-source.ts'

export interface Lines {
  kind: 'lines'
  /**
   * Lines without their ends; blank ones are left out. They share the buffers of the file's pieces.
   * A line longer than the limit is cut off one byte behind it: enough for the decoder to see that it is `oversized`.
   */
  lines: Buffer[]
  /** Number of the last line that ends here, from 1, blank ones counted. */
  lastLine: number
}

const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Cuts bytes into lines, as many at a time as a piece holds. Memory is bounded by one piece and one line of the limit.
 *
 *   piece    ...ne\n{"a":1}\r\n\n{"a":2}\n{"a"      the last line waits, as `begun`, for the piece that ends it
 *
 * When the bytes fail, every whole line before has been handed out; the torn one is no record.
 */
export async function* cutLines(source: ByteSource, lineBytesMax: number): AsyncGenerator<Lines> {
  const cutAt = lineBytesMax + 1
  let begun: Buffer[] = []
  let begunBytes = 0
  let isSkipping = false
  let isFirst = true
  let lastLine = 0

  for (let piece = await source.next(); piece !== null; piece = await source.next()) {
    const lines: Buffer[] = []
    let from = isFirst && piece.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    isFirst = false
    if (begunBytes > 0 || isSkipping) {
      const end = piece.indexOf(NEWLINE)
      from = end < 0 ? piece.length : end + 1
      if (!isSkipping) {
        begun.push(end < 0 ? piece : piece.subarray(0, end))
        begunBytes += end < 0 ? piece.length : end
      }
      if (end >= 0 || begunBytes > cutAt + 1) {
        if (!isSkipping) pushLine(lines, begun.length === 1 ? begun[0]! : Buffer.concat(begun), cutAt)
        isSkipping = end < 0
        begun = []
        begunBytes = 0
      }
      if (end >= 0) lastLine++
    }
    // The loop that everything goes through: `indexOf` is memchr, and a line costs one view into the piece.
    for (let end = piece.indexOf(NEWLINE, from); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      if (end > from) pushLine(lines, piece.subarray(from, end), cutAt)
      from = end + 1
      lastLine++
    }
    if (from < piece.length) {
      begun = [piece.subarray(from)]
      begunBytes = piece.length - from
    }
    if (lines.length > 0) yield { kind: 'lines', lines, lastLine }
  }
  if (begunBytes > 0) {
    const lines: Buffer[] = []
    pushLine(lines, Buffer.concat(begun), cutAt)
    lastLine++
    if (lines.length > 0) yield { kind: 'lines', lines, lastLine }
  }
}

function pushLine(lines: Buffer[], line: Buffer, cutAt: number): void {
  let end = line.length
  if (line[end - 1] === RETURN) end--
  if (end === 0 || (line[0]! <= SPACE && isBlank(line, end))) return
  end = Math.min(end, cutAt)
  lines.push(end === line.length ? line : line.subarray(0, end))
}

function isBlank(line: Buffer, end: number): boolean {
  for (let at = 0; at < end; at++) {
    const byte = line[at]!
    if (byte !== SPACE && byte !== 9 && byte !== RETURN) return false
  }
  return true
}
