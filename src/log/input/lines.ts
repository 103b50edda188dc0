import type { ByteSource } from './byte-source.ts'

export interface Lines {
  kind: 'lines'
  /** Holds all of them, until the next lines are asked for. */
  data: Buffer
  /**
   * Where each begins and ends in `data`: from, to, from, to, … Without line ends; blank lines are left out. (Numbers and not a
   * Buffer each, which costs as much as finding the line.)
   * A line longer than the limit is cut off one byte behind it: enough for the decoder to see that it is `oversized`.
   */
  bounds: number[]
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
    let from = isFirst && piece.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    isFirst = false
    if (begunBytes > 0 || isSkipping) {
      const end = piece.indexOf(NEWLINE)
      from = end < 0 ? piece.length : end + 1
      if (end >= 0) lastLine++
      if (!isSkipping) {
        begun.push(end < 0 ? piece : piece.subarray(0, end))
        begunBytes += end < 0 ? piece.length : end
      }
      if (end >= 0 || begunBytes > cutAt + 1) {
        if (!isSkipping) yield* oneLine(begun, cutAt, lastLine)
        isSkipping = end < 0
        begun = []
        begunBytes = 0
      }
    }
    const bounds: number[] = []
    // The loop that everything goes through: `indexOf` is memchr.
    for (let end = piece.indexOf(NEWLINE, from); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      addLine(bounds, piece, from, end, cutAt)
      from = end + 1
      lastLine++
    }
    if (from < piece.length) {
      begun = [Buffer.from(piece.subarray(from))]
      begunBytes = piece.length - from
    }
    if (bounds.length > 0) yield { kind: 'lines', data: piece, bounds, lastLine }
    if (!begun.includes(piece)) source.recycle?.(piece)
  }
  if (begunBytes > 0) yield* oneLine(begun, cutAt, lastLine + 1)
}

/** A line that lay in several pieces. */
function* oneLine(parts: readonly Buffer[], cutAt: number, lastLine: number): Generator<Lines> {
  const data = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  const bounds: number[] = []
  addLine(bounds, data, 0, data.length, cutAt)
  if (bounds.length > 0) yield { kind: 'lines', data, bounds, lastLine }
}

function addLine(bounds: number[], data: Buffer, from: number, to: number, cutAt: number): void {
  let end = to
  if (end > from && data[end - 1] === RETURN) end--
  if (end === from || (data[from]! <= SPACE && isBlank(data, from, end))) return
  bounds.push(from, Math.min(end, from + cutAt))
}

function isBlank(data: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at++) {
    const byte = data[at]!
    if (byte !== SPACE && byte !== 9 && byte !== RETURN) return false
  }
  return true
}
