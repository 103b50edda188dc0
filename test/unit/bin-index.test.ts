import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  binIndex,
  coarsen,
  highDouble,
  highestFullIndex,
  indexMaxAt,
  lowDouble,
  lowestFullIndex,
  midpoint,
  ordinalOf,
  SHIFT_MAX,
  ZERO,
} from '../../src/sketch/bin-index.ts'
import { naiveIndex } from '../support/naive-sketches.ts'

interface GoldenCase {
  bits: string
  b: number
  index: number | string
  lowBits?: string
}

const golden = JSON.parse(readFileSync(new URL('../golden/bin-index.json', import.meta.url), 'utf8')) as {
  cases: GoldenCase[]
}
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const anyShift = fc.nat(31)

describe('bin index', () => {
  it('gives the golden index and lower end of every finite double', () => {
    const cases = golden.cases.filter(({ index }) => typeof index === 'number')
    assert.ok(cases.length > 50)
    for (const { bits, b, index, lowBits } of cases) {
      const shift = 20 - b
      assert.equal(binIndex(doubleOf(bits), shift), index, bits)
      if (lowBits !== undefined) assert.ok(Object.is(lowDouble(index as number, shift), doubleOf(lowBits)), bits)
    }
  })

  it('equals the definition at every shift', () => {
    fc.assert(fc.property(finite, anyShift, (x, shift) => assert.equal(binIndex(x, shift), naiveIndex(x, shift))))
  })

  it('knows the largest double from zero, and from what is no double', () => {
    assert.notEqual(ordinalOf(Number.MAX_VALUE), ZERO)
    assert.equal(ordinalOf(-0), ZERO)
    for (const shift of [0, 1, 20, SHIFT_MAX]) assert.equal(indexMaxAt(shift), binIndex(Number.MAX_VALUE, shift))
    // The coarsest bins are two: all that is positive, and all that is negative.
    assert.equal(SHIFT_MAX, 31)
    assert.deepEqual([Number.MAX_VALUE, 5e-324, -5e-324, -Number.MAX_VALUE].map((x) => binIndex(x, 31)), [1, 1, -1, -1]) // prettier-ignore
  })

  it('keeps the order of values', () => {
    fc.assert(
      fc.property(finite, finite, anyShift, (x, y, shift) => {
        const [low, high] = x < y ? [x, y] : [y, x]
        assert.ok(binIndex(low, shift) <= binIndex(high, shift))
      }),
    )
  })

  it('lies between its lowest and highest index at shift 0, which are those of its ends', () => {
    fc.assert(
      fc.property(finite, anyShift, (x, shift) => {
        const index = binIndex(x, shift)
        const [lowest, highest] = [lowestFullIndex(index, shift), highestFullIndex(index, shift)]
        const full = binIndex(x, 0)
        assert.ok(lowest <= full && full <= highest, `${lowest} <= ${full} <= ${highest}`)
        assert.equal(coarsen(full, shift), index)
        if (x === 0) return
        assert.equal(coarsen(lowest, shift), index)
        // Neighbours leave no gap.
        const next = index === -1 ? 1 : index + 1
        if (index !== -1) assert.equal(lowestFullIndex(next, shift), highest + 1)
      }),
    )
  })

  it('holds its lowest and highest double, and its midpoint is halfway', () => {
    fc.assert(
      fc.property(finite, anyShift, (x, shift) => {
        const index = binIndex(x, shift)
        const ends = [lowDouble(index, shift), highDouble(index, shift)].sort((a, b) => a - b)
        assert.ok(ends[0]! <= x && x <= ends[1]!)
        const middle = midpoint(index, shift)
        assert.ok(ends[0]! <= middle && middle <= ends[1]! && Number.isFinite(middle))
      }),
    )
    assert.equal(midpoint(binIndex(1, 16), 16), (1 + (1.0625 - 2 ** -52)) / 2)
    assert.equal(midpoint(0, 5), 0)
  })
})

function doubleOf(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE()
}
