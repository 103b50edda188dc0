import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seeableChange } from '../../src/verdict/seeable.ts'

/** Thresholds of five classes: the slice itself, and blocks of 1, 2, 4 and 8. */
const QUESTION = { zRequired: [6, 6, 5.9, 5.8, 5.7], effectMin: 0.001 }
const READING = { se: 0.002, oneEvent: 1e-9 }
const whole = (end: number, start = 0) => ({ start, end })

describe('the smallest change that would have been seen', () => {
  it('falls as the window grows, and is what nine in ten of its size would have shown', () => {
    const of = (end: number) => seeableChange(QUESTION, { ...READING, se: 0.02 / Math.sqrt(end) }, whole(end))!
    assert.ok(of(3) > of(6) && of(6) > of(24))
    // Three blocks of eight are the whole of 24 slices.
    assert.ok(Math.abs(of(24) - (5.7 + 1.2815515655446004) * (0.02 / Math.sqrt(24))) < 1e-12)
  })

  it('is of two blocks where three would reach too far back', () => {
    // Ten slices: blocks of four end at 8, so two of them are all there is, and the slices after them.
    const change = seeableChange({ ...QUESTION, zRequired: [99, 99, 99, 6, 99] }, READING, whole(10))!
    assert.equal(change, (6 + 1.2815515655446004) * 0.002)
  })

  it('is no smaller than what is worth an alarm', () => {
    assert.equal(seeableChange(QUESTION, { se: 1e-6, oneEvent: 1e-9 }, whole(24)), 0.001)
  })

  it('of what was never seen before is z² events', () => {
    const z = 5.7 + 1.2815515655446004
    assert.equal(seeableChange(QUESTION, { se: 0, oneEvent: 1e-4 }, whole(24)), z * z * 1e-4)
  })

  it('is unknown where nothing can be compared', () => {
    assert.equal(seeableChange(QUESTION, { se: 0, oneEvent: Infinity }, whole(24)), null)
    assert.equal(seeableChange(QUESTION, { se: 0, oneEvent: 0 }, whole(24)), null)
  })

  it('knows no window that begins before the cells', () => {
    const early = seeableChange(QUESTION, READING, whole(24, 22))!
    assert.ok(early > seeableChange(QUESTION, READING, whole(24))!)
  })
})
