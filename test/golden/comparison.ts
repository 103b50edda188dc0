/**
 * How a result passes against an expected value (README.md beside this file): |x − y| ≤ abs + rel·|y|, or equality.
 * An expected null is −∞ where the number is a logarithm; elsewhere it says "not defined here" and nothing is compared.
 */
export type Tolerance = { exact: true } | { abs: number; rel: number }

/** Paths at which `actual` does not pass, with both values; empty = it passes. */
export function mismatches(actual: unknown, expected: unknown, tolerance: Tolerance, path = ''): string[] {
  if (expected === null) return isLogarithm(path) ? compareNumbers(actual, -Infinity, tolerance, path) : []
  if (typeof expected === 'number') return compareNumbers(actual, expected, tolerance, path)
  if (typeof expected !== 'object') return actual === expected ? [] : [differ(path, actual, expected)]
  if (typeof actual !== 'object' || actual === null) return [differ(path, actual, expected)]
  if (Array.isArray(expected)) return compareLists(actual as ArrayLike<unknown>, expected, tolerance, path)
  return Object.entries(expected).flatMap(([key, value]) =>
    mismatches((actual as Record<string, unknown>)[key], value, tolerance, path === '' ? key : `${path}.${key}`),
  )
}

function compareLists(
  actual: ArrayLike<unknown>,
  expected: readonly unknown[],
  tolerance: Tolerance,
  path: string,
): string[] {
  if (actual.length !== expected.length) return [differ(`${path}.length`, actual.length, expected.length)]
  return expected.flatMap((value, index) => mismatches(actual[index], value, tolerance, `${path}[${index}]`))
}

function compareNumbers(actual: unknown, expected: number, tolerance: Tolerance, path: string): string[] {
  if (typeof actual !== 'number') return [differ(path, actual, expected)]
  if (actual === expected) return []
  const isNear =
    !('exact' in tolerance) && Math.abs(actual - expected) <= tolerance.abs + tolerance.rel * Math.abs(expected)
  return isNear && Number.isFinite(expected) ? [] : [differ(path, actual, expected)]
}

/** `lnE`, `lnS[3]`, `lnESr`; a whole list `lnS: null` is one that is not listed. */
function isLogarithm(path: string): boolean {
  return /(^|[.\]])(lnE\w*|lnP)(\[\d+\])?$|lnS\[\d+\]$/.test(path)
}

function differ(path: string, actual: unknown, expected: unknown): string {
  return `${path === '' ? 'result' : path}: ${String(actual)} instead of ${String(expected)}`
}
