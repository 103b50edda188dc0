import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countMax, poissonUpper, quantileOf, upperTail } from '../../bench/calibrate/bounds.ts'
import { documentOf } from '../../bench/calibrate/document.ts'
import { EventDay } from '../../bench/calibrate/events.ts'
import { judgeDay, LOOSE_BUDGETS } from '../../bench/calibrate/judge-day.ts'
import type { DayResult } from '../../bench/calibrate/judge-day.ts'
import { budgetsPlot, delaysPlot, rivalsPlot } from '../../bench/calibrate/plots.ts'
import { runJob } from '../../bench/calibrate/pool.ts'
import { FIELD, productOf } from '../../bench/calibrate/product.ts'
import { Random } from '../../bench/calibrate/random.ts'
import type { Results } from '../../bench/calibrate/results.ts'
import { CHANGES, NULLS, scenarioNamed } from '../../bench/calibrate/scenario.ts'
import type { Scenario } from '../../bench/calibrate/scenario.ts'
import { addPeers } from '../../bench/calibrate/tally.ts'
import { categoryNamed } from '../../bench/calibrate/values.ts'
import type { Config } from '../../src/config/shape.ts'
import { planStream } from '../../src/pane/plan.ts'
import { JudgeRun } from '../support/slices.ts'

/**
 * `npm run calibrate` counts false alarms and delays over tens of thousands of feature-days; here a small part of it, seeded,
 * so that a count outside its bound is an error of the code and not of chance. And the proof that the bench judges as the
 * product does.
 */
const SEED = 20_260_302

describe('the calibration bench', () => {
  const days: [name: string, slices: number, change: Scenario['change']][] = [
    ['clustered', 40, null],
    ['season', 60, { after: 24, to: 0.3 }],
    ['returning-7', 50, { after: 20, to: 0.3 }],
    ['90-10', 50, { after: 10, to: 0.5 }],
    ['99-1', 70, { after: 10, to: 2 }],
    ['zeros', 40, null],
    ['discrete', 30, null],
    ['zipf', 30, null],
    ['rate-2', 60, { after: 12, to: 0.06 }],
    ['missing-to-2', 60, { after: 12, to: 0.05 }],
  ]
  for (const [name, slices, change] of days) {
    it(`fires and resolves at the slices of the whole judge: ${name}${change === null ? '' : ', changed'}`, () => {
      const scenario = { ...scenarioNamed(name), slices, change }
      const quick = judgeDay(scenario, SEED, 1)
      const { config, check } = productOf(scenario)
      assert.deepEqual(wholeJudge(scenario, config, check), { firedAt: quick.firedAt, resolvedAt: quick.resolvedAt })
      if (change !== null) assert.ok(quick.firedAt.length > 0, 'the change must be found, or nothing is compared')
    })
  }

  it('resolves at the slice of the whole judge', () => {
    const scenario: Scenario = { ...scenarioNamed('season'), slices: 140, change: { after: 20, to: 0.5, until: 40 } }
    const quick = judgeDay(scenario, SEED, 1)
    const { config, check } = productOf(scenario)
    assert.deepEqual(wholeJudge(scenario, config, check), { firedAt: quick.firedAt, resolvedAt: quick.resolvedAt })
    assert.equal(quick.resolvedAt.length, 1)
  })

  for (const name of ['clustered', 'returning-29', 'discrete', 'zipf', 'rate-2']) {
    it(`reaches a loose threshold first at the slice of a judge with that budget and no least effect: ${name}`, () => {
      const scenario = { ...scenarioNamed(name), slices: 48 }
      const compared = [1, 2, 3].map((day) => {
        const { config, check, budget } = productOf(scenario)
        const share = check === 'engagement' ? 'engagement' : 'features'
        const loose = looseConfig(config, (VERY_LOOSE * budget.metricsIn(share)) / config.policy.shares[share])
        const whole = wholeJudge(scenario, loose, check, day).firedAt[0] ?? null
        return {
          whole,
          quick: judgeDay(scenario, SEED, day, { looseBudgets: [VERY_LOOSE, 4 * VERY_LOOSE] }).reachedAt[0],
        }
      })
      for (const { whole, quick } of compared) assert.equal(quick, whole)
      assert.ok(
        compared.some(({ whole }) => whole !== null),
        'nothing reached: nothing is compared',
      )
    })
  }

  it('draws normal numbers: moments and tail', () => {
    const random = new Random('normal')
    const moments = [0, 0, 0, 0]
    let beyond = 0
    const count = 2_000_000
    for (let at = 0; at < count; at++) {
      const x = random.normal()
      for (let power = 0; power < 4; power++) moments[power]! += x ** (power + 1) / count
      if (Math.abs(x) > 3.442619855899) beyond++
    }
    const expected = [0, 1, 0, 3]
    moments.forEach((moment, at) => assert.ok(Math.abs(moment - expected[at]!) < 0.02, `moment ${at + 1}: ${moment}`))
    // 5.76e-4 of a normal distribution: the part that the ziggurat draws in another way.
    assert.ok(Math.abs(beyond / count - 5.76e-4) < 7e-5, `${beyond} beyond the last layer`)
  })

  it('makes clusters with a correlation of 0.3, whatever the values', () => {
    for (const name of ['clustered', 'zeros', 'discrete', 'rate-2']) {
      const found = correlationInUnits({ ...scenarioNamed(name), season: 0 })
      assert.ok(Math.abs(found - 0.3) < 0.04, `${name}: ${found}`)
    }
  })

  it('gives the same day for the same seed, and another for another', () => {
    const first = (seed: number): number => new EventDay(scenarioNamed('heavy'), seed, 3).next()[0].values[0]!
    assert.equal(first(1), first(1))
    assert.notEqual(first(1), first(2))
  })

  it('writes its document from any results, with and without rivals, and no number in it is none', () => {
    const names = ['iid', 'shocks', 'rate-2', 'shift-0.3', 'rate-to-2.4']
    const tallies = Object.fromEntries(
      names.map((scenario) => [scenario, runJob({ scenario, seed: SEED, from: 0, to: 1 })]),
    )
    const results: Results = {
      ...{ seed: SEED, featureDays: 1, changeDays: 1, peerDays: 1, slowPeerDays: 0, machine: 'a machine' },
      ...{ peersMissing: 'no Python', tallies },
    }
    const missing = documentOf(results)
    assert.match(missing, /Not measured in this run:\*\* no Python/)
    for (const tally of Object.values(tallies)) {
      addPeers(tally, {
        'river ADWIN difference': { hours: 3, alarms: 2, before: 1, delay: null, seconds: 0.1 },
        'evidently PSI > 0.2': { hours: 0, alarms: 0, before: 0, delay: 60, seconds: 0.1 },
      })
    }
    const whole = documentOf({ ...results, peersMissing: null })
    assert.match(whole, /evidently PSI > 0\.2: none on 2 of 2 nulls/)
    assert.match(whole, /river ADWIN difference: none on 0 of 2 nulls/)
    const drawings = [budgetsPlot(results), delaysPlot(results), rivalsPlot(results)]
    for (const text of [missing, whole, ...drawings]) assert.doesNotMatch(text, /NaN|undefined|Infinity/)
  })

  it('knows the binomial and the Poisson distribution', () => {
    assert.ok(Math.abs(upperTail(3, 10, 0.2) - 0.3222004736) < 1e-9)
    assert.equal(countMax(100, 0.05, 0.001), 13)
    assert.ok(Math.abs(poissonUpper(0) - 2.99573) < 1e-4 && Math.abs(poissonUpper(1) - 4.74386) < 1e-4)
    assert.deepEqual([quantileOf([1, 2, 3, 4], 0.5), quantileOf([1, 2, 3, 4], 0.9), quantileOf([], 0.5)], [2, 4, null])
  })
})

describe('the product, calibrated', () => {
  const DAYS = 20
  const all: DayResult[] = []

  for (const scenario of NULLS) {
    it(`raises no alarm and stays within loose budgets on ${scenario.title}`, () => {
      const days = Array.from({ length: DAYS }, (_, day) => judgeDay(scenario, SEED, day))
      all.push(...days)
      assert.deepEqual(
        days.flatMap(({ firedAt }) => firedAt),
        [],
      )
      LOOSE_BUDGETS.forEach((budget, at) => {
        const count = days.filter(({ reachedAt }) => reachedAt[at] !== null).length
        assert.ok(count <= countMax(DAYS, budget), `${count} of ${DAYS} days, seed ${SEED}`)
      })
    })
  }

  it('stays within the loose budgets over all nulls, and is not deaf', () => {
    LOOSE_BUDGETS.forEach((budget, at) => {
      const count = all.filter(({ reachedAt }) => reachedAt[at] !== null).length
      assert.ok(count <= countMax(all.length, budget), `${count} of ${all.length} days, seed ${SEED}`)
      assert.ok(count > 0, 'thresholds that nothing ever reaches are not calibrated either')
    })
  })

  // Median delays in slices, with room for chance in so few days: the law's targets are 3.5 h, 1 h and 35 minutes.
  const targets: [name: string, medianMax: number][] = [
    ['shift-0.1', 48],
    ['shift-0.2', 14],
    ['shift-0.3', 8],
    ['shift-0.3-returning-29', 8],
  ]
  for (const [name, medianMax] of targets) {
    it(`finds ${scenarioNamed(name).title} in time`, () => {
      const { after } = CHANGES.find((each) => each.name === name)!.change!
      const days = Array.from({ length: 12 }, (_, day) =>
        judgeDay(scenarioNamed(name), SEED, day, { stopsWhenFound: true }),
      )
      const delays = days.map(({ firedAt }) => (firedAt[0] ?? Infinity) - after).sort((left, right) => left - right)
      assert.ok(delays[0]! > 0, `an alarm before the change: ${delays.join(' ')}`)
      assert.ok(quantileOf(delays, 0.5)! <= medianMax, `delays in slices: ${delays.join(' ')}`)
    })
  }
})

/** In so few slices something must be reached, or there is nothing to compare. */
const VERY_LOOSE = 100

/** The same events through observe's sketches, sealed slices and the whole judge. */
function wholeJudge(
  scenario: Scenario,
  config: Config,
  check: string,
  day = 1,
): Pick<DayResult, 'firedAt' | 'resolvedAt'> {
  const events = new EventDay(scenario, SEED, day)
  const plan = planStream(config.streams[0]!, config)
  const slot = plan.fields[0]!.slot
  const values = new Array<string | number | null | undefined>(plan.paths.length).fill(undefined)
  const run = new JudgeRun(config, { isSealed: false })
  const result: { firedAt: number[]; resolvedAt: number[] } = { firedAt: [], resolvedAt: [] }
  const first = Date.parse('2026-03-02T00:00:00Z')
  for (let T = 1; T <= scenario.slices; T++) {
    const slice = events.next()
    const notices = run.add([], {
      more: (pane) => {
        slice.forEach(({ length, units, buckets, values: numbers }, cohort) => {
          for (let at = 0; at < length; at++) {
            const unit = units[at]!
            values[slot] = valueFor(scenario, numbers[at]!)
            const words = { first: Math.imul(unit, 0x9e3779b1) >>> 0, second: ((unit << 8) | buckets[at]!) >>> 0 }
            pane.accept(cohort as 0 | 1, words, SHAPE, values, false)
          }
        })
      },
    })
    for (const { type, alert, sliceStartMs } of notices) {
      // A notice about cells that came late is dated by its own slice.
      const number = (sliceStartMs - first) / 300_000 + 1
      if (alert.check !== check || (alert.field !== FIELD && alert.field !== 'rate-0')) continue
      if (type === 'firing') result.firedAt.push(number)
      if (type === 'resolved') result.resolvedAt.push(number)
    }
  }
  return result
}

const SHAPE = { kind: 'shape', schemaId: 'json', fields: [], timeUnit: null } as const

function valueFor({ values }: Scenario, value: number): string | number | null {
  switch (values.kind) {
    case 'rate':
      return value === 1 ? 'true' : 'false'
    case 'missing':
      return value === 1 ? null : 1
    case 'zipf':
      return categoryNamed(value)
    default:
      return value
  }
}

/** A day's budget, and every effect counts, however small. */
function looseConfig(config: Config, falseAlarmBudget: number): Config {
  const { policy } = config
  const none = Object.fromEntries(Object.keys(policy.effectMin).map((name) => [name, 0]))
  const effectMin = none as Config['policy']['effectMin']
  return { ...config, policy: { ...policy, horizonMs: 86_400_000, falseAlarmBudget, effectMin } }
}

/** Of two events of a unit, over the control's slices; each unit's events are neighbours. */
function correlationInUnits(scenario: Scenario): number {
  const day = new EventDay(scenario, SEED, 1)
  let count = 0
  let mean = 0
  let square = 0
  let product = 0
  for (let T = 1; T <= 200; T++) {
    const { length, values } = day.next()[0]
    for (let at = 0; at < length; at += 5, count++) {
      const [one, other] = [values[at]!, values[at + 1]!]
      mean += (one + other) / 2
      square += (one * one + other * other) / 2
      product += one * other
    }
  }
  mean /= count
  return (product / count - mean * mean) / (square / count - mean * mean)
}
