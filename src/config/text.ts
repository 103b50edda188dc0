import type { RawText } from './raw.ts'

/** How categories, cohorts and `equals` compare: integers without exponent, `true` and `false`, texts as they are. */
export function textOfRaw(value: RawText): string {
  if (typeof value !== 'number') return String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  return Number.isInteger(value) ? BigInt(value).toString() : String(value)
}

/** A whole number whose last digits YAML has already lost; quotes keep them. */
export function hasLostDigits(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
}

export function listOf<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
