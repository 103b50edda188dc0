/** Indices into JSON_TYPES. */
export const NULL = 0
export const BOOLEAN = 1
export const NUMBER = 2
export const STRING = 3
export const OBJECT = 4
export const ARRAY = 5

export const SPACE = 0x20
export const QUOTE = 0x22
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
export const NINE = 0x39
export const COLON = 0x3a
export const BACKSLASH = 0x5c
export const CLOSE_BRACKET = 0x5d
export const LETTER_E = 0x65
export const LETTER_T = 0x74
export const LETTER_U = 0x75
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const WORD_NULL = Buffer.from('null')
export const WORD_TRUE = Buffer.from('true')
export const WORD_FALSE = Buffer.from('false')

/** The type of the value that begins with a byte; anything else begins none. */
export const TYPE_OF = new Uint8Array(256).fill(6)
const BEGINNINGS = [
  [NULL, 'n'],
  [BOOLEAN, 'tf'],
  [NUMBER, '-0123456789'],
  [STRING, '"'],
  [OBJECT, '{'],
  [ARRAY, '['],
] as const
for (const [type, characters] of BEGINNINGS) for (const each of Buffer.from(characters)) TYPE_OF[each] = type

/** 1 for spaces; for what may follow a backslash, `u` aside; for hexadecimal digits. */
export const SPACES = flags(' \t\n\r')
export const ESCAPED = flags('"\\/bfnrt')
export const HEX = flags('0123456789abcdefABCDEF')

function flags(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const each of Buffer.from(characters)) table[each] = 1
  return table
}
