import type { SlotValue } from './decoder.ts'

/**
 * The text by which categories, cohorts, ids and `equals` compare (contracts.md 1): strings as they are, integers without
 * exponent, other numbers in their shortest form, `true` and `false`. null where there is nothing to compare.
 */
export function textOf(value: SlotValue): string | null {
  // Not a `switch (typeof value)`: that takes five times as long, and this runs for several values of every event.
  if (typeof value === 'string') return value
  // String() writes integers from 1e21 on with an exponent.
  if (typeof value === 'number') return value >= 1e21 || value <= -1e21 ? longInteger(value) : String(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return typeof value === 'bigint' ? value.toString() : null
}

function longInteger(value: number): string {
  return Number.isFinite(value) ? BigInt(value).toString() : String(value)
}
