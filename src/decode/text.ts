import type { SlotValue } from './decoder.ts'

/**
 * The text by which categories, cohorts, ids and `equals` compare (contracts.md 1): strings as they are, integers without
 * exponent, other numbers in their shortest form, `true` and `false`. null where there is nothing to compare.
 */
export function textOf(value: SlotValue): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      // String() writes integers from 1e21 on with an exponent.
      return value >= 1e21 || value <= -1e21 ? longInteger(value) : String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return value.toString()
    default:
      return null
  }
}

function longInteger(value: number): string {
  return Number.isFinite(value) ? BigInt(value).toString() : String(value)
}
