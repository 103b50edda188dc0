import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellTerm, ratioTerm } from '../../src/evidence/terms.ts'
import { WindowSums } from '../../src/evidence/window-sums.ts'
import { judgeCalm } from '../../src/verdict/calm.ts'
import { halfWidth, read } from '../../src/verdict/question.ts'
import type { Comparison, Question } from '../../src/verdict/question.ts'
import { searchDrift, searchStrongest } from '../../src/verdict/search.ts'

const LEVELS = 3
const RATE: Question = {
  ...{ kind: 'rate', cell: -1, weight: 1, key: 'rate', effect: 'difference' },
  ...{ effectMin: 0.01, margin: 0.02, zRequired: [5, 5, 5, 5] },
}

interface Rates {
  /** Of 100 events a bucket. */
  control: number
  candidate: number
  buckets?: number
  events?: number
}

/** A rate whose slices are as told, the same in every bucket (which differ a little, so that there is a variance). */
function rateOf(slices: readonly Rates[], question = RATE): Comparison {
  const sums = new WindowSums({ buckets: 256, bins: 1, tables: 0, levels: LEVELS })
  for (const { control, candidate, buckets = 256, events = 100 } of slices) {
    const by = (value: number, wobble: number) =>
      Float64Array.from({ length: 256 }, (_, h) => (h < buckets ? value + ((h % 3) - 1) * wobble : 0))
    const n = by(events, 0)
    sums.add(ratioTerm(by(control, control / 10), n, by(candidate, candidate / 10), n))
  }
  return { questions: [question], scores: [], scale: 'absolute', sums }
}
function search(comparisons: readonly Comparison[], T: number, notBefore: number) {
  return {
    strongest: searchStrongest(comparisons, T, notBefore),
    drifting: searchDrift(comparisons, T, notBefore),
  }
}

const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each)

describe('the search for drift', () => {
  const moved = { control: 10, candidate: 12 }

  it('finds evidence with a large enough effect and minimum data, and says so in numbers', () => {
    const { drifting } = search([rateOf(times(4, moved))], 4, 0)
    assert.ok(Math.abs(drifting!.reading.estimate - 0.02) < 1e-3)
    assert.ok(drifting!.strength >= 1)
    assert.ok(drifting!.evidence.nats > drifting!.evidence.thresholdNats)
  })

  it('looks from the third slice on', () => {
    assert.equal(search([rateOf(times(2, moved))], 2, 0).strongest, null)
    assert.notEqual(search([rateOf(times(3, moved))], 3, 0).strongest, null)
  })

  it('takes no evidence for drift below effectMin, however strong', () => {
    const { strongest, drifting } = search([rateOf(times(4, { control: 10, candidate: 10.9 }))], 4, 0)
    assert.ok(strongest!.strength > 1)
    assert.equal(drifting, null)
  })

  it('takes no effect for drift without minimum data: 99 events, or 19 buckets', () => {
    const thin = { control: 0, candidate: 0.3, events: 0.3 }
    const few = { control: 0, candidate: 100, buckets: 19 }
    const threshold = { ...RATE, zRequired: [1, 1, 1, 1] }
    for (const slices of [times(1, thin), times(4, few)]) {
      const all = [...times(4 - slices.length, { control: 0, candidate: 0, events: 0 }), ...slices]
      const { strongest, drifting } = search([rateOf(all, threshold)], 4, 0)
      assert.ok(strongest!.strength > 1)
      assert.equal(drifting, null)
    }
    const enough = search([rateOf(times(4, { ...few, buckets: 20 }), threshold)], 4, 0)
    assert.notEqual(enough.drifting, null)
  })

  it('takes nothing for drift that just misses its threshold', () => {
    const { strongest } = search([rateOf(times(4, moved))], 4, 0)
    const z = strongest!.strength * 5
    const missed = search([rateOf(times(4, moved), { ...RATE, zRequired: times(4, z * 1.001) })], 4, 0)
    assert.ok(missed.strongest!.strength < 1 && missed.strongest!.strength > 0.99)
    assert.equal(missed.drifting, null)
    assert.notEqual(search([rateOf(times(4, moved), { ...RATE, zRequired: times(4, z) })], 4, 0).drifting, null)
  })

  it('takes nothing for drift whose buckets vary too much, though its scalars would do', () => {
    const few = times(4, { control: 10, candidate: 40, buckets: 64 })
    const z = search([rateOf(few)], 4, 0).strongest!.strength * 5
    assert.equal(search([rateOf(few, { ...RATE, zRequired: times(4, z * 1.001) })], 4, 0).drifting, null)
    assert.notEqual(search([rateOf(few, { ...RATE, zRequired: times(4, z * 0.999) })], 4, 0).drifting, null)
  })

  it('finds a drift beside stronger evidence that is too small to be one', () => {
    const small = { ...RATE, key: 'small', effectMin: 1, zRequired: times(4, 1) }
    const comparison = rateOf(times(4, moved))
    const z = search([comparison], 4, 0).strongest!.strength * 5
    const large = { ...RATE, zRequired: times(4, z / 1.2) }
    const { strongest, drifting } = search([{ ...comparison, questions: [small, large] }], 4, 0)
    assert.deepEqual([strongest!.question.key, drifting?.question.key], ['small', 'rate'])
    assert.ok(drifting!.strength < 1.3 && strongest!.strength > 2 * drifting!.strength)
  })

  it('offers no window that starts before the mark', () => {
    const comparison = rateOf([
      ...times(4, { control: 10, candidate: 14 }),
      ...times(4, { control: 10, candidate: 10 }),
    ])
    assert.notEqual(search([comparison], 8, 0).drifting, null)
    assert.equal(search([comparison], 8, 4).drifting, null)
  })

  it('gives ties to the window offered first', () => {
    const same = rateOf(times(3, moved))
    const [first, second] = [
      { ...RATE, key: 'first' },
      { ...RATE, key: 'second' },
    ]
    const { drifting } = search([{ ...same, questions: [first, second] }], 3, 0)
    assert.equal(drifting!.question.key, 'first')
    const [little] = second.zRequired
    const stronger = { ...second, zRequired: times(4, little! / 1.001) }
    assert.equal(search([{ ...same, questions: [first, stronger] }], 3, 0).drifting!.question.key, 'second')
  })

  it('takes an omnibus for evidence only where both halves of the units agree', () => {
    const sums = new WindowSums({ buckets: 256, bins: 2, tables: 0, levels: LEVELS })
    const table = (of: (h: number) => [number, number]) =>
      Float64Array.from({ length: 512 }, (_, at) => of(at >> 1)[at & 1]!)
    // Even buckets move to the first cell, odd ones to the second: as clear a disagreement as can be.
    const candidate = table((h) => (h % 2 === 0 ? [60, 40] : [40, 60]))
    for (let T = 1; T <= 4; T++)
      sums.add(
        cellTerm(
          table(() => [50, 50]),
          candidate,
          256,
          2,
          [],
        ),
      )
    const omnibus: Question = { ...RATE, kind: 'omnibus', key: 'omnibus', effect: 'omnibus', margin: null }
    const comparison: Comparison = { questions: [omnibus], scores: [], scale: 'absolute', sums }
    assert.deepEqual(search([comparison], 4, 0), { strongest: null, drifting: null })
  })
})

describe('calm', () => {
  const bad = { control: 0, candidate: 10 }
  const good = { control: 0, candidate: 0 }

  it('is judged only on windows of three blocks that start after the slice that fired', () => {
    // Level 2 is three blocks of 4: the first that starts at or after slice 8 is [8, 20).
    const at = (T: number) => judgeCalm([rateOf([...times(8, bad), ...times(T - 8, good)])], 'rate', 8)
    assert.deepEqual(at(19), { calm: null, calmStart: null })
    assert.deepEqual(at(20), { calm: true, calmStart: 8 })
  })

  it('is denied while the effect is there', () => {
    assert.deepEqual(judgeCalm([rateOf(times(20, bad))], 'rate', 8), { calm: false, calmStart: 8 })
  })

  it('is told from an interval of half of effectMin on', () => {
    const comparison = rateOf(times(20, { control: 1, candidate: 1.2 }))
    const window = comparison.sums.offered(8).find(({ level, blocks }) => level === 2 && blocks === 3)!
    const half = halfWidth(read(window.sums, RATE, comparison))
    const with_ = (effectMin: number) => judgeCalm([{ ...comparison, questions: [{ ...RATE, effectMin }] }], 'rate', 8)
    assert.equal(with_(half * 2.001).calm, false)
    assert.equal(with_(half * 1.999).calm, null)
  })

  it('cannot be told by a window whose interval is wide, nor where nothing is compared', () => {
    const wide = times(20, { control: 0.3, candidate: 0.3, buckets: 30, events: 10 })
    assert.equal(judgeCalm([rateOf(wide)], 'rate', 8).calm, null)
    assert.equal(judgeCalm([rateOf(times(20, { ...good, events: 0 }))], 'rate', 8).calm, null)
    const one = { ...good, buckets: 1, events: 2 }
    assert.equal(judgeCalm([rateOf(times(20, one))], 'rate', 8).calm, null, 'one event more is never excluded')
  })
})
