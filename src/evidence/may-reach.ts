import type { ContrastPlan } from './field-contrasts.ts'
import { SETTLED_BELOW } from './field-contrasts.ts'
import type { Term } from './term.ts'

/**
 * Most windows in one look: *cheap and exact* (docs/statistics.md 5) for all questions of a metric at once, on the blocks that a
 * window would be put together from. What is held against the bar is u² against z²·floor, of
 *
 *   a cell, a rate      u = Σ r                              floor of the bin
 *   a score table       u = Σ_j s_j·u_j                      floor of the table
 *   the omnibus         u = Σ_j even_j·odd_j/floor_j         ½·Σ_j even_j²/floor_j        (both without the weight)
 *
 * The sums are those that `zBound` has, added in another order; that is what `SETTLED_BELOW` leaves room for.
 */
export interface Bars {
  /** By window class, the square of the least z that is news; ∞ where a metric has no such question. */
  bin: readonly number[]
  location: readonly number[]
  spread: readonly number[]
  omnibus: readonly number[]
}

type Asked = ContrastPlan & { zRequired: readonly number[] }

export function barsOf(questions: readonly Asked[]): Bars {
  const barOf = (...kinds: readonly ContrastPlan['kind'][]): number[] => {
    const asked = questions.filter(({ kind }) => kinds.includes(kind))
    const classes = questions[0]?.zRequired ?? []
    return classes.map((_, cls) => squareOf(SETTLED_BELOW * Math.min(...asked.map(({ zRequired }) => zRequired[cls]!))))
  }
  return { bin: barOf('cell', 'rate'), location: barOf('location'), spread: barOf('spread'), omnibus: barOf('omnibus') }
}

/**
 * Whether any question may be answered with evidence by the window that these parts add up to; false = surely not, whatever the
 * buckets say. Not for ratios of sums: they have no floor.
 *
 * @param scores the term's score tables: p1 and p2 for numeric, else none
 */
export function mayReach(
  parts: readonly Term[],
  cls: number,
  bars: Bars,
  [p1, p2]: readonly ArrayLike<number>[],
): boolean {
  const { bins, tables } = parts[0]!.shape
  const binBar = bars.bin[cls]!
  const [evenFrom, oddFrom] = [bins + tables, 2 * bins + tables]
  let location = 0
  let spread = 0
  let agreement = 0
  let variance = 0
  let isConstant = true
  for (let bin = 0; bin < bins; bin += 1) {
    let floor = 0
    let even = 0
    let odd = 0
    for (let part = 0; part < parts.length; part += 1) {
      const { scalars } = parts[part]!
      floor += scalars[bin]!
      even += scalars[evenFrom + bin]!
      odd += scalars[oddFrom + bin]!
    }
    const u = even + odd
    if (u === 0 && floor === 0) continue
    isConstant = false
    if (isBeyond(u, binBar, floor)) return true
    const direction = even / floor
    agreement += direction * odd
    variance += direction * even
    if (p1 !== undefined) location += p1[bin]! * u
    if (p2 !== undefined) spread += p2[bin]! * u
  }
  // A cell that holds all or nothing has no surplus in any bucket. A rate above one may have, and its floor is 0 as well.
  if (isConstant) return bins === 1 && !areEmpty(parts)
  if (agreement > 0 && isBeyond(agreement, bars.omnibus[cls]!, variance / 2)) return true
  if (p1 !== undefined && isBeyond(location, bars.location[cls]!, floorOf(parts, bins))) return true
  return p2 !== undefined && isBeyond(spread, bars.spread[cls]!, floorOf(parts, bins + 1))
}

/** Told this way round, so that what is no number is looked at. */
function isBeyond(u: number, bar: number, floor: number): boolean {
  return !(u * u < bar * floor) && bar !== Infinity
}

function areEmpty(parts: readonly Term[]): boolean {
  for (let part = 0; part < parts.length; part += 1) if (!parts[part]!.countsNothing(0)) return false
  return true
}

function floorOf(parts: readonly Term[], at: number): number {
  let floor = 0
  for (let part = 0; part < parts.length; part += 1) floor += parts[part]!.scalars[at]!
  return floor
}

function squareOf(z: number): number {
  return z * z
}
