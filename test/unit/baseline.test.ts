import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareWithBaseline, toleranceOf } from '../../src/evidence/baseline.ts'

const BASELINE = [{ x: 100, n: 1000 }, { x: 300, n: 1000 }] // prettier-ignore
const n = [50, 50, 50, 50]
const DAYS = new Array<number>(14).fill(0.001)

describe('a window against the baseline', () => {
  it('is calm where every slot has the baseline’s rate, however slots differ', () => {
    const slices = [{ slot: 0, x: [5, 5, 5, 5], n }, { slot: 1, x: [15, 15, 15, 15], n }] // prettier-ignore
    const { effect, z, designEffect, effectiveBuckets } = compareWithBaseline(BASELINE, slices, DAYS, 14, 0.01)
    assert.ok(Math.abs(effect) < 1e-12)
    assert.deepEqual([z === 0, designEffect, effectiveBuckets], [true, 1, 4])
  })

  it('has z beyond the tolerance only, with the sign of the effect', () => {
    const down = compareWithBaseline(BASELINE, [{ slot: 1, x: [1, 2, 1, 2], n }], DAYS, 14, 0.01)
    const se = down.se
    assert.ok(Math.abs(down.effect - (6 / 200 - 0.3)) < 1e-12)
    assert.ok(Math.abs(down.z! - -(0.27 - 0.01) / se) < 1e-9)
  })

  it('knows the tolerance by the number of days, and none under seven', () => {
    const factors = [56, 55, 28, 27, 21, 20, 14, 13, 10, 9, 7].map((days) => toleranceOf([0.01, -0.01], days, 0))
    const expected = [4.86, 5.42, 5.42, 5.85, 5.85, 6.95, 6.95, 8.83, 8.83, 13.56, 13.56]
    factors.forEach((tolerance, at) => assert.ok(Math.abs(tolerance! - expected[at]! / 100) < 1e-12))
    assert.equal(toleranceOf([0.01], 6, 0.02), null)
    assert.equal(toleranceOf([0.0001], 7, 0.02), 0.02)
    assert.equal(compareWithBaseline(BASELINE, [{ slot: 0, x: [1, 2, 1, 2], n }], DAYS, 6, 0.01).z, null)
  })

  it('takes what Student’s t with days − 1 degrees of freedom passes once in 100,000, on either side', () => {
    for (const days of [7, 10, 14, 21, 28, 56]) {
      const factor = toleranceOf([1], days, 0)!
      // Its density, with t = √(days − 1)·tan a, is the cosine of a to the power of days − 2.
      const from = Math.atan(factor / Math.sqrt(days - 1))
      const area = (low: number): number => {
        const step = (Math.PI / 2 - low) / 20_000
        let sum = 0
        for (let at = 0; at < 20_000; at++) sum += Math.cos(low + (at + 0.5) * step) ** (days - 2) * step
        return sum
      }
      const twoSided = area(from) / area(0)
      // Factors have two decimals.
      assert.ok(Math.abs(twoSided / 1e-5 - 1) < 0.03, `${days} days: ${twoSided}`)
    }
  })

  it('says nothing of nothing', () => {
    const { effect, se, z, effectiveBuckets } = compareWithBaseline(BASELINE, [], DAYS, 14, 0.01)
    assert.deepEqual([effect, se, z, effectiveBuckets], [0, 0, 0, 0])
  })
})
