import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readShare, SHARE_SHAPE, shareTerm } from '../../src/evidence/planned-share.ts'
import { poissonNats } from '../../src/evidence/poisson.ts'
import { Term } from '../../src/evidence/term.ts'
import { plannedVariance, volumeTerm } from '../../src/evidence/volume-term.ts'
import { contrast } from '../../src/evidence/contrasts.ts'

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`)

describe('the share of units against the plan', () => {
  it('is what a hand computes', () => {
    // 1,000 units, 10 % planned, 130 came: 3 points too many; sd of the share √(0.09/1000) = 0.9487 points.
    const reading = readShare(shareTerm(870, 130, { control: 0.9, candidate: 0.1 }))!
    near(reading.share, 0.13)
    near(reading.planned, 0.1)
    near(reading.estimate, 0.03)
    near(reading.half, 1.959963984540054 * Math.sqrt(0.09 / 1000))
    near(reading.z, 30 / Math.sqrt(90))
    near(reading.spread, 0.09)
  })

  it('adds slices of different plans, each against its own', () => {
    const both = new Term(SHARE_SHAPE)
    both.add(shareTerm(900, 100, { control: 0.9, candidate: 0.1 }))
    both.add(shareTerm(500, 500, { control: 0.5, candidate: 0.5 }))
    const reading = readShare(both)!
    assert.equal(reading.estimate, 0)
    near(reading.planned, 0.3)
    near(reading.spread, (90 + 250) / 2000)
  })

  it('says nothing of nobody', () => {
    assert.equal(readShare(new Term(SHARE_SHAPE)), null)
  })
})

describe('evidence that a count is above what is tolerated', () => {
  it('is the Poisson tail bound, and nothing at or below it', () => {
    near(poissonNats(10, 2), 10 * Math.log(5) - 8)
    assert.equal(poissonNats(2, 2), 0)
    assert.equal(poissonNats(0, 2), 0)
    assert.equal(poissonNats(0, 0), 0)
  })

  it('never claims more than the tail has', () => {
    for (const [x, lambda] of [[10, 1], [12, 5], [30, 12], [100, 60]] as const) {
      let term = Math.exp(-lambda)
      let below = 0
      for (let k = 0; k < x; k++) {
        below += term
        term *= lambda / (k + 1)
      }
      assert.ok(Math.exp(-poissonNats(x, lambda)) >= 1 - below, `${x} of ${lambda}`)
    }
  }) // prettier-ignore
})

describe('the term of records per planned share', () => {
  const EIGHTY = { control: 0.8, candidate: 0.2 }

  it('is what a hand computes, bucket by bucket', () => {
    const term = volumeTerm([8, 4, 0], [2, 0, 3], EIGHTY)
    // r = 0.8·b − 0.2·a
    ;[0, -0.8, 2.4].forEach((expected, h) => near(term.r[h]!, expected))
    near(term.w, 0.16 * 17)
    near(term.floor[0]!, 0.16 * 17)
    near(term.evenSums[0]!, 2.4)
    near(term.oddSums[0]!, -0.8)
    assert.deepEqual([term.counts[0][0], term.counts[1][0]], [12, 5])
    near(contrast(term.r, term.w, term.floor[0]!).effect, 1.6 / (0.16 * 17))
  })

  it('is near the ratio of records per planned share, less one, where they differ little', () => {
    const by = (count: number): number[] => new Array<number>(256).fill(count)
    // Candidate: 21/0.2 = 105 per share, control 80/0.8 = 100: five per cent more, against the mean of both 4.95 %.
    const { r, w, floor } = volumeTerm(by(80), by(21), EIGHTY)
    near(contrast(r, w, floor[0]!).effect, 5 / (0.2 * 105 + 0.8 * 100))
  })

  it('knows what variance the plan would give, whoever was drawn', () => {
    // Buckets of both: 10, 4, 3. Mean 17/3, Σ n² = 125, spread (125 − 289/3)·3/2.
    near(plannedVariance(volumeTerm([8, 4, 0], [2, 0, 3], EIGHTY)), 0.16 * (125 - 289 / 3) * 1.5)
    near(plannedVariance(volumeTerm([2, 4, 3], [8, 0, 0], EIGHTY)), 0.16 * (125 - 289 / 3) * 1.5)
    assert.equal(plannedVariance(volumeTerm([0, 0, 0], [0, 0, 0], EIGHTY)), 0)
    assert.equal(plannedVariance(volumeTerm([5, 5, 5], [0, 0, 0], EIGHTY)), 0)
  })

  it('compares also where a cohort sends nothing', () => {
    const term = volumeTerm([10, 10], [0, 0], EIGHTY)
    near(contrast(term.r, term.w, term.floor[0]!).effect, -1 / 0.8)
  })
})
