import type { Term } from './term.ts'

/**
 * From the sums of a window to evidence and effect (docs/statistics.md 5; golden section `evidence-sequence`).
 *
 * A contrast gives one number x_h per unit bucket. Over the window u = Σ x_h is effect times weight, and Σ x_h² its
 * variance, whatever the dependence inside a unit: the buckets are independent, and that is all that is used.
 *
 *   v = max(Σ x_h², floor), z = u/√v                  evidence: centred at "no difference"
 *   own = max((Σ x_h² − u²/B)·B/(B−1), floor)          interval: centred at the effect itself
 *   effect = u/w, se = √own/w, designEffect = own/floor
 *
 * |z| ≥ x has probability at most 2e^{−x²/2} for symmetric terms (Efron 1969; de la Peña 1999): no normal
 * approximation of sparse counts. The floor keeps few or quiet buckets from looking surer than independent events.
 * Sources: Liang and Zeger 1986 (cluster-robust score); Chamandy et al. 2012 (bucketed units).
 */
export interface Contrast {
  u: number
  v: number
  z: number
  effect: number
  se: number
  /** Variance against that of independent events. */
  designEffect: number
}

/** The omnibus has no interval. */
export type Omnibus = Pick<Contrast, 'u' | 'v' | 'z' | 'effect'>

/** @param x one number per bucket, `w` the window's weight, `floor` ≥ 0 the contrast's least variance */
export function contrast(x: ArrayLike<number>, w: number, floor: number): Contrast {
  const buckets = x.length
  let u = 0
  let squares = 0
  for (let h = 0; h < buckets; h += 1) {
    u += x[h]!
    squares += x[h]! * x[h]!
  }
  const v = Math.max(squares, floor)
  if (w <= 0 || v <= 0) return { u, v, z: 0, effect: 0, se: 0, designEffect: 1 }

  const own = Math.max(((squares - (u * u) / buckets) * buckets) / (buckets - 1), floor)
  return {
    u,
    v,
    z: u / Math.sqrt(v),
    effect: u / w,
    se: Math.sqrt(own) / w,
    designEffect: floor > 0 ? own / floor : 1,
  }
}

/** One cell's share; with one bin, the rate or ratio. */
export function binContrast(term: Term, bin: number): Contrast {
  return contrast(term.surplusOf(bin), term.w, term.floor[bin]!)
}

/** The mean score of a table: `table` 0 is p1 (location), 1 is p2 (spread); `scores` as they were when the term was made. */
export function scoreContrast(term: Term, table: number, scores: ArrayLike<number>): Contrast {
  const { buckets, bins } = term.shape
  const { r } = term
  const x = new Float64Array(buckets)
  for (let h = 0, at = 0; h < buckets; h += 1) {
    let sum = 0
    for (let j = 0; j < bins; j += 1, at += 1) sum += scores[j]! * r[at]!
    x[h] = sum
  }
  return contrast(x, term.w, term.floor[bins + table]!)
}

/**
 * Any change of shape: the even buckets say in which direction the cells moved, the odd ones are asked whether that is so.
 * Two halves of the units, so the question does not depend on the answer. Only z > 0 is evidence; effect = Cohen's w.
 */
export function omnibusContrast(term: Term): Omnibus {
  const { buckets, bins } = term.shape
  const { r } = term
  const direction = new Float64Array(bins)
  for (let j = 0; j < bins; j += 1) {
    let even = 0
    for (let h = 0; h < buckets; h += 2) even += r[h * bins + j]!
    direction[j] = term.floor[j] === 0 ? 0 : (even * term.w) / term.floor[j]!
  }

  let u = 0
  let squares = 0
  for (let h = 1; h < buckets; h += 2) {
    let sum = 0
    for (let j = 0; j < bins; j += 1) sum += direction[j]! * r[h * bins + j]!
    u += sum
    squares += sum * sum
  }
  return omnibusOf(u, Math.max(squares, omnibusFloor(term, direction)), term.w)
}

/** Half of the events are in odd buckets, hence the half. */
export function omnibusFloor(term: Term, direction: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < term.shape.bins; j += 1) sum += direction[j]! * direction[j]! * term.floor[j]!
  return sum / 2
}

function omnibusOf(u: number, v: number, w: number): Omnibus {
  return {
    u,
    v,
    z: v === 0 ? 0 : u / Math.sqrt(v),
    effect: w === 0 ? 0 : (2 * Math.sqrt(Math.max(0, u))) / w,
  }
}
