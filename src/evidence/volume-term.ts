import { Term } from './term.ts'

/**
 * The term of one slice for records per planned share (statistics.md 10, `volume`). Under the plan a unit is in the candidate
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
