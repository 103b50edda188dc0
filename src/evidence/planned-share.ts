import { Z_95 } from './intervals.ts'
import { Term } from './term.ts'
import type { TermShape } from './term.ts'

/**
 * The candidate's share of units against the plan, over a run of slices (docs/statistics.md 10). Terms add, also across epochs with
 * different plans, because each slice is held against its own:
 *
 *   r = n_b − ρ_b·N,   floor = ρ_aρ_b·N,   w = N      effect = r/N,  z = r/√floor,  interval ± 1.96·√floor/N
 */
export const SHARE_SHAPE: TermShape = { buckets: 1, bins: 1, tables: 0 }

export interface ShareReading {
  n: { control: number; candidate: number }
  /** Units of both. */
  units: number
  share: number
  planned: number
  /** share − planned, with half of its 95 % interval. */
  estimate: number
  half: number
  z: number
  /** ρ_aρ_b: what limits are multiples of. */
  spread: number
}

export function shareTerm(control: number, candidate: number, shares: { control: number; candidate: number }): Term {
  const term = new Term(SHARE_SHAPE)
  const units = control + candidate
  term.r[0] = candidate - shares.candidate * units
  term.floor[0] = shares.control * shares.candidate * units
  term.events[0][0] = control
  term.events[1][0] = candidate
  term.w = units
  return term
}

/** null of no units. */
export function readShare(term: Term): ShareReading | null {
  const units = term.w
  if (units === 0) return null
  const [control, candidate] = [term.events[0][0]!, term.events[1][0]!]
  const [surplus, variance] = [term.r[0]!, term.floor[0]!]
  const share = candidate / units
  const estimate = surplus / units
  return {
    ...{ n: { control, candidate }, units, share, planned: share - estimate, estimate },
    ...{ half: (Z_95 * Math.sqrt(variance)) / units, z: surplus / Math.sqrt(variance), spread: variance / units },
  }
}
