import { murmur3 } from './murmur3.ts'

const NAME_LENGTH_MAX = 128
const HEAD_LENGTH = 119

/**
 * A category's name as all sketches know it. A long text is cut to 119 units, '~' and 8 hex digits of its murmur3, 128 in
 * all, so that two long texts stay two names; a lone surrogate becomes U+FFFD, as in UTF-8. Control characters are kept:
 * what shows names strips them.
 */
export function categoryName(text: string): string {
  if (text.length <= NAME_LENGTH_MAX) return text.toWellFormed()
  const hash = murmur3(text, 0).toString(16).padStart(8, '0')
  return `${text.slice(0, HEAD_LENGTH)}~${hash}`.toWellFormed()
}

/** Order by UTF-8 bytes, which is the order by code points. JavaScript's own order puts surrogates before U+E000. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
