import { isSettledByScalars } from '../evidence/field-contrasts.ts'
import { JUDGED_FROM_SLICE } from '../evidence/ladder.ts'
import { dataAtHand } from '../evidence/minimum-data.ts'
import type { Term } from '../evidence/term.ts'
import { natsOf } from '../evidence/z-required.ts'
import type { Evidence } from './check.ts'
import { eventsOf, read } from './question.ts'
import type { Comparison, Question, Reading } from './question.ts'

/** One window's answer. `term` is valid until the next slice. */
export interface Sighting {
  comparison: Comparison
  question: Question
  reading: Reading
  /** Of the window. */
  cls: number
  /** 0-based: the slices [start, end). */
  start: number
  end: number
  term: Term
  /** |z|/zRequired. */
  strength: number
  evidence: Evidence
}

/**
 * Puts every question to every window offered after slice T (statistics.md 7) and answers the strongest that drifts: enough
 * evidence AND a large enough effect AND minimum data. Ties go to the window offered earlier, then to the earlier question;
 * windows that differ only by slices without any of it are tied but for rounding.
 */
export function searchDrift(
  comparisons: readonly Comparison[],
  T: number,
  notBefore: number,
  isWanted: (question: Question) => boolean = () => true,
): Sighting | null {
  return strongestOf(comparisons, T, notBefore, { strengthMin: 1, isWanted, isTaken: isDrift })
}

/** The strongest evidence at all, drift or not: for display. It reads buckets of every check, so it is only for who asks. */
export function searchStrongest(comparisons: readonly Comparison[], T: number, notBefore: number): Sighting | null {
  return strongestOf(comparisons, T, notBefore, { strengthMin: 0, isWanted: () => true, isTaken: () => true })
}

interface Wanted {
  strengthMin: number
  isWanted(question: Question): boolean
  isTaken(sighting: Sighting, zRequired: number): boolean
}

/** Buckets are the cost: a window is asked for them only when its scalars leave room to beat what was found. */
function strongestOf(
  comparisons: readonly Comparison[],
  T: number,
  notBefore: number,
  { strengthMin, isWanted, isTaken }: Wanted,
): Sighting | null {
  let best: Sighting | null = null
  if (T < JUDGED_FROM_SLICE) return best

  for (const comparison of comparisons) {
    // Most fields are never missing and never out of range.
    if (!comparison.sums.hasCounts) continue
    for (const { cls, start, end, sums: term } of comparison.sums.offered(notBefore)) {
      if (term.w <= 0) continue
      for (const question of comparison.questions) {
        if (!isWanted(question) || isEmpty(term, question, comparison)) continue
        const zRequired = question.zRequired[cls]!
        const strengthToBeat = Math.max(strengthMin, best?.strength ?? 0)
        if (isSettledByScalars(term, question, comparison.scores, zRequired * strengthToBeat)) continue

        const reading = read(term, question, comparison)
        const strength = strengthOf(reading, question, zRequired)
        if (!isStronger(strength, best)) continue
        const evidence = { nats: natsOf(reading.z), thresholdNats: natsOf(zRequired) }
        const sighting = { comparison, question, reading, cls, start, end, term, strength, evidence }
        if (isTaken(sighting, zRequired)) best = sighting
      }
    }
  }
  return best
}

function isStronger(strength: number, best: Sighting | null): boolean {
  return best === null ? strength > 0 : strength > best.strength * BEYOND_ROUNDING
}

const BEYOND_ROUNDING = 1 + 1e-9

/** Nothing was counted: no surplus in any bucket. Sums of money may be 0 and yet have moved. */
function isEmpty(term: Term, { kind, cell }: Question, { scale }: Comparison): boolean {
  if ((kind !== 'cell' && kind !== 'rate') || scale === 'relative-sums') return false
  const bin = kind === 'cell' ? cell : 0
  return term.counts[0][bin] === 0 && term.counts[1][bin] === 0
}

/** The omnibus learns a direction and tests it: only agreement is evidence. */
function strengthOf({ z }: Reading, { kind }: Question, zRequired: number): number {
  return (kind === 'omnibus' ? Math.max(0, z) : Math.abs(z)) / zRequired
}

function isDrift({ strength, reading, question, term, comparison }: Sighting, zRequired: number): boolean {
  if (strength < 1 || Math.abs(reading.estimate) < question.effectMin || !isEnough(term, comparison)) return false
  return comparison.isProven?.(term, zRequired) ?? true
}

/** A cohort that sends nothing has no data, and that is the finding: there both cohorts count together. */
function isEnough(term: Term, { eventsMin }: Comparison): boolean {
  if (eventsMin === undefined) return dataAtHand(term).isEnough
  const { control, candidate } = eventsOf(term)
  return control + candidate >= eventsMin
}
