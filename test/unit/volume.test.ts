import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OpenPane } from '../../src/pane/open-pane.ts'
import type { UnitWords } from '../../src/pane/open-pane.ts'
import { natsOf, zRequired } from '../../src/evidence/z-required.ts'
import { PopulationRun, populationConfig, slicesIn } from '../support/population.ts'

const NO_PLAN = { allocation: null }
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`)
const ofVolume = (told: string[]): string[] => told.filter((each) => each.endsWith('volume'))
const SHAPE = { kind: 'shape', schemaId: 'json', fields: [], timeUnit: null } as const

describe('volume against the plan', () => {
  it('fires where the candidate sends too little, in terms of the mean of both per planned share', () => {
    const run = new PopulationRun(populationConfig())
    assert.deepEqual(ofVolume(run.times(6, 300, 300)), [])
    assert.deepEqual(ofVolume(run.times(6, 300, 200)).length, 1)
    const { id, against, verdict, effect, evidence, reason } = run.check('volume')
    assert.deepEqual([id, against, verdict], ['shop/volume', 'control', 'FAIL'])
    assert.deepEqual([effect!.name, effect!.threshold], ['relative', 0.1])
    assert.ok(effect!.estimate < -0.1 && effect!.high! < 0)
    assert.ok(evidence!.nats >= evidence!.thresholdNats)
    assert.match(reason, /^volume: the candidate sends 4\d\.\d % of the records of both, 50\.0 % planned; per planned share against the mean of both, -\d+\.\d % \[/) // prettier-ignore
  })

  it('needs the nats of its share of the budget: population, three metrics, eleven classes, weight one', () => {
    const run = new PopulationRun(populationConfig())
    run.times(3, 300, 200)
    const { thresholdNats } = run.check('volume').evidence!
    const alpha = (looks: number): number => (0.01 * 0.1) / 3 / 11 / looks
    const possible = [4032, 2 * 4032].map((looks) => natsOf(zRequired(alpha(looks))))
    assert.ok(
      possible.some((nats) => Math.abs(nats - thresholdNats) < 1e-9),
      `${thresholdNats}`,
    )
  })

  it('holds uneven shares against uneven plans', () => {
    const run = new PopulationRun(populationConfig({ allocation: { control: 0.8, candidate: 0.2 } }))
    assert.deepEqual(ofVolume(run.times(24, 400, 100)), [])
    const { verdict, effect } = run.check('volume')
    assert.equal(verdict, 'PASS')
    near(effect!.estimate, 0)
    assert.equal(ofVolume(run.times(24, 400, 130)).length, 1)
    assert.equal(run.run.judge.alerts().find(({ check }) => check === 'volume')!.direction, 'up')
  })

  it('counts late and rejected records, and no repeats', () => {
    const half = (units: number) => (pane: OpenPane, hash: (unit: string) => UnitWords) => {
      for (let at = 0; at < units; at++) {
        const unit = `late${at}`
        if (at % 2 === 0) pane.late(1, copy(hash(unit)), SHAPE)
        else pane.reject('future-timestamp', 'ts', 1, copy(hash(unit)), SHAPE)
      }
    }
    const run = new PopulationRun(populationConfig())
    assert.deepEqual(ofVolume(run.times(24, 200, 100, { more: half(100) })), [])
    assert.deepEqual(run.check('volume').n, { control: 4800, candidate: 4800 })

    const repeating = new PopulationRun(populationConfig())
    const more = (pane: OpenPane, hash: (unit: string) => UnitWords): void => {
      for (let at = 0; at < 100; at++) pane.accept(1, copy(hash(`again${at}`)), SHAPE, [], true)
    }
    assert.equal(ofVolume(repeating.times(24, 200, 100, { more })).length, 1)
  })

  it('needs two hundred records in a window, from whichever cohort', () => {
    const run = new PopulationRun(populationConfig({}, { levels: 2 }))
    run.add(run.news(1), run.news(1))
    // The longest window holds 7 slices: 7 · 28 = 196.
    assert.deepEqual(ofVolume(run.times(40, 28, 0)), [])
    assert.equal(ofVolume(run.times(8, 29, 0)).length, 1)
  })

  it('begins with the slice by which both have been seen, and leaves out slices that straddle two plans', () => {
    const allocation = [
      { from: slicesIn(0), control: 0.5, candidate: 0.5 },
      { from: slicesIn(6.5), control: 0.9, candidate: 0.1 },
    ]
    const run = new PopulationRun(populationConfig({ allocation }))
    assert.deepEqual(ofVolume(run.times(3, 500, 0)), [])
    assert.deepEqual(ofVolume(run.times(3, 300, 300)), [])
    assert.deepEqual(ofVolume(run.times(1, 5000, 0)), [])
    assert.deepEqual(ofVolume(run.times(6, 540, 60)), [])
    assert.deepEqual(run.check('volume').n, { control: 900 + 3240, candidate: 900 + 360 })
  })

  it('knows that a small canary of few busy units may be empty by chance', () => {
    const plan = { allocation: { control: 0.99, candidate: 0.01 } }
    const run = new PopulationRun(populationConfig(plan))
    const regulars = run.news(256)
    run.add(regulars, run.news(1))
    // 256 units, thirty records each: 77 of the candidate are expected, and one time in thirteen none of its units is drawn.
    for (let T = 2; T <= 30; T++) assert.deepEqual(ofVolume(run.add(regulars, []).map(({ type, alert }) => `${type} ${alert.check}`)), []) // prettier-ignore
    // As many records of as many units are a proof.
    const crowd = new PopulationRun(populationConfig(plan))
    crowd.add(crowd.news(256), crowd.news(1))
    assert.equal(ofVolume(crowd.times(29, 256, 0)).length, 1)
  })

  it('is one alert for a candidate that stops: the ladder sees it, silence does not page again', () => {
    const run = new PopulationRun(populationConfig())
    run.times(12, 300, 300)
    assert.deepEqual(ofVolume(run.times(30, 300, 0)), ['1: firing volume'])
    const [alert] = run.run.judge.alerts().filter(({ check }) => check === 'volume')
    assert.deepEqual([alert!.severity, alert!.direction, alert!.cohort], ['critical', 'down', 'candidate'])
  })
})

describe('silence', () => {
  it('of a cohort is critical, at the third slice, with or without a plan', () => {
    const run = new PopulationRun(populationConfig(NO_PLAN))
    run.times(12, 300, 150)
    assert.deepEqual(ofVolume(run.times(4, 300, 0)), ['3: firing volume'])
    const [alert] = run.run.judge.alerts()
    assert.deepEqual([alert!.severity, alert!.cohort, alert!.direction, alert!.effect], ['critical', 'candidate', 'down', null]) // prettier-ignore
    assert.deepEqual(alert!.n, { control: 900, candidate: 0 })
    assert.match(alert!.reason, /^volume: the candidate is silent, no record of it in 3 slices, where each of the twelve before held at least 150, since 2026-03-02T01:00:00Z \(0 events of the candidate, 900 of the control by 900 units\)/) // prettier-ignore
    assert.equal(run.check('volume').verdict, 'FAIL')
  })

  it('of the control is told as the control’s', () => {
    const run = new PopulationRun(populationConfig(NO_PLAN))
    run.times(12, 150, 300)
    assert.deepEqual(ofVolume(run.times(3, 0, 300)), ['3: firing volume'])
    const [alert] = run.run.judge.alerts()
    assert.deepEqual([alert!.cohort, alert!.n], ['control', { control: 0, candidate: 900 }])
    assert.match(alert!.reason, /the control is silent/)
  })

  it('of the whole stream is one alert, not two', () => {
    const run = new PopulationRun(populationConfig())
    // Together they hold 120; neither would be silent by its own.
    run.times(12, 60, 60)
    assert.deepEqual(ofVolume(run.times(6, 0, 0)), ['3: firing volume'])
    const [alert] = run.run.judge.alerts()
    assert.match(alert!.reason, /^volume: the stream is silent, no record in 3 slices, where each of the twelve before held at least 120, since 2026-03-02T01:00:00Z/) // prettier-ignore
  })

  it('of both cohorts is noticed although records of others come: a version may have been renamed', () => {
    const run = new PopulationRun(populationConfig())
    run.times(12, 150, 150)
    const others = (pane: OpenPane, hash: (unit: string) => UnitWords): void => {
      for (let at = 0; at < 300; at++) pane.accept(2, copy(hash(`other${at}`)), SHAPE, [], false)
    }
    assert.deepEqual(ofVolume(run.times(3, 0, 0, { more: others })), ['3: firing volume'])
    assert.match(run.run.judge.alerts()[0]!.reason, /both cohorts are silent, no record of either in 3 slices/)
  })

  it('is none before both have been seen, nor where our own partition did not answer', () => {
    const alone = new PopulationRun(populationConfig(NO_PLAN))
    alone.times(12, 300, 0)
    assert.deepEqual(alone.times(6, 0, 0), [])

    const deaf = new PopulationRun(populationConfig(NO_PLAN))
    deaf.times(12, 300, 300)
    const told = deaf.times(6, 0, 0, { isDeaf: true })
    // The alert there is says that the partition did not answer.
    assert.equal(told.length, 1)
    assert.match(deaf.run.judge.alerts()[0]!.reason, /nothing readable of partition 0 came in time/)
  })

  it('is broken by any record, late or rejected, but not by a repeat', () => {
    const one = (kind: 'late' | 'rejected' | 'repeat') => (pane: OpenPane, hash: (unit: string) => UnitWords) => {
      const unit = copy(hash('one'))
      if (kind === 'late') pane.late(1, unit, SHAPE)
      else if (kind === 'rejected') pane.reject('future-timestamp', 'ts', 1, unit, SHAPE)
      else pane.accept(1, unit, SHAPE, [], true)
    }
    for (const kind of ['late', 'rejected', 'repeat'] as const) {
      const run = new PopulationRun(populationConfig(NO_PLAN))
      run.times(12, 300, 150)
      const told = ofVolume(run.times(6, 300, 0, { more: one(kind) }))
      assert.deepEqual(told, kind === 'repeat' ? ['3: firing volume'] : [], kind)
    }
  })

  it('is over after twelve slices whose last hour was never silent', () => {
    const run = new PopulationRun(populationConfig(NO_PLAN))
    run.times(12, 300, 300)
    assert.deepEqual(ofVolume(run.times(5, 300, 0)), ['3: firing volume'])
    assert.deepEqual(ofVolume(run.times(40, 300, 300)), ['23: resolved volume'])
    // Once more within two days: the next all-clear takes twice as long.
    assert.deepEqual(ofVolume(run.times(5, 300, 0)), ['3: firing volume'])
    assert.deepEqual(ofVolume(run.times(60, 300, 300)), ['35: resolved volume'])
  })

  it('keeps an alert firing that the ladder raised: nobody is well who does not speak', () => {
    const run = new PopulationRun(populationConfig())
    run.times(12, 300, 300)
    assert.deepEqual(ofVolume(run.times(10, 300, 200)).length, 1)
    assert.deepEqual(ofVolume(run.times(100, 0, 0)).filter((each) => each.includes('resolved')), []) // prettier-ignore
  })

  it('without a plan passes only where it could have been noticed', () => {
    const busy = new PopulationRun(populationConfig(NO_PLAN))
    busy.times(13, 100, 100)
    assert.equal(busy.check('volume').verdict, 'INSUFFICIENT')
    busy.times(1, 100, 100)
    assert.equal(busy.check('volume').verdict, 'PASS')
    assert.match(busy.check('volume').reason, /neither the stream nor a cohort is silent, in 3 slices that are busy enough to tell; no allocation is planned/) // prettier-ignore
    assert.deepEqual(busy.check('volume').n, { control: 1400, candidate: 1400 })
    const thin = new PopulationRun(populationConfig(NO_PLAN))
    thin.times(40, 500, 99)
    assert.equal(thin.check('volume').verdict, 'INSUFFICIENT')
    assert.match(thin.check('volume').reason, /too little data to notice silence/)
  })
})

/** The maker of slices remembers the words it gives out. */
function copy({ first, second }: UnitWords): UnitWords {
  return { first, second }
}
