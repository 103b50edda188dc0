import { isSettledByScalars, zBound } from '../evidence/field-contrasts.ts'
import { JUDGED_FROM_SLICE } from '../evidence/ladder.ts'
import { barsOf, mayReach } from '../evidence/may-reach.ts'
import { dataAtHand } from '../evidence/minimum-data.ts'
import type { Term } from '../evidence/term.ts'
import type { MayMatter, OfferedWindow } from '../evidence/window-sums.ts'
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
 *
 * Buckets are the cost: a window is asked for them only when its scalars leave room to beat what was found.
 */
export function searchDrift(
  comparisons: readonly Comparison[],
  T: number,
  notBefore: number,
  isWanted: (question: Question) => boolean = () => true,
): Sighting | null {
  let best: Sighting | null = null
  forEachAsked(comparisons, T, notBefore, filterOf, (comparison, window, question, zRequired) => {
    if (!isWanted(question)) return
    const zToBeat = zRequired * Math.max(1, best?.strength ?? 0)
    if (isSettledByScalars(window.sums, question, comparison.scores, zToBeat)) return
    const sighting = see(comparison, window, question, zRequired)
    if (isStronger(sighting.strength, best) && isDrift(sighting, zRequired)) best = sighting
  })
  return best
}

/**
 * The strongest evidence at all, drift or not: for display. Those that could be strongest are asked first, so that few have to
 * be; ties go to whoever was asked first.
 */
export function searchStrongest(comparisons: readonly Comparison[], T: number, notBefore: number): Sighting | null {
  const rest: { strengthMax: number; see: () => Sighting }[] = []
  forEachAsked(comparisons, T, notBefore, all, (comparison, window, question, zRequired) => {
    const strengthMax = zBound(window.sums, question, comparison.scores) / zRequired
    rest.push({ strengthMax, see: () => see(comparison, window, question, zRequired) })
  })
  rest.sort((one, other) => (one.strengthMax === other.strengthMax ? 0 : other.strengthMax - one.strengthMax))
  let best: Sighting | null = null
  for (const { strengthMax, see } of rest) {
    if (strengthMax <= (best?.strength ?? 0)) break
    const sighting = see()
    if (isStronger(sighting.strength, best)) best = sighting
  }
  return best
}

type OnAsked = (comparison: Comparison, window: OfferedWindow, question: Question, zRequired: number) => void

/** Every question to every window that may have an answer, in the order of the ladder. */
function forEachAsked(
  comparisons: readonly Comparison[],
  T: number,
  notBefore: number,
  filterOf: (comparison: Comparison) => MayMatter,
  onAsked: OnAsked,
): void {
  if (T < JUDGED_FROM_SLICE) return
  for (const comparison of comparisons) {
    // Most fields are never missing and never out of range.
    if (!comparison.sums.hasCounts) continue
    for (const window of comparison.sums.offered(notBefore, filterOf(comparison))) {
      if (window.sums.w <= 0) continue
      for (const question of comparison.questions) {
        if (!isEmpty(window.sums, question, comparison))
          onAsked(comparison, window, question, question.zRequired[window.cls]!)
      }
    }
  }
}

/** Lets through what may reach a threshold. Millions of windows a day do not: nothing is made of them. */
function filterOf(comparison: Comparison): MayMatter {
  const known = filters.get(comparison)
  if (known !== undefined) return known
  const { questions, scores, scale } = comparison
  const bars = barsOf(questions)
  const filter: MayMatter = scale === 'relative-sums' ? EVERY : (parts, cls) => mayReach(parts, cls, bars, scores)
  filters.set(comparison, filter)
  return filter
}

const EVERY: MayMatter = () => true
const all = (): MayMatter => EVERY

/** A comparison's questions never change. */
const filters = new WeakMap<Comparison, MayMatter>()

function see(comparison: Comparison, window: OfferedWindow, question: Question, zRequired: number): Sighting {
  const { cls, start, end, sums: term } = window
  const reading = read(term, question, comparison)
  const evidence = { nats: natsOf(reading.z), thresholdNats: natsOf(zRequired) }
  const strength = strengthOf(reading, question, zRequired)
  return { comparison, question, reading, cls, start, end, term, strength, evidence }
}

function isStronger(strength: number, best: Sighting | null): boolean {
  return best === null ? strength > 0 : strength > best.strength * BEYOND_ROUNDING
}

const BEYOND_ROUNDING = 1 + 1e-9

/** Nothing was counted: no surplus in any bucket. Sums of money may be 0 and yet have moved. */
function isEmpty(term: Term, { kind, cell }: Question, { scale }: Comparison): boolean {
  if ((kind !== 'cell' && kind !== 'rate') || scale === 'relative-sums') return false
  const bin = kind === 'cell' ? cell : 0
  return term.countsNothing(bin)
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
