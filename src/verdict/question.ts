import type { EffectName, PolicyConfig } from '../config/shape.ts'
import { evaluate } from '../evidence/field-contrasts.ts'
import type { ContrastPlan } from '../evidence/field-contrasts.ts'
import { Z_95 } from '../evidence/intervals.ts'
import type { Term } from '../evidence/term.ts'
import type { MayMatter, OfferedWindow } from '../evidence/window-sums.ts'
import type { Effect } from './check.ts'
import { withinShares } from './tell.ts'

/** One contrast with all that its answer is held against (statistics.md 7): what is put to every window of a comparison. */
export interface Question extends ContrastPlan {
  /** The same question has the same key from slice to slice; a cell's key names its cut, because cells change with it. */
  key: string
  effect: Effect['name']
  /** Smaller changes are no news, however sure. */
  effectMin: number
  /** PASS needs the whole interval inside; null = not a headline contrast. */
  margin: number | null
  /** By window class. */
  zRequired: readonly number[]
}

/** The sums of one comparison over the ladder's windows and over the whole. */
export interface Sums {
  /** false = no window has counted anything. */
  readonly hasCounts: boolean
  /** The windows to look at now; those that do not matter may be left out. */
  offered(notBefore?: number, mayMatter?: MayMatter): readonly OfferedWindow[]
  readonly whole: { start: number; end: number; sums: Term }
}

export interface Comparison {
  questions: readonly Question[]
  /** p1 and p2, where the questions use them. */
  scores: readonly ArrayLike<number>[]
  /** Relative effects are divided by the pooled rate; of a ratio of sums one event has no fixed size. */
  scale: 'absolute' | 'relative' | 'relative-sums'
  /** So many events of both cohorts together are enough; left out: each cohort's own minimum (minimum-data.ts). */
  eventsMin?: number
  /** A second proof that a drift needs where z alone may deceive. */
  isProven?(term: Term, zRequired: number): boolean
  sums: Sums
}

/** The answer of one window to one question, in the unit of its effect. */
export interface Reading {
  z: number
  estimate: number
  se: number
  /** What one event more would make of the effect: no interval is narrower. ∞ where nothing can be compared. */
  oneEvent: number
  /** 95 %; null for the omnibus. */
  low: number | null
  high: number | null
}

export function read(term: Term, question: Question, { scores, scale }: Comparison): Reading {
  const { z, effect, se } = evaluate(term, question, scores)
  if (se === null) return { z, estimate: effect, se: 0, oneEvent: Infinity, low: null, high: null }

  const oneEvent = term.w > 0 ? 1 / term.w : Infinity
  if (scale === 'absolute') return withInterval(z, effect, se, oneEvent)
  // A rate below zero (refunds) must not turn the direction round.
  const mu = Math.abs(term.mu)
  if (mu === 0) return withInterval(z, 0, 0, Infinity)
  const reading = withInterval(z, effect / mu, se / mu, scale === 'relative' ? oneEvent / mu : 0)
  return isFinite(reading) ? reading : UNREADABLE
}

/** Sums whose squares are beyond a double (1e300 dollars) say nothing; and they must not turn into numbers that are none. */
const UNREADABLE: Reading = { z: 0, estimate: 0, se: 0, oneEvent: Infinity, low: 0, high: 0 }

function isFinite({ z, estimate, low, high }: Reading): boolean {
  return [z, estimate, low, high].every(Number.isFinite)
}

/** Half of the interval, never below one event: a rate that fell back to exactly zero is not known exactly. */
export function halfWidth({ se, oneEvent }: Reading): number {
  return Z_95 * Math.max(se, oneEvent)
}

/** A margin is a multiple of effectMin: an effect at effectMin itself can neither be alarmed nor excluded. */
export function limitsOf(policy: PolicyConfig, name: EffectName): { effectMin: number; margin: number } {
  const effectMin = policy.effectMin[name]
  return { effectMin, margin: effectMin * policy.margin[name] }
}

export function effectOf({ effect, effectMin }: Question, { estimate, low, high }: Reading): Effect {
  const name = effect
  if (low === null || high === null) return { name, estimate, low, high, threshold: effectMin }
  return withinShares({ name, estimate, low, high, threshold: effectMin })
}

/** Events of the comparison: the check's denominator. */
export function eventsOf(term: Term): { control: number; candidate: number } {
  const total = (events: Float64Array): number => events.reduce((sum, count) => sum + count, 0)
  return { control: total(term.events[0]), candidate: total(term.events[1]) }
}

function withInterval(z: number, estimate: number, se: number, oneEvent: number): Reading {
  return { z, estimate, se, oneEvent, low: estimate - Z_95 * se, high: estimate + Z_95 * se }
}
