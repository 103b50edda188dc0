import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import { locationShift } from '../../src/view/location-shift.ts'

/** Small whole numbers have a bin each, so pairs can be counted. */
const CONTROL = [1, 2, 2, 3, 5, 8, 8, 8]
const CANDIDATE = [2, 3, 3, 8, 9, 13]

describe('how far the values moved', () => {
  it('is P(B > A) − P(B < A): of all pairs, those in which the candidate is larger less those in which it is smaller', () => {
    const signs = CANDIDATE.flatMap((b) => CONTROL.map((a) => Math.sign(b - a)))
    const expected = signs.reduce((sum, sign) => sum + sign, 0) / signs.length
    assert.ok(Math.abs(shiftOf(CONTROL, CANDIDATE)!.estimate - expected) < 1e-12)
    assert.ok(Math.abs(shiftOf(CANDIDATE, CONTROL)!.estimate + expected) < 1e-12)
  })

  it('does not depend on how many there are of each: the same values twice are the same shift, surer by √2', () => {
    const [once, twice] = [
      shiftOf(CONTROL, CANDIDATE)!,
      shiftOf([...CONTROL, ...CONTROL], [...CANDIDATE, ...CANDIDATE])!,
    ]
    assert.ok(Math.abs(once.estimate - twice.estimate) < 1e-12)
    const half = ({ low, high }: { low: number | null; high: number | null }): number => (high! - low!) / 2
    assert.ok(Math.abs(half(once) / half(twice) - Math.SQRT2) < 1e-9)
  })

  it('is ±1 where the two do not overlap, 0 where they are alike, and nothing where one is empty', () => {
    assert.equal(shiftOf([1, 2], [3, 4])!.estimate, 1)
    assert.equal(shiftOf([1, 2], [1, 2])!.estimate, 0)
    assert.equal(shiftOf([], [1]), null)
    assert.equal(shiftOf([1], []), null)
  })
})

function shiftOf(control: readonly number[], candidate: readonly number[]) {
  return locationShift(histogramOf(control), histogramOf(candidate))
}

function histogramOf(values: readonly number[]): ValueHistogram {
  const histogram = new ValueHistogram()
  for (const value of values) histogram.add(value)
  return histogram
}
