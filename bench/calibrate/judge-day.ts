import assert from 'node:assert/strict'
import { AlertWatch } from '../../src/alert/alert-watch.ts'
import { contrastsThatReach, thresholdsOf } from '../../src/evidence/field-contrasts.ts'
import { JUDGED_FROM_SLICE } from '../../src/evidence/ladder.ts'
import type { Comparison } from '../../src/verdict/question.ts'
import { DriftWatch } from '../../src/verdict/drift-watch.ts'
import { countedCheck } from './counted-checks.ts'
import type { CountedCheck } from './counted-checks.ts'
import { EventDay } from './events.ts'
import type { SliceEvents } from './events.ts'
import { productOf } from './product.ts'
import type { Product } from './product.ts'
import { SLICES_PER_DAY } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/** So loose that the alarms of a day can be counted: chance of any evidence in a feature-day, if nothing is wrong. */
export const LOOSE_BUDGETS = [0.05, 0.2] as const

/** What a day gave; slices are 1-based. */
export interface DayResult {
  /** By loose budget: the first slice at which any contrast of any window reached its threshold. */
  reachedAt: readonly (number | null)[]
  /** The product's alert. */
  firedAt: readonly number[]
  resolvedAt: readonly number[]
}

/**
 * One feature for one day.
 *
 * The loose budgets are the lower thresholds: what does not reach even those cannot drift. So the product's search, which also
 * looks for the strongest evidence, is asked only where something reached the product's own threshold, or while it fires.
 *
 */
export function judgeDay(
  scenario: Scenario,
  seed: number,
  day: number,
  { stopsWhenFound = false, looseBudgets = LOOSE_BUDGETS }: DayOptions = {},
): DayResult {
  const watch = new CheckWatch(productOf(scenario), looseBudgets)
  const events = new EventDay(scenario, seed, day)
  for (let T = 1; T <= scenario.slices; T++) {
    watch.add(events.next(), T)
    if (stopsWhenFound && watch.firedAt.some((fired) => fired > scenario.change!.after)) break
  }
  return watch
}

export interface DayOptions {
  /** The day ends when an alert has fired after the change began. */
  stopsWhenFound?: boolean
  /** Ascending. */
  looseBudgets?: readonly number[]
}

class CheckWatch implements DayResult {
  readonly reachedAt: (number | null)[]
  readonly firedAt: number[] = []
  readonly resolvedAt: number[] = []
  readonly #check: CountedCheck
  readonly #drift: DriftWatch
  readonly #alert: AlertWatch
  readonly #looseBudgets: readonly number[]
  /** By loose budget, contrast and class. */
  #loose: readonly number[][][] = []

  constructor(product: Product, looseBudgets: readonly number[]) {
    this.reachedAt = looseBudgets.map(() => null)
    this.#looseBudgets = looseBudgets
    this.#check = countedCheck(product)
    this.#drift = new DriftWatch(this.#check)
    this.#alert = new AlertWatch(this.#check.subject, product.config.policy.clear)
  }

  add(events: SliceEvents, T: number): void {
    this.#check.addEvents(events, T)
    const [comparison] = this.#check.comparisons
    if (comparison === undefined || T < JUDGED_FROM_SLICE) return
    if (this.#loose.length === 0) this.#loose = looseThresholds(comparison, this.#looseBudgets)
    const mayDrift = this.#findReached(comparison, T)
    if (!mayDrift && !this.#alert.isFiring) return
    const moment = { number: T, startMs: (T - 1) * SLICE_MS, endMs: T * SLICE_MS }
    const change = this.#alert.step(this.#drift.look(T, this.#alert.view), moment)
    if (change === null) return
    this.#alert.publish(change, 'calibration', moment)
    if (change.type === 'firing') this.firedAt.push(T)
    if (change.type === 'resolved') this.resolvedAt.push(T)
  }

  /** Notes what reached the loose budgets; true = something reached the product's. */
  #findReached({ questions, scores, sums }: Comparison, T: number): boolean {
    const loosest = this.#loose.at(-1)!
    let mayDrift = false
    for (const { cls, sums: term } of sums.offered()) {
      const reached = contrastsThatReach(term, questions, scores, (contrast) => loosest[contrast]![cls]!)
      for (const { contrast, result } of reached) {
        const z = Math.abs(result.z)
        this.#loose.forEach((thresholds, at) => {
          if (z >= thresholds[contrast]![cls]!) this.reachedAt[at] ??= T
        })
        mayDrift ||= z >= questions[contrast]!.zRequired[cls]!
      }
    }
    return mayDrift
  }
}

const SLICE_MS = 300_000

function looseThresholds({ questions }: Comparison, budgets: readonly number[]): number[][][] {
  const loose = budgets.map((alphaRelease) =>
    thresholdsOf(questions, { alphaRelease, share: 1, metrics: 1, levels: 10, panes: SLICES_PER_DAY }),
  )
  for (const [at, { zRequired }] of questions.entries()) {
    zRequired.forEach((z, cls) => assert(z >= loose.at(-1)![at]![cls]!, 'the product is looser than the loose budget'))
  }
  return loose
}
