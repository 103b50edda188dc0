import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ln } from '../../src/evidence/arithmetic.ts'
import { wilson } from '../../src/evidence/intervals.ts'
import { PopulationRun, populationConfig, slicesIn } from '../support/population.ts'

/** Three metrics, eleven window classes, 4,032 looks. */
const NATS_REQUIRED = -ln((0.01 * 0.1) / 3 / 11 / 4032)
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`)
const ofSwitchers = (told: string[]): string[] => told.filter((each) => each.endsWith('cross-cohort'))

/** A population of regulars, of whom some change sides. */
class Regulars {
  readonly run: PopulationRun
  readonly #control: string[]
  readonly #candidate: string[]
  #switched = 0

  constructor(each: number, policy: Record<string, unknown> = {}, stream: Record<string, unknown> = {}) {
    this.run = new PopulationRun(populationConfig(stream, policy))
    this.#control = this.run.news(each)
    this.#candidate = this.run.news(each)
  }

  /** Everybody comes; so many of the control come in the candidate, each another one every time. */
  come(switching = 0): string[] {
    const guests = this.#control.slice(this.#switched, this.#switched + switching)
    this.#switched += switching
    const home = this.#control.filter((unit) => !guests.includes(unit))
    return this.run.add(home, [...this.#candidate, ...guests]).map(({ type, alert }) => `${type} ${alert.check}`)
  }
}

describe('cross-cohort', () => {
  it('fires when switchers are surely more than two in a thousand return visits, and at least five', () => {
    const regulars = new Regulars(200)
    for (let T = 1; T <= 3; T++) assert.deepEqual(regulars.come(), [])
    // 3 slices · 400 return visits; λ = 0.002 · 1,200 = 2.4 when the switchers of this slice come.
    assert.deepEqual(ofSwitchers(regulars.come(14)), [])
    assert.deepEqual(ofSwitchers(regulars.come(8)), ['firing cross-cohort'])
    const { verdict, effect, evidence, n, reason } = regulars.run.check('cross-cohort')
    const [switchers, visits] = [22, 1600]
    near(evidence!.nats, switchers * Math.log(switchers / 3.2) - switchers + 3.2)
    near(evidence!.thresholdNats, NATS_REQUIRED)
    assert.equal(verdict, 'FAIL')
    const { low, high } = wilson(switchers, visits)
    assert.deepEqual(effect, { name: 'switchers', estimate: switchers / visits, low, high, threshold: 0.005 })
    // Of both cohorts: those who switched belong to either.
    assert.deepEqual(n, { control: 200, candidate: 222 })
    assert.match(reason, /^cross-cohort: 22 units came in both cohorts: 1\.4 % \[0\.91 %, 2\.1 %\] of 1,600 return visits, 0\.20 % are tolerated since 2026-03-02T00:00:00Z \(222 units of the candidate, 200 of the control\)/) // prettier-ignore
  })

  it('needs ten, and half a per cent, however sure it is', () => {
    const nine = new Regulars(25)
    nine.come()
    nine.come()
    assert.deepEqual(ofSwitchers(nine.come(9)), [])
    assert.ok(nine.run.check('cross-cohort').evidence!.nats > NATS_REQUIRED)
    assert.deepEqual(ofSwitchers(nine.come(1)), ['firing cross-cohort'])

    // 8 switchers in 2,000 visits: 4 in a thousand, twice what is tolerated. It takes a while to be sure of that.
    const many = new Regulars(1000)
    for (let T = 1; T <= 3; T++) many.come()
    for (let T = 4; T <= 33; T++) assert.deepEqual(ofSwitchers(many.come(8)), [], `slice ${T}`)
    assert.ok(many.run.check('cross-cohort').evidence!.nats > NATS_REQUIRED)
    const sure = new Regulars(1000, { effectMin: { crossCohort: 0.002 } })
    for (let T = 1; T <= 3; T++) sure.come()
    const told = Array.from({ length: 30 }, () => sure.come(8)).flat()
    assert.equal(ofSwitchers(told)[0], 'firing cross-cohort')
  })

  it('counts a unit once, whatever it does afterwards, and one that comes in both at first sight', () => {
    const run = new PopulationRun(populationConfig())
    const both = run.news(5)
    for (let T = 1; T <= 6; T++) run.add([...both, ...run.news(100)], [...both, ...run.news(100)])
    const { effect, evidence } = run.check('cross-cohort')
    assert.equal(effect!.estimate, 5 / 25)
    near(evidence!.nats, 5 * Math.log(5 / 0.05) - 5 + 0.05)
  })

  it('is finite where all switch and nobody returns', () => {
    const run = new PopulationRun(populationConfig())
    const crowds = Array.from({ length: 3 }, () => run.news(150))
    for (const each of crowds) run.add(each, each)
    const { verdict, effect, evidence } = run.check('cross-cohort')
    assert.equal(verdict, 'FAIL')
    assert.equal(effect!.estimate, 1)
    near(evidence!.nats, 450 * Math.log(450 / 0.002) - 450 + 0.002)
  })

  it('passes with two hundred units, a hundred of each cohort, of whom surely no more than a hundredth switch', () => {
    const few = new Regulars(99)
    few.come()
    assert.match(few.run.check('cross-cohort').reason, /too little data: 99 of at least 100 units of the control/)
    const none = new Regulars(100)
    none.come()
    // 0 + 3 ≤ 0.01 · 300.
    assert.equal(none.run.check('cross-cohort').verdict, 'PASS')
    assert.equal(none.run.check('cross-cohort').effect, null)
    none.come(1)
    // 1 + 2 + 3 = 6 > 0.01 · 300: 600 return visits are needed, 200 have come.
    assert.equal(none.run.check('cross-cohort').verdict, 'INSUFFICIENT')
    assert.match(none.run.check('cross-cohort').reason, /1 unit came in both cohorts: .* about 400 more return visits without one are needed$/) // prettier-ignore
    none.come()
    none.come()
    assert.equal(none.run.check('cross-cohort').verdict, 'PASS')
  })

  it('is absent without a unit: nobody can come back', () => {
    const run = new PopulationRun(populationConfig({ unit: undefined }))
    assert.equal(run.check('cross-cohort'), undefined)
  })

  it('starts anew with an allocation epoch: who is drawn again may change sides', () => {
    const allocation = [
      { from: slicesIn(0), control: 0.5, candidate: 0.5 },
      { from: slicesIn(4), control: 0.4, candidate: 0.6 },
    ]
    const regulars = new Regulars(200, {}, { allocation })
    for (let T = 1; T <= 4; T++) regulars.come(T === 4 ? 8 : 0)
    assert.ok(regulars.run.check('cross-cohort').evidence!.nats > 3)
    assert.deepEqual(ofSwitchers(regulars.come(40)), [])
    // They are at home in the candidate now, and stay there.
    assert.deepEqual([regulars.run.check('cross-cohort').evidence!.nats], [0])
  })

  it('resolves after twelve slices in which the last hour is clean, and then counts from there', () => {
    const regulars = new Regulars(400)
    for (let T = 1; T <= 3; T++) regulars.come()
    assert.deepEqual(ofSwitchers(regulars.come(200)), ['firing cross-cohort'])
    // Of the hour that holds it 200 are too many; with the slice 12 later it is gone, and 12 such slices resolve.
    const told = Array.from({ length: 30 }, (_, at) => ofSwitchers(regulars.come()).map((each) => `${at + 1}: ${each}`))
    assert.deepEqual(told.flat().filter((each) => !each.includes('updated')), ['23: resolved cross-cohort']) // prettier-ignore
    // The next few must not find the old ones again.
    assert.deepEqual(ofSwitchers(regulars.come(3)), [])
    assert.ok(regulars.run.check('cross-cohort').evidence!.nats < 5)
  })

  it('is one alert in a sparse stream: where few come back an hour does not say that it is over, and longer windows do', () => {
    const run = new PopulationRun(populationConfig())
    const regulars = { control: run.news(100), candidate: run.news(100) }
    const told: string[] = []
    const come = (slice: number, isSwitching: boolean): void => {
      // Some 24 an hour come back, and one unit more of the control in the candidate.
      const unit = slice % 100
      const guests = isSwitching && slice % 10 === 0 ? [regulars.control[(slice / 10) % 100]!] : []
      const news = run.add([regulars.control[unit]!], [regulars.candidate[unit]!, ...guests])
      told.push(...ofSwitchers(news.map(({ type, alert }) => `${type} ${alert.check}`)).map((each) => `${slice}: ${each}`)) // prettier-ignore
    }
    for (let slice = 1; slice <= 800; slice++) come(slice, true)
    const ofFault = told.filter((each) => !each.includes('updated'))
    assert.equal(ofFault.length, 1, ofFault.join(', '))
    for (let slice = 801; slice <= 1_400; slice++) come(slice, false)
    const life = told.filter((each) => !each.includes('updated'))
    assert.match(life[1] ?? '', /^\d+: resolved/)
    assert.equal(life.length, 2, life.join(', '))
  })
})
