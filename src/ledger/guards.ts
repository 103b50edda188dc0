/** Of what was parsed and is believed in nothing yet: records of the ledger, baselines, progress. */

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of records, of milliseconds, or an offset: whole, exact and not negative. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
