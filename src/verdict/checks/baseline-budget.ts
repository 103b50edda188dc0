import type { Config } from '../../config/shape.ts'
import { zRequiredOfClasses } from '../../evidence/z-required.ts'
import { listMetrics } from '../budget.ts'
import type { Share } from '../budget.ts'
import type { CheckName } from '../check.ts'

/** What is compared with a baseline (statistics.md 11). */
const COMPARED: ReadonlySet<CheckName> = new Set([
  'numeric', 'categorical', 'boolean', 'engagement', 'representation', 'missing', 'range',
] as const) // prettier-ignore
/** Control and candidate are each compared, each its own metric. */
const COHORTS = 2

/**
 * The |z| a contrast needs by window class. Comparing with a baseline has a falseAlarmBudget of its own, beside that of the
 * cohorts, divided in the same way: a baseline must not make the watch over a release less sharp.
 */
export class BaselineBudget {
  readonly #config: Pick<Config, 'policy' | 'streams' | 'panes'>
  readonly #metrics: Record<Share, number> = { features: 0, engagement: 0, population: 0, quality: 0 }
  readonly #known = new Map<string, readonly number[]>()

  constructor(config: Pick<Config, 'policy' | 'streams' | 'panes'>) {
    this.#config = config
    for (const { share, check } of config.streams.flatMap(listMetrics)) {
      if (COMPARED.has(check)) this.#metrics[share] += COHORTS
    }
  }

  zRequired(share: Share, contrastWeight: number): readonly number[] {
    const key = `${share} ${contrastWeight}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { policy, panes } = this.#config
    const computed = zRequiredOfClasses({
      alphaRelease: policy.falseAlarmBudget,
      share: policy.shares[share],
      metrics: this.#metrics[share],
      contrastWeight,
      levels: policy.levels,
      panes: Math.ceil(policy.horizonMs / panes.lengthMs),
    })
    this.#known.set(key, computed)
    return computed
  }
}
