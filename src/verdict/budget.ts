import type { Config, PolicyConfig, StreamConfig } from '../config/shape.ts'
import { alphaOfClasses, looksOfClass, zRequiredOfClasses } from '../evidence/z-required.ts'
import type { ContrastBudget } from '../evidence/z-required.ts'
import type { CheckName } from './check.ts'

/**
 * What one look may cost. The false-alarm budget of a release is divided by kind, by metric, by contrast, by window class and
 * by look (statistics.md 6), so that everything that is ever looked at in a horizon stays within it.
 *
 * The metrics that share a part are counted from the configuration alone, never from data, and from the closed list of checks
 * whether built or not: a new check must not tighten the thresholds of those that stand. The list, per stream:
 *
 *   features     numeric, categorical or boolean of each field; not of role `segment` (that is `representation`), and not a
 *                boolean that an engagement rate of the stream counts (judged there only)
 *   engagement   each metric
 *   population   volume and cross-cohort; sample-ratio where an allocation is planned; representation of each field of role
 *                `segment`
 *   quality      missing of each field (segments and counted booleans too); range of each numeric field; duplicates where
 *                there is an id; lateness; schema
 */
export type Share = keyof PolicyConfig['shares']

export interface ListedMetric {
  share: Share
  check: CheckName
  /** The field, or the engagement metric's name. */
  field: string | null
}

export function listMetrics(stream: StreamConfig): ListedMetric[] {
  const { fields, engagement } = stream
  const segments = fields.filter(({ role }) => role === 'segment')
  const judged = fields.filter((field) => field.role !== 'segment' && !isCountedByRate(stream, field))
  const list = (share: Share, check: CheckName, names: readonly (string | null)[]): ListedMetric[] =>
    names.map((field) => ({ share, check, field }))
  const once = (isThere: boolean): readonly null[] => (isThere ? [null] : [])
  return [
    ...judged.map(({ kind, name }) => ({ share: 'features' as const, check: kind, field: name })),
    ...list('engagement', 'engagement', namesOf(engagement)),
    ...list('population', 'sample-ratio', once(stream.allocation !== null)),
    ...list('population', 'volume', [null]),
    ...list('population', 'cross-cohort', [null]),
    ...list('population', 'representation', namesOf(segments)),
    ...list('quality', 'missing', namesOf(fields)),
    ...list('quality', 'range', namesOf(fields.filter(({ kind }) => kind === 'numeric'))),
    ...list('quality', 'duplicates', once(stream.id !== null)),
    ...list('quality', 'lateness', [null]),
    ...list('quality', 'schema', [null]),
  ]
}

export class Budget {
  readonly levels: number
  /** Then a new budget begins. */
  readonly slicesInHorizon: number
  readonly #policy: PolicyConfig
  readonly #metrics: Record<Share, number> = { features: 0, engagement: 0, population: 0, quality: 0 }
  readonly #known = new Map<string, readonly number[]>()

  constructor({ policy, streams, panes }: Pick<Config, 'policy' | 'streams' | 'panes'>) {
    this.levels = policy.levels
    this.#policy = policy
    this.slicesInHorizon = Math.ceil(policy.horizonMs / panes.lengthMs)
    for (const { share } of streams.flatMap(listMetrics)) this.#metrics[share]++
  }

  /** How many metrics divide a share, over all streams of the configuration. */
  metricsIn(share: Share): number {
    return this.#metrics[share]
  }

  /** The |z| a contrast of this weight needs, by window class. Kept: hundreds of contrasts share a few weights. */
  zRequired(share: Share, contrastWeight: number): readonly number[] {
    const key = `${share} ${contrastWeight}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const computed = zRequiredOfClasses(this.#budgetOf(share, contrastWeight))
    this.#known.set(key, computed)
    return computed
  }

  /** Looks in a horizon, by window class. */
  get looks(): readonly number[] {
    return Array.from({ length: this.levels + 1 }, (_, cls) => looksOfClass(this.slicesInHorizon, cls))
  }

  /** The chance of any false alarm in a horizon that one metric has: for evidence that holds at any time. */
  alphaOfMetric(share: Share): number {
    return (this.#policy.falseAlarmBudget * this.#policy.shares[share]) / this.#metrics[share]
  }

  /** Of one look by a metric that is looked at after every slice: class 0, weight 1. */
  alphaOfSlice(share: Share): number {
    return alphaOfClasses(this.#budgetOf(share, 1))[0]!
  }

  #budgetOf(share: Share, contrastWeight: number): ContrastBudget {
    const { falseAlarmBudget, shares, levels } = this.#policy
    return {
      ...{ alphaRelease: falseAlarmBudget, share: shares[share], metrics: this.#metrics[share] },
      ...{ contrastWeight, levels, panes: this.slicesInHorizon },
    }
  }
}

/**
 * Where a metric is also judged inside segments, half of its alpha is theirs, from the first slice on: thresholds must not move
 * when the segments' values become known.
 */
export function weightOfWhole(stream: StreamConfig, policy: PolicyConfig): number {
  return policy.segments === 'auto' && stream.fields.some(({ role }) => role === 'segment') ? 0.5 : 1
}

export function isCountedByRate({ engagement }: StreamConfig, field: { kind: string; name: string }): boolean {
  return field.kind === 'boolean' && engagement.some((metric) => metric.kind === 'rate' && metric.field === field.name)
}

function namesOf(named: readonly { name: string }[]): string[] {
  return named.map(({ name }) => name)
}
