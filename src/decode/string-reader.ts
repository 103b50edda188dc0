import { isUtf8 } from 'node:buffer'

/** Reads `length` bytes as text; undefined when they are not UTF-8. The caller has checked that they are there. */
export type StringReader = (bytes: Buffer, position: number, length: number) => string | undefined

/**
 * A reader for one field, which remembers short words: most fields say the same few again and again. A word met before
 * costs no memory and already knows its own hash, which the maps behind us need. A field that does not repeat itself (an
 * id) is noticed, and read plainly for a while.
 *
 * A word of up to 16 bytes is its length and four numbers of 32 bits, which overlap where it is shorter: equal numbers are
 * equal words, and comparing four numbers is quicker than comparing sixteen characters.
 *
 *   "home page"   |home|            |    | pag|e   first four, next four, last four but four, last four
 */
export function createStringReader(): StringReader {
  const words = new Array<string | undefined>(WORDS).fill(undefined)
  const numbers = new Int32Array(WORDS * 4)
  let lookups = 0
  let misses = 0
  let plainReads = 0

  return (bytes, position, length) => {
    if (length > LENGTH_MAX) return plainText(bytes, position, length)
    if (plainReads > 0) {
      plainReads--
      return plainText(bytes, position, length)
    }
    let first = 0
    let second = 0
    let third = 0
    let last = 0
    const end = position + length
    if (length >= 4) {
      first = fourBytes(bytes, position)
      last = fourBytes(bytes, end - 4)
      if (length > 8) {
        second = fourBytes(bytes, position + 4)
        third = fourBytes(bytes, end - 8)
      }
    } else for (let at = position; at < end; at++) first = (first << 8) | bytes[at]!
    const hash = Math.imul(Math.imul(Math.imul(first ^ length, PRIME) ^ second, PRIME) ^ third, PRIME) ^ last
    const entry = (Math.imul(hash, PRIME) >>> 15) & (WORDS - 1)
    if (++lookups === WINDOW) {
      if (misses > WINDOW / 2) plainReads = PLAIN_READS
      lookups = 0
      misses = 0
    }
    const word = words[entry]
    const at = entry * 4
    if (
      word !== undefined &&
      word.length === length &&
      numbers[at] === first &&
      numbers[at + 1] === second &&
      numbers[at + 2] === third &&
      numbers[at + 3] === last
    ) {
      return word
    }
    misses++
    const text = plainText(bytes, position, length)
    // Only of ASCII is the number of characters the number of bytes, which is not kept beside it.
    if (text !== undefined && text.length === length) {
      words[entry] = text
      numbers[at] = first
      numbers[at + 1] = second
      numbers[at + 2] = third
      numbers[at + 3] = last
    }
    return text
  }
}

const PRIME = 0x01000193
const WORDS = 256
/** Behind about 16 characters, looking a word up costs as much as a new string; and four numbers hold no more. */
const LENGTH_MAX = 16
const WINDOW = 256
const PLAIN_READS = 8192

function plainText(bytes: Buffer, position: number, length: number): string | undefined {
  const text = length <= ASCII_LENGTH_MAX ? ASCII_READERS[length]!(bytes, position) : undefined
  return text ?? longText(bytes, position, length)
}

/** In the type of Buffer this method is missing; `toString('utf8', …)` is the same behind 8 ns of checks. */
interface Utf8Slicing {
  utf8Slice(start: number, end: number): string
}

function longText(bytes: Buffer, position: number, length: number): string | undefined {
  const text = (bytes as unknown as Utf8Slicing).utf8Slice(position, position + length)
  // U+FFFD stands for what is not UTF-8, but may also stand in the text itself.
  if (!text.includes('\ufffd')) return text
  return isUtf8(bytes.subarray(position, position + length)) ? text : undefined
}

/** Calling out of JavaScript to slice costs 40 ns; up to this length, characters one by one cost less (16: 21 ns). */
const ASCII_LENGTH_MAX = 24

/** By length: reads that many ASCII characters, undefined when one is not. */
const ASCII_READERS = Array.from({ length: ASCII_LENGTH_MAX + 1 }, (_, length) => asciiReader(length))

function asciiReader(length: number): (bytes: Uint8Array, position: number) => string | undefined {
  if (length === 0) return () => ''
  const names = Array.from({ length }, (_, at) => `c${at}`)
  const reads = names.map((name, at) => `${name}=b[p+${at}]`).join(',')
  const source = `const ${reads};return (${names.join('|')})<128?String.fromCharCode(${names.join(',')}):undefined`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return new Function('b', 'p', source) as ReturnType<typeof asciiReader>
}

function fourBytes(bytes: Uint8Array, position: number): number {
  return bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)
}
