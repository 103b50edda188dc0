import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Term } from '../../src/evidence/term.ts'
import { ratioTerm } from '../../src/evidence/terms.ts'
import { concludeWhole } from '../../src/verdict/conclusion.ts'
import type { ComparedCheck } from '../../src/verdict/drift-watch.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import type { Conclusion } from '../../src/verdict/watched.ts'
import type { Comparison } from '../../src/verdict/question.ts'

interface Options {
  buckets: number
  scale: Comparison['scale']
  margin: number
}

/** The conclusion on a rate with these numerators of 100 events in each of so many buckets. */
function conclude(
  control: (bucket: number) => number,
  candidate: (bucket: number) => number,
  { buckets = 256, scale = 'absolute', margin = 0.01 }: Partial<Options> = {},
): Conclusion {
  const by = (of: (bucket: number) => number) => Float64Array.from({ length: 256 }, (_, h) => (h < buckets ? of(h) : 0))
  const n = by(() => 100)
  const sums: Term = ratioTerm(by(control), n, by(candidate), n)
  const question = {
    ...({ kind: 'rate', cell: -1, weight: 1, key: 'rate', effect: 'difference' } as const),
    ...{ effectMin: margin / 2, margin, zRequired: [6] },
  }
  const check: ComparedCheck = {
    subject: subjectOf('s', 'missing', 'f'),
    ...{ streams: ['s'], begin: 0, waitingFor: 'nothing yet', eventNoun: 'records' },
    add: () => undefined,
    tell: () => 'told',
    comparisons: [
      {
        questions: [question],
        scores: [],
        scale,
        sums: { hasCounts: true, offered: () => [], whole: { start: 0, end: 9, sums } },
      },
    ],
  }
  return concludeWhole(check)
}

describe('a conclusion', () => {
  it('passes when a change as large as the margin is excluded', () => {
    const { verdict, reason } = conclude(
      (h) => h % 3,
      (h) => (h + 1) % 3,
    )
    assert.equal(verdict, 'PASS')
    assert.match(reason, /^told, .* is within ±1\.0 pp; a lasting change of ±[\d.]+ pp would have been seen by now$/)
  })

  it('says how wide it is, how wide it may be, and how many more events that takes', () => {
    const { verdict, reason } = conclude(
      (h) => h % 40,
      (h) => (h * 7) % 40,
      { margin: 0.015 },
    )
    assert.equal(verdict, 'INSUFFICIENT')
    const [, reached, needed, more] =
      /: ±([\d.]+) pp reached, ±([\d.]+) pp needed: about ([\d,]+) more records per cohort; /.exec(reason)!
    const n = 25_600
    const expected = n * (Number(reached) / Number(needed)) ** 2 - n
    // Computed from the rounded figures of the sentence itself: within their rounding.
    assert.ok(Math.abs(Number(more!.replaceAll(',', '')) - expected) < 0.3 * expected + 1000, reason)
  })

  it('gives no number of events where the effect itself is beyond the margin', () => {
    const { reason } = conclude(
      () => 1,
      (h) => (h < 128 ? 40 : 1),
    )
    assert.match(reason, /neither proven nor excluded, the margin is ±1\.0 pp; /)
  })

  it('asks for events first, then for units: a thousand events of three users are three users', () => {
    const few = conclude(
      () => 1,
      () => 1,
      { buckets: 15 },
    )
    assert.equal(
      few.reason,
      'too little data: records of the control come from too few units (15.0 of 20 effective buckets), ' +
        'records of the candidate come from too few units (15.0 of 20 effective buckets)',
    )
    const none = conclude(
      () => 0,
      () => 0,
      { buckets: 0 },
    )
    assert.match(none.reason, /^too little data: 0 of at least 100 records of the control that can be compared, 0 of/)
    assert.equal(none.effect, null)
  })

  it('does not divide by a rate of zero', () => {
    const { verdict, reason, effect } = conclude(
      () => 0,
      () => 0,
      { scale: 'relative' },
    )
    assert.equal(verdict, 'INSUFFICIENT')
    assert.match(reason, /of a rate of zero no relative change can be told/)
    assert.deepEqual([effect!.estimate, effect!.low, effect!.high], [0, 0, 0])
  })

  it('does not take a rate of exactly zero as known exactly: one event more is never excluded', () => {
    assert.equal(
      conclude(
        () => 0,
        () => 0,
        { margin: 1.9 / 12_800 },
      ).verdict,
      'INSUFFICIENT',
    )
    assert.equal(
      conclude(
        () => 0,
        () => 0,
        { margin: 2 / 12_800 },
      ).verdict,
      'PASS',
    )
  })
})
