import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ln } from '../../src/evidence/arithmetic.ts'
import { calibrate } from '../../src/evidence/e-bh.ts'
import { looksOfClass } from '../../src/evidence/z-required.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import { watchList } from '../../src/verdict/watch-list.ts'
import type { WatchedEvidence } from '../../src/verdict/watch-list.ts'
import { configOf, JudgeRun, randomOf } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

function watched(field: string, lnE: number, more: Partial<WatchedEvidence> = {}): WatchedEvidence {
  const { id, stream, check, segment, against } = subjectOf('shop', 'missing', field)
  const strongest = { nats: 10 + lnE, thresholdNats: 20 }
  return { id, stream, check, field, segment, against, strongest, lnE, firing: false, expected: false, ...more }
}
const quiet = (count: number): WatchedEvidence[] =>
  Array.from({ length: count }, (_, at) => watched(`quiet${at}`, calibrate(0)))
const fieldsOf = (list: readonly { field: string | null }[]) => list.map(({ field }) => field)

describe('the watch list', () => {
  it('holds the checks whose evidence is beyond what so many checks give by chance, nearest to their alarm first', () => {
    const list = watchList([watched('a', 5.6), ...quiet(10), watched('b', 9.3), watched('c', 1)])
    assert.deepEqual(fieldsOf(list), ['b', 'a'])
    assert.deepEqual(list[0], { id: 'shop/missing/b', stream: 'shop', check: 'missing', field: 'b', segment: null, against: 'control', firing: false, nats: 19.3, thresholdNats: 20 }) // prettier-ignore
  })

  it('weighs a check against all that were looked at: what stands out of ten does not out of ten thousand', () => {
    const one = watched('a', 5)
    assert.deepEqual(fieldsOf(watchList([one, ...quiet(9)])), ['a'])
    assert.deepEqual(fieldsOf(watchList([one, ...quiet(9999)])), [])
  })

  it('lets a tenth of its entries be wrong: one of eleven needs an e-value of 110', () => {
    assert.deepEqual(fieldsOf(watchList([watched('a', ln(111)), ...quiet(10)])), ['a'])
    assert.deepEqual(fieldsOf(watchList([watched('a', ln(109)), ...quiet(10)])), [])
  })

  it('is empty where nothing was seen, and where there is nothing', () => {
    assert.deepEqual(watchList(quiet(20)), [])
    assert.deepEqual(watchList([]), [])
    assert.deepEqual(watchList([watched('a', -Infinity), watched('b', -Infinity)]), [])
  })

  it('marks what fires, and leaves out what is expected', () => {
    const list = watchList([watched('a', 20, { firing: true }), watched('b', 20, { expected: true }), ...quiet(5)])
    assert.deepEqual(list.map(({ field, firing }) => [field, firing]), [['a', true]]) // prettier-ignore
  })
})

describe('what the judge has for the watch list', () => {
  const CONFIG = configOf({
    fields: [
      { name: 'price', kind: 'numeric' },
      { name: 'size', kind: 'numeric' },
    ],
  })

  function events(random: () => number, share: number): TestEvent[] {
    return Array.from({ length: 1000 }, (_, at) => {
      const cohort = at % 2 === 0 ? 'control' : 'candidate'
      const price = cohort === 'candidate' && random() < share ? null : random()
      return { unit: `${cohort}${Math.floor(random() * 2000)}`, cohort, values: { price, size: random() } }
    })
  }

  it('is nothing while the cohorts are alike, and a change that is sure but too small for an alarm', () => {
    const run = new JudgeRun(CONFIG)
    const random = randomOf(7)
    for (let T = 1; T <= 24; T++) {
      run.add(events(random, 0))
      assert.deepEqual(watchList(run.judge.watched()), [])
    }
    for (let T = 25; T <= 64; T++) run.add(events(random, 0.004))
    const list = watchList(run.judge.watched())
    assert.deepEqual(list.map(({ id, firing }) => [id, firing]), [['shop/missing/price', false]]) // prettier-ignore
    assert.equal(run.notices.length, 0)

    for (let T = 65; T <= 70; T++) run.add(events(random, 0.05))
    assert.ok(run.notices.some(({ alert }) => alert.check === 'missing'))
    assert.equal(watchList(run.judge.watched()).find(({ id }) => id === 'shop/missing/price')!.firing, true)
  })

  it('pays for every look: nats less the logarithm of classes, looks and contrasts, made an e-value', () => {
    const run = new JudgeRun(CONFIG)
    const random = randomOf(7)
    for (let T = 1; T <= 40; T++) run.add(events(random, T > 20 ? 0.3 : 0))
    const { lnE, strongest } = run.judge.watched().find(({ id }) => id === 'shop/missing/price')!
    const worth = (cls: number): number => calibrate(Math.min(0, -strongest!.nats + ln(11 * looksOfClass(4032, cls))))
    assert.ok(
      [...Array(11).keys()].some((cls) => worth(cls) === lnE),
      `${lnE} of ${strongest!.nats}`,
    )
    const silent = run.judge.watched().find(({ id }) => id === 'shop/missing/size')!
    assert.deepEqual([silent.strongest, silent.lnE], [null, calibrate(0)])
  })

  it('has one entry for each compared check, and none for the contract, which has no evidence in nats', () => {
    const run = new JudgeRun(CONFIG)
    run.add(events(randomOf(1), 0))
    const ids = run.judge.watched().map(({ id }) => id)
    assert.ok(ids.includes('shop/numeric/price') && ids.includes('shop/lateness'))
    assert.ok(!ids.includes('shop/schema@contract'))
  })
})
