import type { Profile } from '../../baseline/profile.ts'
import { compareSums, toleranceOf } from '../../evidence/baseline.ts'
import type { BaselineComparison } from '../../evidence/baseline.ts'
import { Z_95 } from '../../evidence/intervals.ts'
import { EFFECTIVE_BUCKETS_MIN, EVENTS_MIN } from '../../evidence/minimum-data.ts'
import type { BaselineQuestion } from './baseline-questions.ts'
import { hoursCovered, sumsOfCell, surplusSumOf } from './baseline-term.ts'
import type { BaselineTerm } from './baseline-term.ts'

/** A window's answer to one question (docs/statistics.md 11), in the unit of its effect; an effect of a rate is relative to the baseline's. */
export interface BaselineReading {
  /** Beyond the tolerance. */
  z: number
  estimate: number
  /** Half of the 95 % interval. */
  half: number
  /** Half of the interval as calm and PASS see it: never below one event. */
  halfSure: number
  /** What days explain; null: of too few days to know. */
  tolerance: number | null
  effectiveBuckets: number
}

/** Null where nothing can be compared: no event, or a rate that was zero on all other days. */
export function readBaselineWindow(
  term: BaselineTerm,
  question: BaselineQuestion,
  profile: Profile,
): BaselineReading | null {
  const unit = unitOf(term, question)
  if (unit === null) return null
  const sums = sumsOfCell(term, profile, question.cell)
  const effects = profile.dayEffects(hoursCovered(term, profile), question.cell)
  const compared = compareSums(sums, toleranceOf(effects, effects.length, question.effectMin * unit))
  return inUnits(compared, term, unit)
}

/**
 * What z could at most be, were days all alike: the tolerance is never below effectMin. Settles nearly all windows by two sums
 * each; only the rest are asked for their buckets, and after that for their days.
 */
export function mayReach(term: BaselineTerm, question: BaselineQuestion, profile: Profile, z: number): boolean {
  const unit = unitOf(term, question)
  if (unit === null) return false
  const { cell, effectMin } = question
  const effect = Math.abs(surplusSumOf(term, cell)) / term.w
  // Sums in another order agree to some 1e-12: no last bit may settle what the buckets would not.
  if (effect * (1 + 1e-9) <= effectMin * unit) return false
  return Math.abs(compareSums(sumsOfCell(term, profile, cell), effectMin * unit).z!) >= z
}

export function isEnough(term: BaselineTerm, { effectiveBuckets }: Pick<BaselineReading, 'effectiveBuckets'>): boolean {
  return term.w >= EVENTS_MIN && effectiveBuckets >= EFFECTIVE_BUCKETS_MIN
}

/** What an effect is divided by: 1, or the rate that the baseline expects in this window. */
function unitOf(term: BaselineTerm, { effect, cell }: BaselineQuestion): number | null {
  if (term.w <= 0) return null
  if (effect !== 'relative') return 1
  const expected = term.counts[1][cell]! / term.w
  return expected > 0 ? expected : null
}

function inUnits(compared: BaselineComparison, term: BaselineTerm, unit: number): BaselineReading {
  const { effect, se, tolerance, z, effectiveBuckets } = compared
  return {
    ...{ z: z ?? 0, estimate: effect / unit, half: (Z_95 * se) / unit, effectiveBuckets },
    halfSure: (Z_95 * Math.max(se, 1 / term.w)) / unit,
    tolerance: tolerance === null ? null : tolerance / unit,
  }
}
