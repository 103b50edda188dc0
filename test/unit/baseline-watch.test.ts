import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { hourOf, hourOfDay } from '../../src/baseline/hours.ts'
import { compareWithBaseline, toleranceOf } from '../../src/evidence/baseline.ts'
import type { ProfiledSlice } from '../../src/evidence/baseline.ts'
import { zRequiredOfClasses } from '../../src/evidence/z-required.ts'
import { readConfig } from '../../src/config/load.ts'
import type { CheckVerdict } from '../../src/verdict/check.ts'
import { BaselineBudget } from '../../src/verdict/checks/baseline-budget.ts'
import { Streaks } from '../../src/verdict/checks/baseline-streaks.ts'
import { createChecks } from '../../src/verdict/checks/create.ts'
import { BaselineWatch } from '../../src/verdict/checks/baseline-watch.ts'
import { baselineOf } from '../support/baselines.ts'
import { configOf, JudgeRun, randomOf, RAW_SHOP, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const FIELDS = [{ name: 'price', kind: 'numeric' }, { name: 'member', kind: 'boolean' }] // prettier-ignore
const CONFIG = configOf({ fields: FIELDS, engagement: [{ name: 'ctr', rate: { field: 'clicked', equals: true } }] }, {}, { length: '1h' }) // prettier-ignore

/** An hour of 120 events; the rates follow the hour of the day. */
function hour(
  random: () => number,
  hourOfDay: number,
  change: Partial<Record<'member' | 'clicked', number>> = {},
): TestEvent[] {
  return Array.from({ length: 120 }, () => {
    const user = Math.floor(random() * 600)
    const cohort = user % 2 === 0 ? 'control' : 'candidate'
    const up = (name: 'member' | 'clicked'): number => (cohort === 'candidate' ? (change[name] ?? 0) : 0)
    const values = {
      price: random(),
      member: random() < 0.3 + hourOfDay / 100 + up('member'),
      clicked: random() < 0.1 + hourOfDay / 200 + up('clicked'),
    }
    return { unit: `u${user}`, cohort, values }
  })
}

function baselineOfDays(days: number, config = CONFIG): Baseline {
  const random = randomOf(77)
  return baselineOf(
    config,
    Array.from({ length: 24 * days }, (_, at) => hour(random, at % 24)),
  )
}

function checkOf(run: JudgeRun, id: string): CheckVerdict {
  return run.judge.checks().find((check) => check.id === id)!
}

describe('a check against the baseline', () => {
  const week = baselineOfDays(7)

  it('is listed once for each metric, for the candidate, and only with a baseline', () => {
    const ids = (baseline: Baseline | null) =>
      new JudgeRun(CONFIG, { baseline }).judge
        .checks()
        .flatMap(({ id, against }) => (against === 'baseline' ? [id] : []))
    assert.deepEqual(ids(null), [])
    assert.deepEqual(ids(week), [
      'shop/numeric/price@baseline', 'shop/boolean/member@baseline', 'shop/missing/price@baseline',
      'shop/missing/member@baseline', 'shop/range/price@baseline', 'shop/engagement/ctr@baseline',
    ]) // prettier-ignore
    const watches = createChecks(CONFIG, CONFIG.streams, 0, week).filter((watched) => watched instanceof BaselineWatch)
    assert.deepEqual(watches.map(({ isListed, subject }) => [isListed, subject.cohort]).slice(0, 2), [[true, undefined], [false, 'control']]) // prettier-ignore
    assert.equal(watches.length, 12)
  })

  it('says of ratios that they are not compared, in place of leaving them out', () => {
    const spend = { name: 'spend', ratio: { sum: 'price', per: 'events' } }
    const ctr = { name: 'ctr', ratio: { count: 'clicks', per: 'shop' } }
    const config = configOf({ fields: FIELDS, engagement: [spend] }, {}, { length: '1h' })
    const across = readConfig(JSON.stringify({ streams: [{ ...RAW_SHOP, engagement: [ctr] }, { ...RAW_SHOP, name: 'clicks', topic: 'clicks' }] }), 'test.yaml', {}) // prettier-ignore
    const ids = createChecks(across, across.streams, 0, week).map(({ subject }) => subject.id)
    assert.ok(ids.includes('shop/engagement/ctr@baseline'), 'also where it is a ratio across two streams')

    const run = new JudgeRun(config, { baseline: week })
    const random = randomOf(1)
    for (let at = 0; at < 72; at++) run.add(hour(random, at % 24))
    const check = checkOf(run, 'shop/engagement/spend@baseline')
    assert.deepEqual([check.verdict, check.effect, check.evidence], ['INSUFFICIENT', null, null])
    assert.match(check.reason, /: not compared: ratios of sums or counts have no law for other days/)
    assert.equal(checkOf(run, 'shop/engagement/spend').against, 'control')
    assert.deepEqual(run.judge.alerts(), [])
  })

  it('is INSUFFICIENT with fewer than seven days, and says how many are missing', () => {
    const run = new JudgeRun(CONFIG, { baseline: baselineOfDays(6) })
    const random = randomOf(1)
    for (let at = 0; at < 72; at++) run.add(hour(random, at % 24, { member: 0.4 }))
    for (const check of run.judge.checks().filter(({ against }) => against === 'baseline')) {
      assert.equal(check.verdict, 'INSUFFICIENT')
      assert.match(check.reason, /the baseline holds 6 of at least 7 days: 1 more is needed/)
    }
    assert.deepEqual(run.judge.alerts().filter(({ against }) => against === 'baseline'), []) // prettier-ignore
  })

  it('is INSUFFICIENT against a baseline that nobody verified, or that does not hold the field', () => {
    const run = new JudgeRun(CONFIG, { baseline: { ...week, verified: null } })
    run.add(hour(randomOf(1), 0))
    assert.match(checkOf(run, 'shop/numeric/price@baseline').reason, /not verified/)
    const wider = configOf({ fields: [...FIELDS, { name: 'fresh', kind: 'numeric' }] }, {}, { length: '1h' })
    const other = new JudgeRun(wider, { baseline: week })
    assert.match(checkOf(other, 'shop/missing/fresh@baseline').reason, /no record of the candidate has come/)
    other.add(hour(randomOf(1), 0))
    assert.match(checkOf(other, 'shop/missing/fresh@baseline').reason, /the baseline does not hold it/)
  })

  it('needs only its own cohort', () => {
    const run = new JudgeRun(CONFIG, { baseline: week })
    const random = randomOf(2)
    for (let at = 0; at < 48; at++) run.add(hour(random, at % 24).filter(({ cohort }) => cohort === 'candidate'))
    assert.match(checkOf(run, 'shop/boolean/member').reason, /no record of the control/)
    const { verdict, n } = checkOf(run, 'shop/missing/member@baseline')
    assert.deepEqual([verdict, n.control, n.candidate > 2000], ['PASS', 0, true])
  })

  it('leaves out slices whose hour has fewer than 200 events in the baseline', () => {
    const random = randomOf(3)
    const halfDays = Array.from({ length: 24 * 8 }, (_, at) => (at % 24 < 12 ? hour(random, at % 24) : []))
    const run = new JudgeRun(CONFIG, { baseline: baselineOf(CONFIG, halfDays) })
    let candidates = 0
    for (let at = 0; at < 36; at++) {
      const events = hour(random, at % 24)
      run.add(events)
      if (at % 24 < 12) candidates += events.filter(({ cohort }) => cohort === 'candidate').length
    }
    assert.equal(checkOf(run, 'shop/missing/member@baseline').n.candidate, candidates)
    const atNight = new JudgeRun(CONFIG, { baseline: baselineOf(CONFIG, halfDays) })
    for (let at = 0; at < 12; at++) atNight.add([])
    for (let at = 12; at < 20; at++) atNight.add(hour(random, at))
    assert.match(
      checkOf(atNight, 'shop/missing/member@baseline').reason,
      /too little data: 0 of .*; 8 slices fall into hours/,
    )
  })

  it('says what the golden formula says of the same slices', () => {
    const random = randomOf(4)
    const maker = new SliceMaker(CONFIG, week)
    const watch = createChecks(CONFIG, CONFIG.streams, 0, week).find(({ subject }) => subject.id === 'shop/boolean/member@baseline')! // prettier-ignore
    const slices: ProfiledSlice[] = []
    const hours = week.streams[0]!.hours
    const { n, x } = week.streams[0]!.metrics.find(({ measure, name }) => measure === 'values' && name === 'member')!
    const slots = Array.from({ length: 24 }, (_, slot) => {
      const own = hours.flatMap((each, at) => (hourOfDay(each) === slot ? [at] : []))
      return { x: own.reduce((sum, at) => sum + x[0]![at]!, 0), n: own.reduce((sum, at) => sum + n[at]!, 0) }
    })
    for (let at = 0; at < 30; at++) {
      const { slice } = maker.next(hour(random, at % 24, { member: 0.05 }), { isSealed: false }).sealed
      watch.add(slice)
      const { counts } = slice.streams[0]!.tallies.fields[1]!
      const { accepted } = slice.streams[0]!.tallies.cohorts[1]
      const byBucket = (of: typeof accepted): number[] => Array.from({ length: 256 }, (_, bucket) => of.at(bucket))
      slices.push({ slot: hourOfDay(hourOf(slice.startMs)), x: byBucket(counts[1].trues), n: byBucket(accepted) })
    }
    // All hours are covered: each day against the six others.
    const effects = [0, 1, 2, 3, 4, 5, 6].map((day) => {
      let surplus = 0
      let events = 0
      for (let at = 24 * day; at < 24 * day + 24; at++) {
        const { x: total, n: of } = slots[hourOfDay(hours[at]!)]!
        surplus += x[0]![at]! - (n[at]! * (total - x[0]![at]!)) / (of - n[at]!)
        events += n[at]!
      }
      return surplus / events
    })
    const golden = compareWithBaseline(slots, slices, effects, 7, 0.01)
    const { effect, reason } = watch.conclude()
    const close = (one: number, other: number): void => assert.ok(Math.abs(one - other) < 1e-12, `${one} ${other}`)
    close(effect!.estimate, golden.effect)
    close(effect!.high! - effect!.low!, 2 * 1.959963984540054 * golden.se)
    assert.match(reason, new RegExp(`tolerated between days ±${(golden.tolerance! * 100).toFixed(1)} pp`))
    assert.equal(golden.tolerance, toleranceOf(effects, 7, 0.01))
  })

  it('passes, and counts in the overall verdict only where it is required by name', () => {
    const verdictOf = (require: unknown) => {
      const config = configOf({ fields: [{ name: 'member', kind: 'boolean' }] }, { require }, { length: '1h' })
      const run = new JudgeRun(config, { baseline: baselineOfDays(6, config), isReplay: true, isSealed: false })
      const random = randomOf(5)
      for (let at = 0; at < 200; at++) run.add(hour(random, at % 24))
      return run.judge.verdict()
    }
    assert.equal(verdictOf(['shop/missing/member']).verdict, 'PASS')
    const required = verdictOf(['shop/missing/member', 'shop/missing/member@baseline'])
    assert.equal(required.verdict, 'INSUFFICIENT')
    assert.match(required.reason, /6 of at least 7 days/)
  })
})

describe('an alert against the baseline', () => {
  it('needs three looks in a row of the same window class and contrast', () => {
    const streaks = new Streaks(2)
    const looks = [true, true, false, true, true, true, true]
    assert.deepEqual(looks.map((isBeyond) => streaks.look(4, 0, isBeyond)), [false, false, false, false, false, true, true]) // prettier-ignore
    assert.deepEqual(
      [streaks.look(4, 1, true), streaks.look(5, 0, true), streaks.look(4, 0, true)],
      [false, false, true],
    )
    streaks.clear()
    assert.equal(streaks.look(4, 0, true), false)
  })

  it('has a budget of its own, divided by the metrics of both cohorts', () => {
    // features: price, member. quality: missing of both and range of one. engagement: ctr. Each twice.
    const { falseAlarmBudget: alphaRelease, shares, levels } = CONFIG.policy
    const budget = new BaselineBudget(CONFIG)
    for (const [share, metrics] of [
      ['features', 4],
      ['quality', 6],
      ['engagement', 2],
    ] as const) {
      const expected = zRequiredOfClasses({ alphaRelease, share: shares[share], metrics, contrastWeight: 0.05, levels, panes: 336 }) // prettier-ignore
      assert.deepEqual(budget.zRequired(share, 0.05), expected)
    }
  })
})
