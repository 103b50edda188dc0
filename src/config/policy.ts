import type { Config, PolicyConfig } from './shape.ts'

/** The policy with every default filled in, as a plain object that can be digested. Lists in which order means nothing are sorted. */
export function policyOf({ policy }: Pick<Config, 'policy'>): PolicyConfig {
  return {
    falseAlarmBudget: policy.falseAlarmBudget,
    horizonMs: policy.horizonMs,
    require: policy.require === 'all' ? 'all' : [...policy.require].sort(),
    levels: policy.levels,
    shares: { ...policy.shares },
    effectMin: { ...policy.effectMin },
    margin: { ...policy.margin },
    clear: policy.clear,
    segments: policy.segments,
    expect: policy.expect.map((expected) => ({ ...expected })),
  }
}
