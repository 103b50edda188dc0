import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clearOf, INACTIVE, RECENT_SLICES, stepAlertLife, type AlertLife } from '../../src/evidence/alert-life.ts'

const calm = { drifted: false, calm: true, calmStart: 40 } as const
const unclear = { drifted: false, calm: null, calmStart: null } as const
const drift = { drifted: true, calm: null, calmStart: null } as const
const firing: AlertLife = { state: 'firing', calmCount: 0, mark: 3 }

describe('the life of an alert', () => {
  it('fires at the first drifting slice, from inactive and from resolved alike', () => {
    for (const state of ['inactive', 'resolved'] as const) {
      const { life, action } = stepAlertLife({ state, calmCount: 0, mark: 9 }, drift, 12)
      assert.deepEqual({ ...life, action }, { state: 'firing', calmCount: 0, mark: 9, action: 'open' })
    }
    assert.equal(stepAlertLife(INACTIVE, calm, 12).action, 'none')
  })

  it('resolves after exactly `clear` calm slices, and marks the start of the window that told', () => {
    let life = firing
    for (let count = 1; count < 12; count += 1) {
      const step = stepAlertLife(life, calm, 12)
      assert.deepEqual([step.action, step.life.calmCount], ['keep', count])
      life = step.life
    }
    const step = stepAlertLife(life, calm, 12)
    assert.deepEqual(step, { life: { state: 'resolved', calmCount: 0, mark: 40 }, action: 'resolve' })
  })

  it('neither counts nor forgets a slice that cannot tell', () => {
    const life = { ...firing, calmCount: 5 }
    assert.deepEqual(stepAlertLife(life, unclear, 12), { life, action: 'keep' })
    assert.equal(stepAlertLife(life, { ...calm, calm: false }, 12).life.calmCount, 0)
  })

  it('does not open twice', () => {
    assert.equal(stepAlertLife(firing, { ...drift, calm: false, calmStart: 4 }, 12).action, 'keep')
  })
})

describe('calm slices needed', () => {
  it('double with each recent resolution, up to a day', () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 1000].map((count) => clearOf(12, count)), [12, 24, 48, 96, 192, 288, 288, 288]) // prettier-ignore
  })

  it('remember two days', () => {
    assert.equal(RECENT_SLICES, 2 * 288)
  })
})
