import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countsOfCells, quantileCuts, scoreTables, testBinOf } from '../../src/evidence/quantile-cuts.ts'

const histogram = fc
  .uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 60, size: 'max' })
  .chain((indices) =>
    fc.tuple(
      ...indices.sort((a, b) => a - b).map((index) => fc.tuple(fc.constant(index), fc.integer({ min: 1, max: 99 }))),
    ),
  )

describe('quantile cuts', () => {
  it('ascend, are indices that hold values, and leave the last cell open', () => {
    fc.assert(
      fc.property(histogram, fc.integer({ min: 2, max: 100 }), (entries, k) => {
        const cuts = quantileCuts(entries, k)
        assert.ok(cuts.every((cut, at) => at === 0 || cuts[at - 1]! < cut))
        assert.ok(cuts.every((cut) => entries.some(([index]) => index === cut)))
        assert.ok(cuts.length === 0 || cuts.at(-1)! < entries.at(-1)![0])
        assert.ok(countsOfCells(entries, cuts).every((count) => count > 0))
      }),
    )
  })

  it('cut equal counts into equal cells', () => {
    const entries = Array.from({ length: 100 }, (_, index) => [index, 3] as const)
    assert.deepEqual(countsOfCells(entries, quantileCuts(entries, 10)), new Array(10).fill(30))
  })

  it('give an atom of at least 1/k a cell of its own', () => {
    const entries = [[1, 2], [2, 3], [5, 90], [7, 3], [9, 2]] as const // prettier-ignore
    assert.deepEqual(quantileCuts(entries, 10), [2, 5])
  })

  it('cut nothing where there is one value or none', () => {
    assert.deepEqual(quantileCuts([[4, 1000]], 10), [])
    assert.deepEqual(quantileCuts([], 10), [])
  })

  it('do not depend on the scale of the counts', () => {
    fc.assert(
      fc.property(histogram, (entries) => {
        const larger = entries.map(([index, count]) => [index, count * 1000] as const)
        assert.deepEqual(quantileCuts(larger, 10), quantileCuts(entries, 10))
      }),
    )
  })
})

describe('the cell of an index', () => {
  it('is the number of cuts below it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { size: 'large' }), fc.integer(), (cuts, index) => {
        cuts.sort((a, b) => a - b)
        assert.equal(testBinOf(cuts, index), cuts.filter((cut) => cut < index).length)
      }),
    )
  })
})

describe('scores', () => {
  const counts = fc
    .array(fc.nat(1000), { minLength: 2, maxLength: 20 })
    .filter((list) => list.some((count) => count > 0))

  it('have mean 0 in location over the values they were made from, and ascend from −1 to 1', () => {
    fc.assert(
      fc.property(counts, (list) => {
        const { p1 } = scoreTables(list)
        const total = list.reduce((sum, count) => sum + count, 0)
        const mean = list.reduce((sum, count, j) => sum + (count / total) * p1[j]!, 0)
        assert.ok(Math.abs(mean) < 1e-12)
        assert.ok(p1.every((score, j) => score >= -1 && score <= 1 && (j === 0 || score >= p1[j - 1]!)))
      }),
    )
  })

  it('know no direction in spread: mirrored counts have mirrored scores', () => {
    fc.assert(
      fc.property(counts, (list) => {
        const mirrored = scoreTables(list.toReversed())
        const { p1, p2 } = scoreTables(list)
        for (let j = 0; j < list.length; j += 1) {
          assert.ok(Math.abs(p1[j]! + mirrored.p1.at(-1 - j)!) < 1e-12)
          assert.ok(Math.abs(p2[j]! - mirrored.p2.at(-1 - j)!) < 1e-12)
        }
      }),
    )
  })

  it('are 0 where nothing was counted', () => {
    assert.deepEqual(scoreTables([0, 0]), { p1: new Float64Array(2), p2: new Float64Array(2) })
  })
})
