import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dataAtHand, effectiveBuckets } from '../../src/evidence/minimum-data.ts'
import { Term } from '../../src/evidence/term.ts'

function termWith(control: number[], candidate: number[]): Term {
  const term = new Term({ buckets: 256, bins: 1, tables: 0 })
  term.events[0].set(control)
  term.events[1].set(candidate)
  return term
}
const plenty = new Array<number>(256).fill(10)

describe('minimum data', () => {
  it('counts buckets that are filled equally, and hardly those beside a giant', () => {
    assert.equal(effectiveBuckets([3, 3, 3, 3, 0, 0]), 4)
    assert.ok(effectiveBuckets([1000, 1, 1, 1]) < 1.01)
    assert.equal(effectiveBuckets([0, 0]), 0)
  })

  it('needs 100 events of each cohort', () => {
    const spread = (total: number): number[] =>
      new Array<number>(50).fill(1).concat(new Array<number>(total - 50).fill(1))
    assert.equal(dataAtHand(termWith(plenty, spread(100))).isEnough, true)
    assert.equal(dataAtHand(termWith(plenty, spread(99))).isEnough, false)
    assert.equal(dataAtHand(termWith(spread(99), plenty)).isEnough, false)
  })

  it('needs 20 effective buckets of each cohort', () => {
    assert.equal(dataAtHand(termWith(new Array<number>(20).fill(10), plenty)).isEnough, true)
    assert.equal(dataAtHand(termWith(plenty, new Array<number>(19).fill(10))).isEnough, false)
  })

  it('says what there is', () => {
    assert.deepEqual(dataAtHand(termWith([3, 3], [4])), {
      events: [6, 4],
      effectiveBuckets: [2, 1],
      isEnough: false,
    })
  })
})
