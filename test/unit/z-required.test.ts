import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ln } from '../../src/evidence/arithmetic.ts'
import { looksOfClass, natsOf, stepOfLevel, zRequired, zRequiredOfClasses } from '../../src/evidence/z-required.ts'

describe('required z', () => {
  it('is the least multiple of 1/1024 whose nats reach −ln alpha', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 0.48, noNaN: true }), (alpha) => {
        const z = zRequired(alpha)
        assert.equal((z * 1024) % 1, 0)
        assert.ok(natsOf(z) >= -ln(alpha))
        assert.ok(z === 1 || natsOf(z - 1 / 1024) < -ln(alpha))
      }),
    )
  })

  it('is at least 1, and beyond reach when there is no budget at all', () => {
    assert.equal(zRequired(1), 1)
    assert.equal(zRequired(0.5), 1)
    assert.equal(zRequired(0), Infinity)
    const least = zRequired(Number.MIN_VALUE)
    assert.ok(natsOf(least) >= -ln(Number.MIN_VALUE) && least < 39, 'no alpha is too small')
  })

  it('bounds the tail of the normal distribution', () => {
    // Two-sided tails from tables: P(|Z| ≥ 2) = 0.0455003, P(|Z| ≥ 5) = 5.73303e-7.
    assert.ok(0.0455003 <= 1 / Math.E ** natsOf(2) && 1 / Math.E ** natsOf(2) < 0.0455003 * 1.25)
    assert.ok(5.73303e-7 <= 1 / Math.E ** natsOf(5) && 1 / Math.E ** natsOf(5) < 5.73303e-7 * 1.04)
  })

  it('has no nats below 1, and the same for either sign', () => {
    assert.equal(natsOf(0.999), 0)
    assert.equal(natsOf(0), 0)
    assert.equal(natsOf(1), 0.72579135264472744)
    assert.equal(natsOf(-3), natsOf(3))
  })

  it('counts the looks of a class in the horizon', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => stepOfLevel(level)),
      [1, 1, 1, 2, 4, 8, 32, 64, 128, 256],
    )
    assert.equal(looksOfClass(4032, 0), 4032)
    assert.equal(looksOfClass(4032, 1), 8064)
    assert.equal(looksOfClass(4032, 10), 2 * Math.ceil(4032 / 256))
  })

  it('asks less of long windows, which are looked at seldom, and more of small budgets', () => {
    const budget = { alphaRelease: 0.01, share: 0.5, metrics: 20, contrastWeight: 0.3, levels: 10, panes: 4032 }
    const thresholds = zRequiredOfClasses(budget)
    assert.equal(thresholds.length, 11)
    assert.ok(thresholds[10]! < thresholds[5]! && thresholds[5]! < thresholds[1]!)
    const poorer = zRequiredOfClasses({ ...budget, metrics: 40 })
    assert.ok(poorer.every((z, cls) => z > thresholds[cls]!))
  })
})
