/** Neither our walk nor anybody's event nests deeper. */
export const DEPTH_MAX = 64

/**
 * Whether a JSON text nests deeper than `depthMax`, told before it is parsed: `JSON.parse` accepts 200,000 levels.
 * A text with few opening brackets cannot, and that takes no walk to see.
 */
export function isTooDeep(text: string, depthMax: number): boolean {
  const braces = countOf(text, '{', depthMax)
  const brackets = braces > depthMax ? 0 : countOf(text, '[', depthMax)
  return braces + brackets > depthMax && depthOf(text, depthMax) > depthMax
}

/** Stops counting beyond the limit. */
function countOf(text: string, character: string, countMax: number): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0 && count <= countMax; at = text.indexOf(character, at + 1)) count++
  return count
}

/** The deepest nesting of brackets outside strings; stops counting beyond the limit. */
function depthOf(text: string, depthMax: number): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth
      if (deepest > depthMax) return deepest
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return deepest
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    at += code === BACKSLASH ? 2 : 1
  }
  return at
}
