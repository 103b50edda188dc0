import type { Shape, SlotValue } from './decoder.ts'
import { isoTimeMs } from './iso-time.ts'

/**
 * The event time in whole milliseconds since 1970, rounded down; null = `bad-timestamp`.
 *
 * Numbers are never read from strings, and text without a zone is refused: guessing an hour wrong bends every pane.
 * Times before 1970 or from the year 10000 on are somebody's bug (a wrong unit, an empty date), not a time.
 */
export function eventTimeMs(
  value: SlotValue,
  unit: 'ms' | 's' | 'us' | 'iso8601' | null,
  schemaUnit: Shape['timeUnit'],
): number | null {
  if (unit === 'iso8601') return typeof value === 'string' ? withinReason(isoTimeMs(value)) : null
  const timeUnit = unit ?? schemaUnit ?? 'ms'
  // A bigint lies beyond 2^53: only in microseconds can that be a time.
  if (typeof value === 'bigint') return timeUnit === 'us' ? withinReason(Number(value / 1000n)) : null
  return typeof value === 'number' ? withinReason(wholeMs(value, timeUnit)) : null
}

/** The first millisecond of the year 10000. */
const YEAR_10000_MS = 253_402_300_800_000

function withinReason(timeMs: number | null): number | null {
  // NaN fails both comparisons; adding 0 makes 0 of -0.
  return timeMs !== null && timeMs >= 0 && timeMs < YEAR_10000_MS ? timeMs + 0 : null
}

function wholeMs(value: number, unit: 'ms' | 's' | 'us'): number {
  switch (unit) {
    case 'ms':
      return Math.floor(value)
    case 's':
      // For the times we live in (2004 to 2242) the product rounds to the millisecond that the producer wrote.
      return Math.floor(value * 1000)
    case 'us':
      // The remainder first: near 2^53 a plain division would round up.
      return (value - (value % 1000)) / 1000
  }
}
