import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SilenceRule } from '../../src/verdict/silence-rule.ts'

/** Two-hour slices: a day is twelve. */
const LENGTH_MS = 7_200_000

const ruleOf = (...records: (number | null)[]): SilenceRule => added(new SilenceRule(LENGTH_MS), records)
/** A day is 288 slices, of which nobody knows the one before. */
const fiveMinutes = (...records: (number | null)[]): SilenceRule => added(new SilenceRule(300_000), records)

function added(rule: SilenceRule, records: readonly (number | null)[]): SilenceRule {
  for (const each of records) rule.add(each)
  return rule
}
const times = (count: number, records: number | null): (number | null)[] =>
  new Array<number | null>(count).fill(records)

describe('the rule of silence', () => {
  it('asks for three slices without a record where each of the twelve before held a hundred', () => {
    const silenceOf = (...records: (number | null)[]) => fiveMinutes(...records).silence
    assert.equal(silenceOf(...times(12, 100), 0, 0), null)
    assert.notEqual(silenceOf(...times(12, 100), 0, 0, 0), null)
    for (const strange of [0, 5, 11]) {
      const before = times(12, 100)
      before[strange] = 99
      assert.equal(silenceOf(...before, 0, 0, 0), null)
    }
    assert.equal(silenceOf(...times(11, 100), 0, 0, 0), null)
    assert.equal(silenceOf(...times(12, 100), 0, 0, 1, 0, 0, 0), null)
  })

  it('says what was usual', () => {
    const rule = fiveMinutes(50, ...times(11, 500), 321, 0, 0, 0)
    assert.deepEqual(rule.silence, { held: 321, before: 'slices' })
    assert.equal(rule.quiet, 3)
    assert.deepEqual(ruleOf(300, 250, ...times(12, 120), ...times(3, 0)).silence, { held: 120, before: 'day' })
  })

  it('prefers the same slices a day before to the twelve before', () => {
    // Every night is empty: 6 busy slices, 6 empty ones.
    const night = [...times(6, 500), ...times(6, 0)]
    const rule = new SilenceRule(LENGTH_MS)
    for (const records of [...night, ...night, ...night]) {
      rule.add(records)
      assert.equal(rule.silence, null)
    }
    // The fourth morning stays empty: the same three slices yesterday held 500.
    for (const records of times(2, 0)) rule.add(records)
    assert.equal(rule.silence, null)
    rule.add(0)
    assert.deepEqual(rule.silence, { held: 500, before: 'day' })
  })

  it('stays silent until a record comes, days later too', () => {
    const rule = ruleOf(...times(12, 100), ...times(100, 0))
    assert.notEqual(rule.silence, null)
    assert.equal(rule.quiet, 100)
    rule.add(1)
    assert.equal(rule.silence, null)
    assert.equal(rule.quiet, 0)
  })

  it('takes a slice that we did not hear for nothing: neither quiet nor its end', () => {
    const rule = ruleOf(...times(12, 100), 0, 0, null, 0, 0)
    assert.equal(rule.silence, null)
    const silent = ruleOf(...times(12, 100), 0, 0, 0, null)
    assert.notEqual(silent.silence, null)
    assert.equal(silent.quiet, 4)
  })

  it('knows whether it is busy enough to tell', () => {
    assert.equal(ruleOf(...times(11, 100)).isTelling, false)
    assert.equal(ruleOf(...times(12, 100)).isTelling, true)
    assert.equal(ruleOf(...times(12, 100), 99).isTelling, false)
  })
})
