import { Term } from './term.ts'

/**
 * The term of one slice for records per planned share (docs/statistics.md 10, `volume`). Under the plan a unit is in the candidate
 * with probability ρ_b, whatever it sends and however often; so each bucket's surplus is
 *
 *   r[h] = ρ_a·b_h − ρ_b·a_h,   w = floor = ρ_aρ_b·N,   effect = u/w ≈ (events per planned share, candidate / control) − 1
 *
 * and has mean 0. Unlike other terms it also compares where one cohort sent nothing: that is its extreme.
 *
 * @param control records by bucket; likewise `candidate`
 * @param shares planned, together 1
 */
export function volumeTerm(
  control: ArrayLike<number>,
  candidate: ArrayLike<number>,
  shares: { control: number; candidate: number },
  into: Term = new Term({ buckets: control.length, bins: 1, tables: 0 }),
): Term {
  into.clear()
  const [countA, countB] = into.counts
  for (let h = 0; h < control.length; h += 1) {
    const surplus = shares.control * candidate[h]! - shares.candidate * control[h]!
    into.r[h] = surplus
    into.events[0][h] = control[h]!
    into.events[1][h] = candidate[h]!
    countA[0]! += control[h]!
    countB[0]! += candidate[h]!
    const sums = h % 2 === 0 ? into.evenSums : into.oddSums
    sums[0]! += surplus
  }
  into.w = shares.control * shares.candidate * (countA[0]! + countB[0]!)
  into.floor[0] = into.w
  return into
}

/**
 * The variance of u that the plan itself would give, had these units been drawn anew: ρ_aρ_b·Σ w_i² over the units' records
 * w_i. Units are spread over the buckets by chance, so Σ w_i² is estimated by how unequal the buckets of both cohorts together
 * are: Σ_h (n_h − n̄)²·B/(B − 1).
 *
 * Why z is not enough: in a small canary u is skewed. Of 256 busy units 1 % may well be none, by chance one time in thirteen;
 * then every bucket misses alike, Σ r² is tiny, and z is −16. This variance does not depend on who was drawn, so it cannot be
 * deceived. At even shares the two agree.
 */
export function plannedVariance(term: Term): number {
  const [control, candidate] = term.events
  const buckets = control.length
  let records = 0
  let squares = 0
  for (let h = 0; h < buckets; h += 1) {
    const ofBucket = control[h]! + candidate[h]!
    records += ofBucket
    squares += ofBucket * ofBucket
  }
  if (records === 0) return 0
  const spread = Math.max(0, squares - (records * records) / buckets) * (buckets / (buckets - 1))
  // floor/N is ρ_aρ_b, of several plans their mean.
  return (term.floor[0]! / records) * spread
}
