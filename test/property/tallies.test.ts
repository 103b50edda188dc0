import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { encodePane } from '../../src/pane/codec.ts'
import type { Tallies } from '../../src/pane/pane.ts'
import {
  capCounts,
  createTallies,
  fitsPlan,
  KEYS_MAX,
  mergeTallies,
  tallyTotals,
  VIOLATION_PAIRS_MAX,
  violationPair,
} from '../../src/pane/tallies.ts'
import { count, facts, paneOf, PLAN } from '../support/events.ts'
import type { Fact } from '../support/events.ts'

/** Violations stand in order of first appearance, which a split changes; all else must agree to the byte. */
function bytesOf(tallies: Tallies): string {
  const inOrder = (pair: { reason: string; field: string }): string => `${pair.reason} ${pair.field}`
  const violations = tallies.violations.toSorted((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1))
  return encodePane(paneOf({ ...tallies, violations })).toString('hex')
}

/** Facts, each with the part it goes to. */
const dealt = fc.array(fc.tuple(facts, fc.nat(3)), { maxLength: 300, size: 'max' })

describe('tallies', () => {
  it('merge to what counting everything in one would have given, in any order and split', () => {
    fc.assert(
      fc.property(dealt, fc.boolean(), (all, isReversed) => {
        const parts = [0, 1, 2, 3].map((part) => count(all.filter(([, at]) => at === part).map(([fact]) => fact)))
        const merged = createTallies(PLAN)
        for (const part of isReversed ? parts.reverse() : parts) mergeTallies(merged, part)
        assert.equal(bytesOf(merged), bytesOf(count(all.map(([fact]) => fact))))
      }),
      { numRuns: 60 },
    )
  })

  it('leave what was merged as it was', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 60 }), fc.array(facts, { maxLength: 60 }), (left, right) => {
        const from = count(left)
        const before = bytesOf(from)
        const into = createTallies(PLAN)
        mergeTallies(into, from)
        mergeTallies(into, count(right))
        assert.equal(bytesOf(from), before)
      }),
      { numRuns: 20 },
    )
  })

  it('account for every record: read = accepted + rejected + late + synthetic', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 200 }), (all) => {
        const of = (...kinds: Fact['what'][]): number => all.filter(({ what }) => kinds.includes(what)).length
        assert.deepEqual(tallyTotals(count(all)), {
          read: all.length,
          accepted: of('accepted', 'repeat'),
          rejected: of('rejected'),
          late: of('late'),
          synthetic: of('synthetic'),
          duplicates: of('repeat'),
        })
      }),
      { numRuns: 40 },
    )
  })

  it('refuse to add what was counted by another plan', () => {
    const other = { ...PLAN, fields: PLAN.fields.slice(1) }
    assert.equal(fitsPlan(createTallies(other), PLAN), false)
    assert.equal(fitsPlan(createTallies(PLAN), PLAN), true)
    assert.throws(() => mergeTallies(createTallies(PLAN), createTallies(other)))
    assert.throws(() => mergeTallies(createTallies(PLAN), createTallies({ ...PLAN, rates: [] })))
  })
})

describe('violation pairs', () => {
  const withPairs = (from: number, to: number): Tallies => {
    const tallies = createTallies(PLAN)
    for (let at = from; at < to; at++) violationPair(tallies.violations, 'wrong-type', `f${at}`).counts[1].add(at & 255)
    return tallies
  }

  it('keep the order of first appearance', () => {
    const tallies = withPairs(0, 3)
    violationPair(tallies.violations, 'missing-required', 'f1').outside++
    violationPair(tallies.violations, 'wrong-type', 'f1').outside++
    assert.deepEqual(
      tallies.violations.map(({ reason, field, outside }) => [reason, field, outside]),
      [
        ['wrong-type', 'f0', 0],
        ['wrong-type', 'f1', 1],
        ['wrong-type', 'f2', 0],
        ['missing-required', 'f1', 1],
      ],
    )
  })

  it('beyond 64 share one pair "other", which stays last, and lose no count', () => {
    const tallies = withPairs(0, 80)
    assert.equal(tallies.violations.length, VIOLATION_PAIRS_MAX + 1)
    assert.equal(tallies.violations.at(-1)!.reason, 'other')
    assert.equal(tallies.violations.at(-1)!.counts[1].total, 16)

    const merged = withPairs(200, 240)
    mergeTallies(merged, tallies)
    assert.equal(merged.violations.length, VIOLATION_PAIRS_MAX + 1)
    assert.deepEqual(
      merged.violations.map(({ reason }) => reason).filter((reason, at) => reason === 'other' && at < 64),
      [],
    )
    assert.equal(
      merged.violations.reduce((sum, pair) => sum + pair.counts[1].total, 0),
      40 + 80,
    )
  })

  it('join the buckets of records outside the cohorts', () => {
    const left = createTallies(PLAN)
    const right = createTallies(PLAN)
    violationPair(left.violations, 'wrong-type', 'a').outsideBuckets[7] = 0x80000001
    violationPair(right.violations, 'wrong-type', 'a').outsideBuckets[7] = 0x80000010
    mergeTallies(left, right)
    assert.equal(left.violations[0]!.outsideBuckets[7]! >>> 0, 0x80000011)
  })
})

describe('keys', () => {
  it('beyond 256 share "other", whatever order they are merged in, and lose no count', () => {
    const counts = new Map<string, number>()
    for (let at = 0; at < 300; at++) capCounts(counts, `key${at}`, 2)
    assert.equal(counts.size, KEYS_MAX + 1)
    assert.equal(counts.get('other'), 88)
    const into = new Map<string, number>()
    for (const [key, value] of counts) capCounts(into, key, value)
    capCounts(into, 'yet another', 1)
    assert.equal(into.size, KEYS_MAX + 1)
    assert.equal(
      [...into.values()].reduce((sum, value) => sum + value, 0),
      601,
    )
  })
})
