import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as distance from '../../src/evidence/distances.ts'

const counts = fc.array(fc.nat(1000), { minLength: 5, maxLength: 5 }).filter((list) => list.some((count) => count > 0))
const SYMMETRIC = ['psiFloor1e4', 'ks', 'jsDistanceBase2', 'hellinger', 'totalVariation', 'chiSquareTwoSample'] as const
const positions = [0, 1, 3, 4, 10]

describe('distances', () => {
  it('are 0 between equal shares, whatever the totals', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 64 }), (list, factor) => {
        const larger = list.map((count) => count * factor)
        for (const name of SYMMETRIC) assert.ok(Math.abs(distance[name](list, larger)) < 1e-6, name)
        assert.ok(distance.wasserstein1(list, larger, positions) < 1e-12)
      }),
    )
  })

  it('do not depend on which side is the reference', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        for (const name of SYMMETRIC) {
          const [one, other] = [distance[name](a, b), distance[name](b, a)]
          assert.ok(Math.abs(one - other) <= 1e-9 * (1 + one), name)
        }
      }),
    )
  })

  it('are 1 between what has nothing in common, where they are shares', () => {
    for (const name of ['ks', 'jsDistanceBase2', 'hellinger', 'totalVariation'] as const) {
      assert.ok(Math.abs(distance[name]([7, 0], [0, 5]) - 1) < 1e-12, name)
    }
    assert.equal(distance.chiSquareTwoSample([7, 0], [0, 5]), 12)
  })

  it('move all earth the whole way', () => {
    assert.equal(distance.wasserstein1([7, 0, 0, 0, 0], [0, 0, 0, 0, 5], positions), 10)
  })
})
