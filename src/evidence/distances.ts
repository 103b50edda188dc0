import { ln } from './arithmetic.ts'

/**
 * The distances people know, for display only: they know nothing of noise, so none of them decides (docs/statistics.md 13; golden
 * section `distances`).
 *
 * All take counts per bin of a reference a and of the current data b, in bin order; p = a/Σa, q = b/Σb. Both sums must be
 * positive; a caller shows nothing below 500 values on a side.
 */
/** Bins with less than this share count as this much (the zero rule of Evidently). */
const PSI_SHARE_MIN = 1e-4
const LN_2 = ln(2)

/** Population stability index: Σ (p′ − q′)·ln(p′/q′), shares floored at 1e-4, not renormalised (Siddiqi 2006). */
export function psiFloor1e4(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  return sumOverShares(reference, current, (share, other) => {
    const p = Math.max(share, PSI_SHARE_MIN)
    const q = Math.max(other, PSI_SHARE_MIN)
    return (p - q) * ln(p / q)
  })
}

/** Kolmogorov-Smirnov distance over the bins: the largest gap between the cumulative shares. */
export function ks(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  return Math.max(0, ...cumulativeGaps(reference, current))
}

/** √(Jensen-Shannon divergence / ln 2), in [0, 1]: Lin 1991; Endres and Schindelin 2003. */
export function jsDistanceBase2(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const divergence = sumOverShares(reference, current, (p, q) => {
    const middle = (p + q) / 2
    return (p > 0 ? (p * ln(p / middle)) / 2 : 0) + (q > 0 ? (q * ln(q / middle)) / 2 : 0)
  })
  return Math.sqrt(Math.max(0, divergence) / LN_2)
}

/** √(½ Σ (√p − √q)²) */
export function hellinger(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const sum = sumOverShares(reference, current, (p, q) => {
    const gap = Math.sqrt(p) - Math.sqrt(q)
    return gap * gap
  })
  return Math.sqrt(sum / 2)
}

/** ½ Σ |p − q| */
export function totalVariation(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  return sumOverShares(reference, current, (p, q) => Math.abs(p - q)) / 2
}

/** Σ (a·√(m/n) − b·√(n/m))²/(a + b) over bins that hold anything (Press et al., Numerical Recipes, two binned samples). */
export function chiSquareTwoSample(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const scale = Math.sqrt(sumOf(current) / sumOf(reference))
  let sum = 0
  for (let j = 0; j < reference.length; j += 1) {
    const both = reference[j]! + current[j]!
    if (both === 0) continue
    const gap = reference[j]! * scale - current[j]! / scale
    sum += (gap * gap) / both
  }
  return sum
}

/** Earth mover's distance on the line: Σ |F_j − G_j|·(x_{j+1} − x_j), F and G cumulative shares, x ascending positions. */
export function wasserstein1(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  positions: ArrayLike<number>,
): number {
  const gaps = cumulativeGaps(reference, current)
  let sum = 0
  for (let j = 0; j + 1 < gaps.length; j += 1) sum += gaps[j]! * (positions[j + 1]! - positions[j]!)
  return sum
}

function sumOverShares(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  part: (p: number, q: number) => number,
): number {
  const n = sumOf(reference)
  const m = sumOf(current)
  let sum = 0
  for (let j = 0; j < reference.length; j += 1) sum += part(reference[j]! / n, current[j]! / m)
  return sum
}

function cumulativeGaps(reference: ArrayLike<number>, current: ArrayLike<number>): number[] {
  const n = sumOf(reference)
  const m = sumOf(current)
  const gaps: number[] = []
  let below = 0
  let belowOther = 0
  for (let j = 0; j < reference.length; j += 1) {
    below += reference[j]! / n
    belowOther += current[j]! / m
    gaps.push(Math.abs(below - belowOther))
  }
  return gaps
}

function sumOf(counts: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < counts.length; j += 1) sum += counts[j]!
  return sum
}
