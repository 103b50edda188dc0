import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { severityOf } from '../../src/verdict/drift-watch.ts'

const severity = (low: number | null, high: number | null) => severityOf({ effectMin: 0.25 }, { low, high })

describe('the severity of a drift', () => {
  it('is critical from four times effectMin on, by the end of the interval that is nearer to zero', () => {
    assert.equal(severity(1, 5), 'critical')
    assert.equal(severity(0.999, 5), 'warning')
    assert.equal(severity(-5, -1), 'critical')
    assert.equal(severity(-5, -0.999), 'warning')
  })

  it('is a warning where the interval holds zero, and where there is none', () => {
    assert.equal(severity(-9, 9), 'warning')
    assert.equal(severity(null, null), 'warning')
  })
})
