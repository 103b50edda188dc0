import { Term } from './term.ts'

/**
 * The term of one slice, all partitions added (docs/statistics.md 3; golden section `pane-terms`).
 *
 * Under "no difference" a unit's events fall into cell j with the same probability in both cohorts, whatever the hour.
 * So each bucket's surplus is centred on the pooled share of this very slice, and seasons and ramps cancel:
 *
 *   cells:  r[h][j] = (n_a·(b_hj − b_h·p_j) − n_b·(a_hj − a_h·p_j)) / n,  w = n_a·n_b/n,
 *           floor_j = w·p_j(1−p_j), of a score table s: w·(Σ p_j·s_j² − (Σ p_j·s_j)²)
 *   ratio:  r[h]    = (N_a·(y_bh − n_bh·μ) − N_b·(y_ah − n_ah·μ)) / N,     w = N_a·N_b/N, floor = w·max(0, μ(1−μ))
 *
 * a is the control, b the candidate; p_j, μ are pooled. Σ_h r_h is the score statistic of a generalised linear model
 * with units as clusters (Liang and Zeger 1986), in hashed buckets (Chamandy et al. 2012).
 *
 * A slice without control or without candidate compares nothing: all of its term is 0, events and counts too.
 */

/**
 * @param control counts by [bucket · bins + bin]; likewise `candidate`
 * @param scoreTables one score per bin, each table
 * @param into a term of the right shape to fill, to spare the garbage; it is overwritten
 * @param sums of either cohort, where the caller has them already: adding up costs as much as all the rest
 */
export function cellTerm(
  control: ArrayLike<number>,
  candidate: ArrayLike<number>,
  buckets: number,
  bins: number,
  scoreTables: readonly ArrayLike<number>[],
  into: Term = new Term({ buckets, bins, tables: scoreTables.length }),
  sums: readonly [control: CellSums | null, candidate: CellSums | null] = [null, null],
): Term {
  into.scalars.fill(0)
  const [countsA, countsB] = into.counts
  const totalA = takeSums(sums[0], into.events[0], countsA) ?? pool(control, bins, into.events[0], countsA)
  const totalB = takeSums(sums[1], into.events[1], countsB) ?? pool(candidate, bins, into.events[1], countsB)
  if (totalA === 0 || totalB === 0) {
    into.clear()
    return into
  }

  const total = totalA + totalB
  const shares = new Float64Array(bins)
  for (let j = 0; j < bins; j += 1) shares[j] = (countsA[j]! + countsB[j]!) / total
  into.w = (totalA * totalB) / total
  writeCellFloors(into, shares, scoreTables)
  writeCellSurplus(into, control, candidate, shares, totalA, totalB)
  return into
}

/**
 * @param yA numerators by bucket of the control, `nA` denominators; `yB`, `nB` of the candidate
 * @param floor 'rate': a numerator counts some of the denominator's events (or is a count per count);
 *   'none': a ratio of sums, where the variance of independent events would depend on the unit of money
 */
export function ratioTerm(
  yA: ArrayLike<number>,
  nA: ArrayLike<number>,
  yB: ArrayLike<number>,
  nB: ArrayLike<number>,
  floor: 'rate' | 'none' = 'rate',
  into: Term = new Term({ buckets: nA.length, bins: 1, tables: 0 }),
): Term {
  into.clear()
  const sumA = sumOf(yA)
  const sumB = sumOf(yB)
  const totalA = sumOf(nA)
  const totalB = sumOf(nB)
  if (totalA === 0 || totalB === 0) return into

  const total = totalA + totalB
  const mu = (sumA + sumB) / total
  into.w = (totalA * totalB) / total
  into.wMu = into.w * mu
  into.floor[0] = floor === 'rate' ? into.w * Math.max(0, mu * (1 - mu)) : 0
  into.counts[0][0] = sumA
  into.counts[1][0] = sumB
  const { r, events, evenSums, oddSums } = into
  for (let h = 0; h < nA.length; h += 1) {
    // Inside a segment that is most of them: all of the term is 0 already.
    if (nA[h] === 0 && nB[h] === 0 && yA[h] === 0 && yB[h] === 0) continue
    const surplus = (totalA * (yB[h]! - nB[h]! * mu) - totalB * (yA[h]! - nA[h]! * mu)) / total
    r[h] = surplus
    events[0][h] = nA[h]!
    events[1][h] = nB[h]!
    const sums = h % 2 === 0 ? evenSums : oddSums
    sums[0]! += surplus
  }
  return into
}

/** What `pool` would find. */
export interface CellSums {
  byBucket: ArrayLike<number>
  byColumn: ArrayLike<number>
}

function takeSums(sums: CellSums | null, byBucket: Float64Array, byBin: Float64Array): number | null {
  if (sums === null) return null
  byBucket.set(sums.byBucket)
  byBin.set(sums.byColumn)
  return sumOf(byBin)
}

/** Adds a cohort's counts up by bucket and by bin; returns all. */
function pool(table: ArrayLike<number>, bins: number, byBucket: Float64Array, byBin: Float64Array): number {
  let total = 0
  for (let h = 0, at = 0; h < byBucket.length; h += 1) {
    let ofBucket = 0
    for (let j = 0; j < bins; j += 1, at += 1) {
      ofBucket += table[at]!
      byBin[j]! += table[at]!
    }
    byBucket[h] = ofBucket
    total += ofBucket
  }
  return total
}

function writeCellFloors(into: Term, shares: Float64Array, scoreTables: readonly ArrayLike<number>[]): void {
  const bins = shares.length
  for (let j = 0; j < bins; j += 1) into.floor[j] = into.w * shares[j]! * (1 - shares[j]!)
  for (const [table, scores] of scoreTables.entries()) {
    let mean = 0
    let meanSquare = 0
    for (let j = 0; j < bins; j += 1) {
      mean += shares[j]! * scores[j]!
      meanSquare += shares[j]! * scores[j]! * scores[j]!
    }
    // Equal scores have no variance; rounding must not make it negative.
    into.floor[bins + table] = into.w * Math.max(0, meanSquare - mean * mean)
  }
}

function writeCellSurplus(
  into: Term,
  control: ArrayLike<number>,
  candidate: ArrayLike<number>,
  shares: Float64Array,
  totalA: number,
  totalB: number,
): void {
  const { r } = into
  const [eventsA, eventsB] = into.events
  const bins = shares.length
  const total = totalA + totalB
  for (let h = 0, at = 0; h < eventsA.length; h += 1) {
    const ofA = eventsA[h]!
    const ofB = eventsB[h]!
    // Half of a thin slice's buckets are empty: nothing is computed of nothing.
    if (ofA === 0 && ofB === 0) {
      for (let j = 0; j < bins; j += 1, at += 1) r[at] = 0
      continue
    }
    const sums = h % 2 === 0 ? into.evenSums : into.oddSums
    for (let j = 0; j < bins; j += 1, at += 1) {
      const share = shares[j]!
      const surplus = (totalA * (candidate[at]! - ofB * share) - totalB * (control[at]! - ofA * share)) / total
      r[at] = surplus
      sums[j]! += surplus
    }
  }
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let h = 0; h < values.length; h += 1) sum += values[h]!
  return sum
}
