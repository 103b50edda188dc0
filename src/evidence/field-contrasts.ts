import { binContrast, omnibusContrast, scoreContrast, type Contrast, type Omnibus } from './contrasts.ts'
import type { Term } from './term.ts'
import { zRequiredOfClasses, type ContrastBudget } from './z-required.ts'

/**
 * Which questions are asked of a metric, in which order, and which of them a window answers with evidence (docs/statistics.md 5;
 * weights divide the metric's budget as in Bonferroni's bound).
 *
 * *Cheap and exact*: v ≥ floor, so |z| ≤ |u|/√floor. A window whose |u| stays below zRequired·√floor is settled by a few
 * sums that every term carries; the buckets are read only beyond. Nearly all windows of healthy fields end here.
 */
export type MetricKind = 'numeric' | 'categorical' | 'representation' | 'rate'

export interface ContrastPlan {
  kind: 'location' | 'spread' | 'cell' | 'omnibus' | 'rate'
  /** Of kind `cell`; else −1. */
  cell: number
  /** Part of the metric's budget. Those of a metric add up to 1. */
  weight: number
}

/** @param cells of a field; a rate or ratio has none */
export function contrastsOf(kind: MetricKind, cells = 0): ContrastPlan[] {
  const eachCell = (weight: number): ContrastPlan[] =>
    Array.from({ length: cells }, (_, cell) => ({ kind: 'cell', cell, weight: weight / cells }))
  switch (kind) {
    case 'numeric':
      return [
        { kind: 'location', cell: -1, weight: 0.3 },
        { kind: 'spread', cell: -1, weight: 0.2 },
        ...eachCell(0.3),
        { kind: 'omnibus', cell: -1, weight: 0.2 },
      ]
    case 'categorical':
      return [...eachCell(0.8), { kind: 'omnibus', cell: -1, weight: 0.2 }]
    case 'representation':
      return eachCell(1)
    case 'rate':
      return [{ kind: 'rate', cell: -1, weight: 1 }]
  }
}

/** z that each contrast must reach, [contrast][window class]. Cells share one list. */
export function thresholdsOf(
  plans: readonly ContrastPlan[],
  budget: Omit<ContrastBudget, 'contrastWeight'>,
): number[][] {
  const byWeight = new Map<number, number[]>()
  return plans.map(({ weight }) => {
    const known = byWeight.get(weight)
    if (known !== undefined) return known
    const thresholds = zRequiredOfClasses({ ...budget, contrastWeight: weight })
    byWeight.set(weight, thresholds)
    return thresholds
  })
}

/** @param scores the term's score tables: p1 and p2 for numeric, else none */
export function evaluate(
  term: Term,
  plan: ContrastPlan,
  scores: readonly ArrayLike<number>[],
): Contrast | (Omnibus & { se: null; designEffect: null }) {
  switch (plan.kind) {
    case 'location':
      return scoreContrast(term, 0, scores[0]!)
    case 'spread':
      return scoreContrast(term, 1, scores[1]!)
    case 'cell':
      return binContrast(term, plan.cell)
    case 'rate':
      return binContrast(term, 0)
    case 'omnibus':
      return { ...omnibusContrast(term), se: null, designEffect: null }
  }
}

export interface Reached {
  /** Position among the plans. */
  contrast: number
  result: ReturnType<typeof evaluate>
}

/** The contrasts of a window that reach their thresholds, in order: |z| ≥ zRequired, for the omnibus z ≥ zRequired. */
export function contrastsThatReach(
  term: Term,
  plans: readonly ContrastPlan[],
  scores: readonly ArrayLike<number>[],
  zRequired: (contrast: number) => number,
): Reached[] {
  const reached: Reached[] = []
  if (term.w <= 0) return reached
  for (const [contrast, plan] of plans.entries()) {
    const required = zRequired(contrast)
    if (isSettledByScalars(term, plan, scores, required)) continue
    const result = evaluate(term, plan, scores)
    const z = plan.kind === 'omnibus' ? result.z : Math.abs(result.z)
    if (z >= required) reached.push({ contrast, result })
  }
  return reached
}

/**
 * The term's sums were added in another order than the contrast adds its buckets: they agree to some 1e-12. So that no
 * last bit decides, only what stays this much below the threshold is settled.
 */
export const SETTLED_BELOW = 1 - 1e-9

/** True only if z surely misses `required`, whatever the buckets say. */
export function isSettledByScalars(
  term: Term,
  plan: ContrastPlan,
  scores: readonly ArrayLike<number>[],
  required: number,
): boolean {
  return zBound(term, plan, scores) < required * SETTLED_BELOW
}

/** z cannot be larger, whatever the buckets say. Without a floor (a ratio of sums) there is no bound: ∞. */
export function zBound(term: Term, plan: ContrastPlan, scores: readonly ArrayLike<number>[]): number {
  switch (plan.kind) {
    case 'cell':
      return cellBound(term, plan.cell)
    case 'rate':
      return cellBound(term, 0)
    case 'location':
      return scoreBound(term, 0, scores[0]!)
    case 'spread':
      return scoreBound(term, 1, scores[1]!)
    case 'omnibus':
      return omnibusBound(term)
  }
}

/** Of millions of windows a day; hence from the one array that holds all scalars, which is one place in memory and not four. */
function cellBound({ scalars, shape: { bins, tables } }: Term, bin: number): number {
  const even = bins + tables + bin
  return boundOf(Math.abs(scalars[even]! + scalars[even + bins]!), scalars[bin]!)
}

function scoreBound({ evenSums, oddSums, floor, shape }: Term, table: number, scores: ArrayLike<number>): number {
  const { bins } = shape
  let u = 0
  for (let j = 0; j < bins; j += 1) u += scores[j]! * (evenSums[j]! + oddSums[j]!)
  return boundOf(Math.abs(u), floor[bins + table]!)
}

/** As `omnibusContrast` and `omnibusFloor` have it, from sums. */
function omnibusBound({ evenSums, oddSums, floor, shape, w }: Term): number {
  let u = 0
  let variance = 0
  for (let bin = 0; bin < shape.bins; bin += 1) {
    const direction = floor[bin] === 0 ? 0 : (evenSums[bin]! * w) / floor[bin]!
    u += direction * oddSums[bin]!
    variance += direction * direction * floor[bin]!
  }
  return boundOf(u, variance / 2)
}

function boundOf(u: number, floor: number): number {
  return floor > 0 ? u / Math.sqrt(floor) : Infinity
}

/**
 * Cells by how much they contribute, largest u²/floor first, ties: the earlier cell; cells without variance are left out.
 * What a reason names, and what an omnibus alert watches while it calms down.
 */
export function strongestCells(term: Term, countMax: number): number[] {
  const strengths: { cell: number; strength: number }[] = []
  for (let cell = 0; cell < term.shape.bins; cell += 1) {
    const floor = term.floor[cell]!
    const u = term.evenSums[cell]! + term.oddSums[cell]!
    if (floor > 0) strengths.push({ cell, strength: (u * u) / floor })
  }
  strengths.sort((left, right) => right.strength - left.strength || left.cell - right.cell)
  return strengths.slice(0, countMax).map(({ cell }) => cell)
}
