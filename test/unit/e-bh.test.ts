import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { calibrate, selectEbh } from '../../src/evidence/e-bh.ts'

describe('the watch list', () => {
  it('takes the k largest that pass together, as the definition says', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 20, noNaN: true })), (lnE) => {
        const sorted = lnE.toSorted((a, b) => b - a)
        const passing = sorted.flatMap((value, at) =>
          value >= Math.log(lnE.length / (0.1 * (at + 1))) ? [at + 1] : [],
        )
        assert.equal(selectEbh(lnE, 0.1).length, Math.max(0, ...passing))
      }),
    )
  })

  it('breaks ties by index, and takes nothing from nothing', () => {
    // Two pass together with the third: all three or none; of equals the earlier are taken.
    assert.deepEqual(selectEbh([1, 9, 9, 1], 0.1), [1, 2])
    assert.deepEqual(selectEbh([-Infinity, 3.8, -Infinity, 3.8], 0.1), [1, 3])
    assert.deepEqual(selectEbh([], 0.1), [])
    assert.deepEqual(selectEbh([-Infinity, -Infinity], 0.1), [])
  })

  it('makes of a p-value an e-value of at most 1 on average: 1/(2√p)', () => {
    assert.ok(Math.abs(calibrate(Math.log(0.01)) - Math.log(5)) < 1e-12)
    assert.equal(calibrate(3), calibrate(0))
  })
})
