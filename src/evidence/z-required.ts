import { ln } from './arithmetic.ts'

/**
 * How large |z| must be, so that everything that is ever looked at in a horizon stays within the false-alarm budget
 * (docs/statistics.md 6; golden section `z-required`).
 *
 *   2φ(z)/z ≥ P(|Z| ≥ z) for a standard normal Z (Mills' ratio; Gordon 1941), so z is large enough for alpha when
 *   z²/2 + ln z + ln √(π/2) ≥ −ln alpha. The left side is what we report as nats.
 *
 * alpha of one look = release budget · share of the kind of check / its metrics · weight of the contrast / window classes
 * / looks of the class (Bonferroni). The order of these operations is fixed: it decides the last bit.
 */
const LN_SQRT_HALF_PI = 0.22579135264472744
/** z is rounded up to this grid, so that thresholds are short numbers and no last bit of a logarithm can move one. */
const STEPS_PER_UNIT = 1024

/** From this level on windows are looked at only every half block, not every quarter. */
const HALF_BLOCK_LEVEL = 6

export interface ContrastBudget {
  /** Chance of any false alarm in a release and horizon. */
  alphaRelease: number
  /** Budget share of the kind of check. */
  share: number
  /** How many metrics divide that share: from the configuration, never from data. */
  metrics: number
  contrastWeight: number
  /** Levels of the ladder; there are levels + 1 window classes. */
  levels: number
  /** Slices in the horizon. */
  panes: number
}

/** The threshold of each window class 0 … levels. */
export function zRequiredOfClasses(budget: ContrastBudget): number[] {
  return alphaOfClasses(budget).map((alpha) => zRequired(alpha))
}

export function alphaOfClasses(budget: ContrastBudget): number[] {
  const { alphaRelease, share, metrics, contrastWeight, levels, panes } = budget
  const alphaOfClass = (((alphaRelease * share) / metrics) * contrastWeight) / (levels + 1)
  return Array.from({ length: levels + 1 }, (_, cls) => alphaOfClass / looksOfClass(panes, cls))
}

/** Looks at windows of one class in a horizon of so many slices; class 0 is the slice itself, class l+1 is level l. */
export function looksOfClass(panes: number, cls: number): number {
  return cls === 0 ? panes : 2 * Math.ceil(panes / stepOfLevel(cls - 1))
}

/** Windows of a level are looked at when the slice number is a multiple of this. */
export function stepOfLevel(level: number): number {
  const blockLength = 1 << level
  return level < HALF_BLOCK_LEVEL ? Math.max(1, Math.floor(blockLength / 4)) : blockLength / 2
}

/** The smallest multiple of 1/1024, at least 1, whose nats reach −ln alpha. Infinity for alpha = 0. */
export function zRequired(alpha: number): number {
  const natsRequired = -ln(alpha)
  if (natsRequired === Infinity) return Infinity
  let low = STEPS_PER_UNIT
  let high = 64 * STEPS_PER_UNIT // 2,000 nats: beyond −ln of the smallest double, 745
  while (low < high) {
    const middle = (low + high) >>> 1
    if (natsOf(middle / STEPS_PER_UNIT) >= natsRequired) high = middle
    else low = middle + 1
  }
  return low / STEPS_PER_UNIT
}

/** Evidence in nats of |z|: −ln of the tail bound. 0 below 1, where the bound says nothing. */
export function natsOf(z: number): number {
  const size = Math.abs(z)
  return size < 1 ? 0 : (size * size) / 2 + ln(size) + LN_SQRT_HALF_PI
}
