import type { EffectName, PolicyConfig, Role } from './shape.ts'

/** What holds where the configuration says nothing (contracts.md 1, statistics.md 6 and 7), in the form it is written. */
export const DEFAULTS = {
  instance: 'evenkeel',
  clientId: 'evenkeel',
  sessionTimeout: '10s',
  registry: { directory: './schemas' },
  prefix: 'evenkeel',
  listen: '127.0.0.1:8080',
  stateDirectory: './state',
  alertmanagerEvery: '1m',
  panes: { length: '5m', lateness: '1m', ahead: '1h', idle: '10m', completeWithin: '1h' },
  recordBytes: '1MiB',
  roles: ['observe', 'assemble', 'judge'] as readonly Role[],
  start: 'latest',
  horizon: '14d',
} as const

export const POLICY_DEFAULTS: Omit<PolicyConfig, 'horizonMs' | 'expect'> = {
  falseAlarmBudget: 0.01,
  require: 'all',
  levels: 10,
  shares: { features: 0.5, engagement: 0.25, population: 0.1, quality: 0.15 },
  effectMin: {
    location: 0.03,
    spread: 0.03,
    cell: 0.01,
    newCell: 0.005,
    omnibus: 0.06,
    boolean: 0.01,
    representation: 0.01,
    engagement: 0.03,
    missing: 0.005,
    range: 0.002,
    duplicates: 0.005,
    lateness: 0.005,
    schema: 0.002,
    volume: 0.1,
    // The judge multiplies it by the product of the planned shares: half a point at 50/50.
    sampleRatio: 0.02,
    crossCohort: 0.005,
  },
  margin: {
    location: 2,
    spread: 2,
    cell: 3,
    newCell: 3,
    // Omnibus is no headline contrast and cross-cohort has a PASS rule of its own: their margins are never read.
    omnibus: 1,
    boolean: 3,
    representation: 3,
    engagement: 2,
    missing: 2,
    range: 2,
    duplicates: 2,
    lateness: 2,
    schema: 2,
    volume: 2,
    sampleRatio: 2,
    crossCohort: 1,
  },
  clear: 12,
  segments: 'auto',
}

/** Check names that stand for one effect each. `numeric` and `categorical` have several, so they are none. */
export const EFFECT_ALIASES: Readonly<Record<string, EffectName>> = {
  'sample-ratio': 'sampleRatio',
  'cross-cohort': 'crossCohort',
}
