import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { newcombe, wilson, Z_95 } from '../../src/evidence/intervals.ts'

const rate = fc.integer({ min: 1, max: 1e6 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))

describe('the Wilson interval', () => {
  it('stays within [0, 1], around the rate, and mirrors with it', () => {
    fc.assert(
      fc.property(rate, ([x, n]) => {
        const { low, high } = wilson(x, n)
        assert.ok(low >= 0 && low <= x / n + 1e-12 && x / n - 1e-12 <= high && high <= 1)
        assert.ok(Math.abs(wilson(n - x, n).low - (1 - high)) < 1e-9)
      }),
    )
  })

  it('solves |p̂ − p| = z·√(p(1−p)/n) at its limits, at any z', () => {
    for (const z of [Z_95, 4]) {
      const { low, high } = wilson(30, 200, z)
      for (const limit of [low, high]) {
        assert.ok(Math.abs(Math.abs(0.15 - limit) - z * Math.sqrt((limit * (1 - limit)) / 200)) < 1e-12)
      }
    }
  })

  it('is of 95 % where nothing else is said: the quantile of the normal distribution to its last digit', () => {
    assert.equal(Z_95, 1.959963984540054)
    assert.deepEqual(wilson(30, 200), wilson(30, 200, 1.959963984540054))
  })

  it('knows nothing of no events', () => {
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 })
  })
})

describe('the Newcombe interval of a difference', () => {
  it('turns around when the cohorts change places', () => {
    fc.assert(
      fc.property(rate, rate, ([xControl, nControl], [xCandidate, nCandidate]) => {
        const one = newcombe({ xControl, nControl, xCandidate, nCandidate })
        const other = newcombe({
          xControl: xCandidate,
          nControl: nCandidate,
          xCandidate: xControl,
          nCandidate: nControl,
        })
        assert.ok(Math.abs(one.delta + other.delta) < 1e-12)
        assert.ok(Math.abs(one.low + other.high) < 1e-12 && Math.abs(one.high + other.low) < 1e-12)
      }),
    )
  })

  it('gives the published example: 56/70 against 48/80, 0.0524 to 0.3339 (Newcombe 1998, table II a)', () => {
    const { low, high } = newcombe({ xControl: 48, nControl: 80, xCandidate: 56, nCandidate: 70 })
    assert.ok(Math.abs(low - 0.0524) < 5e-5 && Math.abs(high - 0.3339) < 5e-5, `${low} ${high}`)
  })

  it('knows nothing where a side has no events', () => {
    assert.deepEqual(newcombe({ xControl: 0, nControl: 0, xCandidate: 3, nCandidate: 9 }), {
      delta: 0,
      low: -1,
      high: 1,
    })
  })
})
