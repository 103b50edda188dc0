import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { offeredWindows } from '../../src/evidence/ladder.ts'
import { UnitSample } from '../../src/sketch/unit-sample.ts'
import { UnitLadder } from '../../src/verdict/unit-ladder.ts'
import { randomOf } from '../support/slices.ts'

describe('the units of a window', () => {
  it('are those of its slices, for every window the ladder offers', () => {
    const random = randomOf(9)
    const ladder = new UnitLadder(5, 0)
    const slices: { unit: number; mask: number }[][] = []
    let looked = 0
    for (let T = 1; T <= 200; T++) {
      const units = Array.from({ length: 5 }, () => ({
        unit: Math.floor(random() * 400),
        mask: random() < 0.5 ? 1 : 2,
      }))
      slices.push(units)
      const sample = new UnitSample()
      for (const { unit, mask } of units) sample.add(unit * 10_000_000, unit, mask)
      ladder.add(sample)
      for (const { start } of offeredWindows(T, 5)) {
        const within = slices.slice(start).flat()
        const seen = ladder.seenSince(start)!
        const distinct = (wanted: number) =>
          new Set(within.flatMap(({ unit, mask }) => (mask === wanted ? [unit] : []))).size
        assert.deepEqual(seen, {
          control: { units: distinct(1), estimated: false },
          candidate: { units: distinct(2), estimated: false },
        })
        looked++
      }
    }
    assert.ok(looked > 1000)
  })

  it('are unknown where the watch began later', () => {
    const ladder = new UnitLadder(3, 5)
    for (let T = 6; T <= 40; T++) ladder.add(new UnitSample())
    assert.equal(ladder.seenSince(1), null)
    assert.notEqual(ladder.seenSince(39), null)
  })
})
