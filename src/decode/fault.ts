/** What can be wrong with the bytes of a record. Generated readers return `-fault`, a position otherwise. */
export const FAULT = {
  truncated: 1,
  varint: 2,
  length: 3,
  blockCount: 4,
  branch: 5,
  boolean: 6,
  symbol: 7,
  utf8: 8,
  depth: 9,
} as const

export function faultDetail(position: number): string {
  return DETAILS[-position] ?? 'record cannot be read'
}

const DETAILS: readonly string[] = [
  '',
  'record ends too early',
  'a number has more bytes than its type allows',
  'a length is negative',
  'a block count or size does not fit the record',
  'a union names a branch that does not exist',
  'a boolean is neither 0 nor 1',
  'an enum names a symbol that does not exist',
  'a string is not UTF-8',
  'record nests too deep',
]
