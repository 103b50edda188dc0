/**
 * Intervals of a single rate and of a difference of two rates (docs/statistics.md 10 and 13; golden section `intervals`).
 *
 * Wilson (1927): with p = x/n and d = 1 + z²/n, centre (p + z²/2n)/d, half width z·√(p(1−p)/n + z²/4n²)/d, within [0, 1].
 * Newcombe (1998), method 10: the difference's limits from the two Wilson intervals; right also near 0 and 1, where
 * p ± 2·se is not. Both take events as independent: for display and for checks that say so.
 */
/** The two-sided 95 % quantile of the normal distribution. */
export const Z_95 = 1.959963984540054

export interface Interval {
  low: number
  high: number
}

/** @param z quantile of the normal distribution. Of no events nothing is known: [0, 1]. */
export function wilson(x: number, n: number, z = Z_95): Interval {
  if (n === 0) return { low: 0, high: 1 }
  const p = x / n
  const d = 1 + (z * z) / n
  const centre = (p + (z * z) / (2 * n)) / d
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / d
  // Of none and of all the limit is exact; rounding must not show it as some 1e-18.
  return { low: x === 0 ? 0 : Math.max(0, centre - half), high: x === n ? 1 : Math.min(1, centre + half) }
}

export interface RatePair {
  xControl: number
  nControl: number
  xCandidate: number
  nCandidate: number
}

/** delta = candidate's rate − control's, with its limits. Without events on a side: delta 0, [−1, 1]. */
export function newcombe({ xControl, nControl, xCandidate, nCandidate }: RatePair): Interval & { delta: number } {
  if (nControl === 0 || nCandidate === 0) return { delta: 0, low: -1, high: 1 }
  const a = xControl / nControl
  const b = xCandidate / nCandidate
  const ofA = wilson(xControl, nControl)
  const ofB = wilson(xCandidate, nCandidate)
  const delta = b - a
  return {
    delta,
    low: delta - Math.sqrt((b - ofB.low) * (b - ofB.low) + (ofA.high - a) * (ofA.high - a)),
    high: delta + Math.sqrt((ofB.high - b) * (ofB.high - b) + (a - ofA.low) * (a - ofA.low)),
  }
}
