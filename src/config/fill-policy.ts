import { DEFAULTS, EFFECT_ALIASES, POLICY_DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import type { RawPolicy } from './raw.ts'
import type { EffectName, PolicyConfig } from './shape.ts'

export function fillPolicy(raw: RawPolicy): PolicyConfig {
  return {
    falseAlarmBudget: raw.falseAlarmBudget ?? POLICY_DEFAULTS.falseAlarmBudget,
    horizonMs: parseDuration(raw.horizon ?? DEFAULTS.horizon)!,
    require: raw.require ?? POLICY_DEFAULTS.require,
    levels: raw.levels ?? POLICY_DEFAULTS.levels,
    shares: { ...POLICY_DEFAULTS.shares, ...raw.shares },
    effectMin: { ...POLICY_DEFAULTS.effectMin, ...byEffectName(raw.effectMin) },
    margin: { ...POLICY_DEFAULTS.margin, ...byEffectName(raw.margin) },
    clear: raw.clear ?? POLICY_DEFAULTS.clear,
    segments: raw.segments ?? POLICY_DEFAULTS.segments,
    expect: (raw.expect ?? []).map(({ check, stream, field, reason }) => ({
      check,
      stream: stream ?? null,
      field: field ?? null,
      reason,
    })),
  }
}

function byEffectName(table: Record<string, number> = {}): Partial<Record<EffectName, number>> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [EFFECT_ALIASES[name] ?? name, value]))
}
