import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { exp, ln } from '../../src/evidence/arithmetic.ts'
import { PINNED_EXP, PINNED_LN } from '../support/pinned-logarithms.ts'
import { ulpsOfExp, ulpsOfLn } from '../support/precise.ts'

const positive = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true })
const nearOne = fc.double({ min: 0.5, max: 2, noNaN: true })
const exponent = fc.double({ min: -708, max: 709.78, noNaN: true })

describe('the reference itself', () => {
  it('knows ln 10 and e, and notices the neighbouring double', () => {
    assert.ok(ulpsOfLn(Math.LN10, 10) <= 0.5)
    assert.ok(ulpsOfLn(Math.LN10 + 2 ** -51, 10) >= 0.5)
    assert.ok(ulpsOfExp(Math.E, 1) <= 0.5)
    assert.ok(ulpsOfExp(Math.E + 2 ** -51, 1) >= 0.5)
  })
})

describe('ln', () => {
  it('is within 2 ulp over all positive doubles and close around 1', () => {
    fc.assert(
      fc.property(fc.oneof(positive, nearOne), (x) => ulpsOfLn(ln(x), x) <= 2),
      { numRuns: 2000 },
    )
  })

  it('gives the same doubles as another implementation, to the last bit', () => {
    for (const [x, expected] of PINNED_LN) assert.equal(ln(x), expected, `ln ${x}`)
  })

  it('says −∞ of 0, ∞ of ∞, NaN of what has no logarithm, 0 of 1', () => {
    assert.equal(ln(0), -Infinity)
    assert.equal(ln(-0), -Infinity)
    assert.equal(ln(Infinity), Infinity)
    assert.ok(Number.isNaN(ln(-1)))
    assert.ok(Number.isNaN(ln(-Infinity)))
    assert.ok(Number.isNaN(ln(NaN)))
    assert.equal(ln(1), 0)
  })

  it('takes subnormal numbers', () => {
    for (const x of [5e-324, 1e-310, 1e-308, 2.225073858507201e-308, 2.2250738585072014e-308])
      assert.ok(ulpsOfLn(ln(x), x) <= 2)
  })
})

describe('exp', () => {
  it('is within 2 ulp from −708 to 709.78', () => {
    fc.assert(
      fc.property(exponent, (x) => ulpsOfExp(exp(x), x) <= 2),
      { numRuns: 2000 },
    )
  })

  it('gives the same doubles as another implementation, to the last bit', () => {
    for (const [x, expected] of PINNED_EXP) assert.equal(exp(x), expected, `exp ${x}`)
  })

  it('is 0 below −708, ∞ where no double is left, NaN of NaN', () => {
    assert.equal(exp(-708.0000001), 0)
    assert.ok(exp(-708) > 0)
    assert.equal(exp(-Infinity), 0)
    assert.equal(exp(709.7827128933841), Infinity)
    assert.ok(ulpsOfExp(exp(709.782712893384), 709.782712893384) <= 2)
    assert.equal(exp(Infinity), Infinity)
    assert.ok(Number.isNaN(exp(NaN)))
  })
})
