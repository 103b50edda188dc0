/**
 * JSON with one spelling for every value (RFC 8785): keys sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them.
 *
 * What has no JSON form (undefined, NaN, an infinity, a bigint, half of a surrogate pair) throws a TypeError instead of turning
 * into something else: a digest over a silently changed value would prove nothing.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return canonicalNumber(value)
  if (typeof value === 'string') return canonicalString(value)
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`
  if (typeof value === 'object' && isPlain(value)) return canonicalObject(value)
  throw new TypeError(`a value of type ${typeof value} has no canonical JSON`)
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON`)
  return JSON.stringify(value)
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate has no canonical JSON')
  return JSON.stringify(value)
}

function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  // The default sort compares UTF-16 code units, as the RFC asks.
  const members = Object.keys(value)
    .sort()
    .map((key) => `${canonicalString(key)}:${canonicalJson(value[key])}`)
  return `{${members.join(',')}}`
}

/** A Map, a Date or a typed array would lose its content without a word. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
