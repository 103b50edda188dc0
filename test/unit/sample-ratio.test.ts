import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SampleRatioProcess } from '../../src/evidence/srm.ts'
import { PopulationRun, populationConfig, slicesIn } from '../support/population.ts'

/** Three metrics share the tenth of a hundredth: volume, cross-cohort and this one. */
const NATS_REQUIRED = -Math.log((0.01 * 0.1) / 3)
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`)

describe('sample-ratio', () => {
  it('fires at the first slice whose evidence reaches −ln of its alpha, and says how far off, since when', () => {
    const run = new PopulationRun(populationConfig())
    const process = new SampleRatioProcess(2, 4032)
    let fired: number | null = null
    for (let T = 1; T <= 30 && fired === null; T++) {
      const { lnE } = process.add([100, 80], [0.5, 0.5])
      const notices = run.add(run.news(100), run.news(80)).filter(({ alert }) => alert.check === 'sample-ratio')
      near(run.check('sample-ratio').evidence!.nats, lnE)
      assert.equal(notices.length > 0, lnE >= NATS_REQUIRED, `slice ${T}: ${lnE}`)
      if (notices.length > 0) fired = T
    }
    const { id, against, verdict, effect, evidence, n, reason } = run.check('sample-ratio')
    assert.deepEqual([id, against, verdict], ['shop/sample-ratio@plan', 'plan', 'FAIL'])
    assert.deepEqual(n, { control: 100 * fired!, candidate: 80 * fired! })
    near(evidence!.thresholdNats, NATS_REQUIRED)
    const half = 1.959963984540054 * Math.sqrt(0.25 / (180 * fired!))
    assert.equal(effect!.name, 'candidate-share')
    near(effect!.estimate, 80 / 180 - 0.5)
    near(effect!.low!, 80 / 180 - 0.5 - half)
    near(effect!.high!, 80 / 180 - 0.5 + half)
    near(effect!.threshold, 0.02 * 0.25)
    assert.match(reason, /^sample-ratio against the plan: 44\.4 % of [\d,]+ units first seen are the candidate's, 50\.0 % planned, -5\.6 pp \[-7\.\d, -3\.\d\] since 2026-03-02T00:00:00Z \([\d,]+ units of the candidate, [\d,]+ of the control\)/) // prettier-ignore
  })

  it('is as quick where the candidate has too many: and says so', () => {
    const [few, many] = [new PopulationRun(populationConfig()), new PopulationRun(populationConfig())]
    const firing = (notices: string[]): string[] => notices.filter((each) => each.endsWith('firing sample-ratio'))
    assert.deepEqual(firing(few.times(30, 100, 80)), firing(many.times(30, 80, 100)))
    assert.equal(many.run.judge.alerts().find(({ check }) => check === 'sample-ratio')!.direction, 'up')
    assert.equal(few.run.judge.alerts().find(({ check }) => check === 'sample-ratio')!.direction, 'down')
  })

  it('needs two hundred units, and an effect of a fiftieth of ρaρb, however sure it is', () => {
    const few = new PopulationRun(populationConfig())
    assert.deepEqual(few.times(3, 55, 5).filter((each) => each.endsWith('sample-ratio')), []) // prettier-ignore
    assert.ok(few.check('sample-ratio').evidence!.nats > 2 * NATS_REQUIRED)
    assert.match(few.check('sample-ratio').reason, /too little data: 180 of at least 200 units first seen/)
    assert.ok(few.times(1, 55, 5).includes('1: firing sample-ratio'))

    // 0.25 · ρaρb is 6.25 points: 5.6 are no news.
    const wide = new PopulationRun(populationConfig({}, { effectMin: { sampleRatio: 0.25 } }))
    assert.deepEqual(wide.times(40, 100, 80).filter((each) => each.endsWith('sample-ratio')), []) // prettier-ignore
    assert.ok(wide.check('sample-ratio').evidence!.nats > NATS_REQUIRED)
  })

  it('shows the window that is furthest from the plan, not the oldest', () => {
    const run = new PopulationRun(populationConfig())
    run.times(64, 100, 100)
    run.times(20, 100, 50)
    const [alert] = run.run.judge.alerts().filter(({ check }) => check === 'sample-ratio')
    assert.match(alert!.reason, /since 2026-03-02T05:[0-4]/)
    assert.ok(alert!.firedAtMs <= Date.parse('2026-03-02T05:40:00Z'), new Date(alert!.firedAtMs).toISOString())
  })

  it('passes when the whole epoch lies within twice effectMin, and else says how many units that takes', () => {
    // 0.2 · ρaρb is 5 points, the margin 10: ±10 is reached with 1.96²·0.25/0.1² = 96.04 units, but 200 are asked for.
    const run = new PopulationRun(populationConfig({}, { effectMin: { sampleRatio: 0.2 } }))
    run.times(3, 30, 30)
    assert.equal(run.check('sample-ratio').verdict, 'INSUFFICIENT')
    run.times(1, 10, 10)
    const passed = run.check('sample-ratio')
    assert.equal(passed.verdict, 'PASS')
    assert.match(passed.reason, /50\.0 % of 200 units first seen are the candidate's, 50\.0 % planned, 0\.0 pp \[-6\.9, \+6\.9\] is within ±10\.0 pp/) // prettier-ignore

    // The margin is 1 point: 1.96²·0.25/0.01² = 9,604 units are needed.
    const wide = new PopulationRun(populationConfig())
    wide.times(4, 50, 50)
    const { verdict, reason } = wide.check('sample-ratio')
    assert.equal(verdict, 'INSUFFICIENT')
    assert.match(reason, /±4\.9 pp reached, ±1\.0 pp needed: about 9,200 more units$/)
  })

  it('counts neither returning units nor who is in both cohorts at first sight', () => {
    const run = new PopulationRun(populationConfig())
    const [control, candidate, both] = [run.news(60), run.news(60), run.news(40)]
    for (let T = 1; T <= 40; T++) run.add([...control, ...both], T % 2 === 0 ? both : [...candidate, ...both])
    assert.deepEqual(run.check('sample-ratio').n, { control: 60, candidate: 60 })
    assert.ok(run.check('sample-ratio').evidence!.nats < 0)
  })

  it('holds each epoch against its own shares, and goes on with its evidence', () => {
    const allocation = [
      { from: slicesIn(0), control: 0.9, candidate: 0.1 },
      { from: slicesIn(10), control: 0.5, candidate: 0.5 },
    ]
    const run = new PopulationRun(populationConfig({ allocation }))
    const process = new SampleRatioProcess(2, 4032)
    const told = run.times(10, 90, 10)
    for (let T = 1; T <= 10; T++) process.add([90, 10], [0.9, 0.1])
    let lnE = 0
    for (let T = 11; T <= 14; T++) ({ lnE } = process.add([50, 50], [0.5, 0.5]))
    told.push(...run.times(4, 50, 50))
    assert.deepEqual(told, [])
    near(run.check('sample-ratio').evidence!.nats, lnE)
    // The verdict is the epoch's.
    assert.deepEqual(run.check('sample-ratio').n, { control: 200, candidate: 200 })
  })

  it('resolves by one long window within ±effectMin that begins after it fired, and then has forgotten', () => {
    // 0.1 · ρaρb is 2.5 points: three blocks of 32 slices with 40 units each have ±1.6.
    const run = new PopulationRun(populationConfig({}, { effectMin: { sampleRatio: 0.1 }, levels: 7 }))
    const told = run.times(20, 40, 10)
    assert.ok(told.some((each) => each.endsWith('firing sample-ratio')))
    const after = run.times(140, 20, 20).filter((each) => /(firing|resolved) sample-ratio$/.test(each))
    // Blocks end at slices 64, 96, 128: the first window of three whole blocks after the fault begins with slice 33.
    assert.deepEqual(after, [`${128 - 20}: resolved sample-ratio`])
    const { evidence, verdict } = run.check('sample-ratio')
    // 32 slices since then, and not the 128 before.
    const fresh = new SampleRatioProcess(2, 4032)
    let lnE = 0
    for (let T = 1; T <= 32; T++) ({ lnE } = fresh.add([20, 20], [0.5, 0.5]))
    near(evidence!.nats, lnE)
    assert.notEqual(verdict, 'FAIL')
    // And it is as ready as on the first day.
    assert.ok(run.times(20, 40, 10).some((each) => each.endsWith('firing sample-ratio')))
  })

  it('does not take the time before it fired for calm', () => {
    const run = new PopulationRun(populationConfig({}, { effectMin: { sampleRatio: 0.1 } }))
    run.times(96, 40, 40)
    // Of the 104 slices that are three blocks of 32 and the rest, only eight are broken: 1.0 ± 1.1 points, within 2.5.
    const told = run.times(8, 40, 20).filter((each) => each.endsWith('sample-ratio'))
    assert.equal(told.length, 1)
    assert.match(told[0]!, /^[3-7]: firing/)
  })

  it('begins a new process with a new budget when the horizon is over', () => {
    const run = new PopulationRun(populationConfig({}, { horizon: '50m' }))
    run.times(10, 50, 50)
    run.times(1, 50, 50)
    near(run.check('sample-ratio').evidence!.nats, new SampleRatioProcess(2, 10).add([50, 50], [0.5, 0.5]).lnE)
  })

  it('begins with the slice by which both cohorts have been seen', () => {
    const run = new PopulationRun(populationConfig())
    assert.deepEqual(run.times(20, 500, 0), [])
    assert.equal(run.check('sample-ratio').evidence, null)
    assert.deepEqual(run.times(5, 100, 100), [])
    assert.deepEqual(run.check('sample-ratio').n, { control: 500, candidate: 500 })
  })
})
