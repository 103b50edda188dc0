import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AlertGroups } from '../../src/alert/alert-groups.ts'
import { groupAlerts } from '../../src/alert/group-alerts.ts'
import { configOf, JudgeRun, randomOf } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'
import { fakeAlert } from '../support/fake-facts.ts'

const at = (number: number) => ({ number, startMs: (number - 1) * 300_000, endMs: number * 300_000 })
const NONE: ReadonlySet<string> = new Set()
/** The group of alerts that fire at this slice on windows with these starts, while groups of these keys have a firing alert. */
function of(groups: AlertGroups, number: number, starts: number[], firing: ReadonlySet<string> = NONE, isTold = true) {
  return groups.of(at(number), { starts, title: `title ${number}` }, firing, isTold)
}

describe('the groups of alerts', () => {
  it('have one key for all that fires in a slice, whenever in that slice it is told', () => {
    const groups = new AlertGroups('shop')
    const first = of(groups, 10, [8])
    assert.equal(of(groups, 10, [9], new Set([first.key]), false).key, first.key)
    assert.notEqual(of(groups, 11, [10]).key, first.key)
    assert.equal(of(new AlertGroups('shop'), 10, [9]).key, first.key)
    assert.notEqual(of(new AlertGroups('clicks'), 10, [9]).key, first.key)
  })

  it('take in what fires later on a window that begins before they first fired, while one of them fires', () => {
    const groups = new AlertGroups('shop')
    const { key } = of(groups, 10, [8])
    const joined = of(groups, 14, [12, 9], new Set([key]))
    assert.deepEqual([joined.key, joined.title, joined.firedAtMs], [key, 'title 10', 3_000_000])
    // Ten is their first slice, whoever joined since.
    assert.notEqual(of(groups, 16, [11], new Set([key])).key, key)
    assert.notEqual(of(groups, 18, [9]).key, key)
  })

  it('do not open again: what resolved and fires anew is another cause', () => {
    const groups = new AlertGroups('shop')
    const { key } = of(groups, 10, [8])
    of(groups, 12, [11])
    assert.notEqual(of(groups, 14, [8], new Set([key])).key, key)
  })

  it('are made anew while a slice is still settled, and only then', () => {
    const groups = new AlertGroups('shop')
    const { key } = of(groups, 10, [8])
    const firing = new Set([key])
    const own = of(groups, 14, [12], firing, false)
    assert.notEqual(own.key, key)
    assert.equal(of(groups, 14, [12, 9], firing, false).key, key)
    assert.notEqual(of(groups, 15, [13], new Set([key, own.key])).key, own.key)
  })
})

describe('one release that bends many fields', () => {
  const FIELDS = Array.from({ length: 40 }, (_, field) => `f${field}`)

  function events(random: () => number, nulls: (field: number) => number): TestEvent[] {
    return Array.from({ length: 800 }, (_, event) => {
      const cohort = event % 2 === 0 ? 'control' : 'candidate'
      const isNull = (field: number): boolean => cohort === 'candidate' && random() < nulls(field)
      const values = Object.fromEntries(FIELDS.map((name, field) => [name, isNull(field) ? null : true]))
      return { unit: `${cohort}${Math.floor(random() * 500)}`, cohort, values }
    })
  }

  it('gives one notice with forty lines, and a later cause another', () => {
    const fields = FIELDS.map((name) => ({ name, kind: 'boolean' }))
    const run = new JudgeRun(configOf({ fields }), { isSealed: false })
    const random = randomOf(5)
    for (let T = 1; T <= 12; T++) run.add(events(random, () => 0))
    // The last field is hit more weakly: it is surely seen, but later.
    for (let T = 13; T <= 40; T++) run.add(events(random, (field) => (field === 39 ? 0.03 : 0.2)))
    const [group, ...others] = groupAlerts(run.judge.alerts())
    assert.deepEqual([group!.alerts.length, others], [40, []])
    const firedAt = new Set(group!.alerts.map(({ firedAtMs }) => firedAtMs))
    assert.ok(firedAt.size > 1)
    const weakest = run.notices.find(({ type, alert }) => type === 'firing' && alert.field === 'f39')!
    assert.match(weakest.alert.reason, /; in one group with missing f0, fired 2026-03-02T01:\d\d:00Z$/)
  })

  it('keeps the group of an alert in all its notices', () => {
    const run = new JudgeRun(configOf({ fields: [{ name: 'f0', kind: 'boolean' }] }, { clear: 2 }), { isSealed: false })
    const random = randomOf(5)
    for (let T = 1; T <= 120; T++) run.add(events(random, () => (T > 12 && T < 20 ? 0.5 : 0)))
    const types = run.notices.map(({ type }) => type)
    assert.ok(types.includes('firing') && types.includes('resolved'), types.join())
    assert.equal(new Set(run.notices.map(({ alert }) => alert.group)).size, 1)
    assert.match(run.notices[0]!.alert.group, /^[0-9a-f]{32}$/)
  })
})

describe('alerts as notices', () => {
  it('are in the order of their first firing, as severe as the worst that still fires', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((field) => fakeAlert(field, 'firing'))
    const groups = groupAlerts([
      { ...a!, group: 'late', firedAtMs: 30 },
      { ...b!, group: 'early', firedAtMs: 20, severity: 'critical', state: 'resolved' },
      { ...c!, group: 'early', firedAtMs: 10, severity: 'warning' },
      { ...a!, group: 'over', firedAtMs: 40, severity: 'critical', state: 'resolved' },
    ])
    assert.deepEqual(
      groups.map(({ group, firedAtMs, severity, state, alerts }) => [group, firedAtMs, severity, state, alerts.length]),
      [
        ['early', 10, 'warning', 'firing', 2],
        ['late', 30, 'critical', 'firing', 1],
        ['over', 40, 'critical', 'resolved', 1],
      ],
    )
  })
})
