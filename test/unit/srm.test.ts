import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ODDS, SampleRatioProcess } from '../../src/evidence/srm.ts'

const HALF = [0.5, 0.5]

describe('the sample-ratio process', () => {
  it('starts from even money: no units, no evidence', () => {
    const { lnE, lnEFixed, lnESr } = new SampleRatioProcess(2, 10).add([0, 0], HALF)
    for (const value of [lnE, lnEFixed, lnESr]) assert.ok(Math.abs(value) < 1e-12)
  })

  it('is a fair game under the plan: over all outcomes of a slice, E is 1 on average', () => {
    // One slice of 6 units in shares 0.7 and 0.3: binomial weights.
    let mean = 0
    for (let candidate = 0; candidate <= 6; candidate += 1) {
      const weight = [1, 6, 15, 20, 15, 6, 1][candidate]! * 0.3 ** candidate * 0.7 ** (6 - candidate)
      mean += weight * Math.exp(new SampleRatioProcess(2, 5).add([6 - candidate, candidate], [0.7, 0.3]).lnE)
    }
    assert.ok(Math.abs(mean - 1) < 1e-12)
  })

  it('finds units that are missing, and stays calm at the planned ratio', () => {
    const broken = new SampleRatioProcess(2, 288)
    const planned = new SampleRatioProcess(2, 288)
    let [worst, last] = [-Infinity, 0]
    for (let slice = 0; slice < 20; slice += 1) {
      last = broken.add([1000, 900], HALF).lnE
      worst = Math.max(worst, planned.add([1000, 1000], HALF).lnE)
    }
    assert.ok(last > 10)
    assert.ok(worst < 0)
  })

  it('judges both directions alike at even shares', () => {
    const more = new SampleRatioProcess(2, 9).add([100, 150], HALF)
    const less = new SampleRatioProcess(2, 9).add([150, 100], HALF)
    assert.ok(Math.abs(more.lnE - less.lnE) < 1e-9)
    assert.equal(ODDS.length, 14)
  })

  it('refuses slices beyond its horizon: a new budget needs a new process', () => {
    const process = new SampleRatioProcess(2, 1)
    process.add([5, 5], HALF)
    assert.throws(() => process.add([5, 5], HALF), /slice 2 of a horizon of 1/)
  })
})
