import { ln } from './arithmetic.ts'

/**
 * Evidence in nats that a count is above what is tolerated: P(Poisson(λ) ≥ x) ≤ e^−(x·ln(x/λ) − x + λ) for x > λ
 * (Chernoff 1952; Boucheron, Lugosi and Massart, Concentration Inequalities, 2013, 2.2). 0 at or below λ. Used by `cross-cohort`
 * (docs/statistics.md 10).
 */
export function poissonNats(x: number, lambda: number): number {
  return x > lambda ? x * ln(x / lambda) - x + lambda : 0
}
