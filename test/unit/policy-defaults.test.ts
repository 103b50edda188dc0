import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULTS, POLICY_DEFAULTS } from '../../src/config/defaults.ts'

describe('what holds where the policy says nothing', () => {
  it('is the budget of docs/statistics.md 6', () => {
    assert.equal(POLICY_DEFAULTS.falseAlarmBudget, 0.01)
    assert.equal(DEFAULTS.horizon, '14d')
    assert.equal(DEFAULTS.panes.length, '5m')
    assert.equal(POLICY_DEFAULTS.levels, 10)
    assert.deepEqual(POLICY_DEFAULTS.shares, { features: 0.5, engagement: 0.25, population: 0.1, quality: 0.15 })
    assert.equal(
      Object.values(POLICY_DEFAULTS.shares).reduce((sum, share) => sum + share),
      1,
    )
  })

  it('is the effectMin and the margin of docs/statistics.md 7, and the calm slices of 8', () => {
    const { effectMin, margin, clear } = POLICY_DEFAULTS
    assert.deepEqual(effectMin, {
      ...{ location: 0.03, spread: 0.03, cell: 0.01, newCell: 0.005, omnibus: 0.06 },
      ...{ boolean: 0.01, representation: 0.01, engagement: 0.03, missing: 0.005, range: 0.002 },
      ...{ duplicates: 0.005, lateness: 0.005, schema: 0.002, volume: 0.1, sampleRatio: 0.02, crossCohort: 0.005 },
    })
    assert.deepEqual(margin, {
      ...{ location: 2, spread: 2, cell: 3, newCell: 3, omnibus: 1 },
      ...{ boolean: 3, representation: 3, engagement: 2, missing: 2, range: 2 },
      ...{ duplicates: 2, lateness: 2, schema: 2, volume: 2, sampleRatio: 2, crossCohort: 1 },
    })
    assert.equal(clear, 12)
  })
})
