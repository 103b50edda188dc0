import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Baseline } from '../../src/baseline/baseline.ts'
import type { Alert } from '../../src/verdict/check.ts'
import { baselineOf } from '../support/baselines.ts'
import { SEASONAL, SeasonalShop, SLICES_PER_DAY } from '../support/seasonal-shop.ts'
import type { Change } from '../support/seasonal-shop.ts'
import { JudgeRun, START_MS } from '../support/slices.ts'

const DAY = SLICES_PER_DAY
const HOUR_MS = 3_600_000

/** Three weeks of other days. What follows begins on a Monday again, with numbers of its own. */
function threeWeeks(daySd = 0): Baseline {
  const known = made.get(daySd)
  if (known !== undefined) return known
  const baseline = baselineOf(SEASONAL, new SeasonalShop(100, daySd).slices(21 * DAY))
  made.set(daySd, baseline)
  return baseline
}
const made = new Map<number, Baseline>()

function runOf(baseline: Baseline): JudgeRun {
  return new JudgeRun(SEASONAL, { baseline, isReplay: true, isSealed: false })
}

function add(
  run: JudgeRun,
  shop: SeasonalShop,
  slices: number,
  changes: { control?: Change; candidate?: Change } = {},
): void {
  for (const events of shop.slices(slices, changes)) run.add(events)
}

function againstBaseline(run: JudgeRun): Alert[] {
  return run.judge.alerts().filter(({ against }) => against === 'baseline')
}

const hoursAfter = (day: number, { firedAtMs }: Alert): number => (firedAtMs - START_MS) / HOUR_MS - 24 * day

describe('a week after three weeks of baseline', () => {
  for (const [seed, daySd] of [
    [1, 0],
    [2, 0],
    [3, 0.1],
    [4, 0.1],
  ] as const) {
    it(`raises nothing without a change: seed ${seed}, days differ by ${daySd} sd`, () => {
      const shop = new SeasonalShop(seed, daySd)
      const run = runOf(threeWeeks(daySd))
      add(run, shop, 7 * DAY)
      assert.deepEqual(run.judge.alerts(), [])
      const checks = run.judge.checks().filter(({ against }) => against === 'baseline')
      assert.ok(checks.every(({ verdict }) => verdict !== 'FAIL'))
      assert.ok(checks.filter(({ verdict }) => verdict === 'PASS').length >= 6, JSON.stringify(checks, null, 1))
    })
  }

  it('finds values of the candidate that are 0.3 sd higher, one severity lower, and blames the candidate alone', () => {
    const shop = new SeasonalShop(5)
    const run = runOf(threeWeeks())
    add(run, shop, DAY)
    add(run, shop, 5 * DAY, { candidate: { price: 0.3 } })
    const [alert, ...others] = againstBaseline(run)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [alert!.check, alert!.field, alert!.cohort, alert!.severity],
      ['numeric', 'price', 'candidate', 'info'],
    )
    assert.ok(hoursAfter(1, alert!) > 6 && hoursAfter(1, alert!) < 96, `${hoursAfter(1, alert!)} h`)
    assert.match(alert!.reason, /^numeric price against the baseline: .* of candidate values are .* in the baseline's same hours, .*tolerated between days .*events of the candidate by/) // prettier-ignore
    const check = run.judge.checks().find(({ id }) => id === 'shop/numeric/price@baseline')!
    assert.deepEqual([check.verdict, check.n.control], ['FAIL', 0])
  })

  it('finds clicks that rose by 50 %: a warning where the control would make it critical', () => {
    const shop = new SeasonalShop(6)
    const run = runOf(threeWeeks())
    add(run, shop, DAY)
    add(run, shop, 3 * DAY, { candidate: { clicks: 1.5 } })
    const [alert, ...others] = againstBaseline(run)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [alert!.check, alert!.field, alert!.severity, alert!.direction],
      ['engagement', 'ctr', 'warning', 'up'],
    )
    assert.deepEqual(run.judge.alerts().find(({ against }) => against === 'control')!.severity, 'critical')
  })

  it('finds a world that changed for both cohorts, which comparing them cannot, and says so of the control as well', () => {
    const shop = new SeasonalShop(7)
    const run = runOf(threeWeeks())
    add(run, shop, DAY)
    const both = { price: 0.5 }
    add(run, shop, 5 * DAY, { control: both, candidate: both })
    assert.deepEqual(run.judge.alerts().map(({ check, cohort, against }) => [check, cohort, against]).sort(), [
      ['numeric', 'candidate', 'baseline'], ['numeric', 'control', 'baseline'],
    ]) // prettier-ignore
    const control = againstBaseline(run).find(({ cohort }) => cohort === 'control')!
    assert.match(
      control.reason,
      /^numeric price of the control against the baseline: .* of control values .* events of the control by/,
    )
    assert.equal(new Set(run.notices.map(({ fingerprint }) => fingerprint)).size, 2)
  })

  it('goes on firing while the fault stays, and resolves after it', () => {
    const shop = new SeasonalShop(8)
    const run = runOf(threeWeeks())
    add(run, shop, 3 * DAY, { candidate: { clicks: 1.5 } })
    assert.deepEqual(againstBaseline(run).map(({ state }) => state), ['firing']) // prettier-ignore
    add(run, shop, 4 * DAY)
    assert.deepEqual(againstBaseline(run).map(({ state }) => state), ['resolved']) // prettier-ignore
  })

  it('gives the same notices to the byte when it is run again', () => {
    const once = (): string => {
      const shop = new SeasonalShop(9)
      const run = runOf(threeWeeks())
      add(run, shop, 3 * DAY, { candidate: { clicks: 1.5 } })
      return JSON.stringify([run.notices, run.judge.checks()])
    }
    const first = once()
    assert.ok(first.includes('"against":"baseline"'))
    assert.equal(once(), first)
  })
})
