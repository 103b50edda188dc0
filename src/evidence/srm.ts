import assert from 'node:assert/strict'
import { exp, ln } from './arithmetic.ts'

/**
 * Sample ratio: do units arrive in the planned shares? Evidence that may be looked at after every slice (docs/statistics.md 10;
 * golden section `srm`).
 *
 * For each cohort i and each odds ratio o that a broken allocation might have, the likelihood ratio of "cohort i has o
 * times its planned odds" against the plan is a martingale under the plan. So is their mean, and it exceeds 1/alpha ever
 * with probability at most alpha (Ville 1939; Lindon and Malek, Anytime-valid inference for multinomial count data, 2022).
 *
 *   ln S_g = newUnits_i·ln o − N·ln(1 + share_i·(o − 1))          one slice, component g = (i, o)
 *   fixed start:  E = mean over g of Π S_g
 *   any start:    R_g ← (R_g + 1/T)·S_g, E = mean of R_g + (T − t)/T   (Shiryaev-Roberts with start times mixed evenly;
 *                 Shin, Ramdas and Rinaldo, E-detectors, 2022)
 *   lnE = ln(½·fixed + ½·any)
 *
 * A fault from the first slice is found by the fixed start, a later one by the other. Everything is kept as logarithms.
 */
export const ODDS: readonly number[] = [
  1.02, 1 / 1.02, 1.05, 1 / 1.05, 1.1, 1 / 1.1, 1.2, 1 / 1.2, 1.5, 1 / 1.5, 2, 1 / 2, 4, 1 / 4,
] // prettier-ignore
const LN_ODDS = ODDS.map((odds) => ln(odds))

export interface SampleRatioStep {
  /** ln S of each component: cohorts ascending, odds in their order. */
  lnS: number[]
  lnEFixed: number
  lnESr: number
  lnE: number
}

export class SampleRatioProcess {
  /** Two cohorts mirror each other: the second says it all. */
  readonly #cohorts: readonly number[]
  readonly #horizonSlices: number
  readonly #lnProduct: number[]
  readonly #lnR: number[]
  #t = 0

  constructor(cohortCount: number, horizonSlices: number) {
    this.#cohorts = cohortCount === 2 ? [1] : Array.from({ length: cohortCount }, (_, i) => i)
    this.#horizonSlices = horizonSlices
    const components = this.#cohorts.length * ODDS.length
    this.#lnProduct = new Array<number>(components).fill(0)
    this.#lnR = new Array<number>(components).fill(-Infinity)
  }

  /**
   * One slice: units first seen in it, and the shares planned for it.
   * At most as many slices as the horizon has: then a new budget, and a new process, begins.
   */
  add(newUnits: readonly number[], shares: readonly number[]): SampleRatioStep {
    this.#t += 1
    assert(this.#t <= this.#horizonSlices, `slice ${this.#t} of a horizon of ${this.#horizonSlices}`)
    const lnS = this.#lnLikelihoodRatios(newUnits, shares)
    const lnStart = -ln(this.#horizonSlices)
    for (const [g, step] of lnS.entries()) {
      this.#lnProduct[g]! += step
      this.#lnR[g] = lnSumExp([this.#lnR[g]!, lnStart]) + step
    }

    const lnComponents = ln(lnS.length)
    const lnEFixed = lnSumExp(this.#lnProduct) - lnComponents
    // Starts that have not come yet hold their cash.
    const lnCash = ln((this.#horizonSlices - this.#t) / this.#horizonSlices)
    const lnESr = lnSumExp([lnSumExp(this.#lnR) - lnComponents, lnCash])
    return { lnS, lnEFixed, lnESr, lnE: lnSumExp([lnEFixed, lnESr]) - ln(2) }
  }

  #lnLikelihoodRatios(newUnits: readonly number[], shares: readonly number[]): number[] {
    let total = 0
    for (const units of newUnits) total += units
    return this.#cohorts.flatMap((i) =>
      ODDS.map((odds, at) => newUnits[i]! * LN_ODDS[at]! - total * ln(1 + shares[i]! * (odds - 1))),
    )
  }
}

/** ln Σ e^x, shifted by the largest so that nothing overflows; −∞ of nothing. */
function lnSumExp(values: readonly number[]): number {
  let largest = -Infinity
  for (const value of values) if (value > largest) largest = value
  if (largest === -Infinity) return -Infinity
  let sum = 0
  for (const value of values) sum += exp(value - largest)
  return largest + ln(sum)
}
