import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BaselineMetric } from '../../src/baseline/baseline.ts'
import { Profile } from '../../src/baseline/profile.ts'
import { Term } from '../../src/evidence/term.ts'
import type { Slice } from '../../src/slice/slice.ts'
import type { BaselineQuestion } from '../../src/verdict/checks/baseline-questions.ts'
import { mayReach, readBaselineWindow } from '../../src/verdict/checks/baseline-reading.ts'
import { shapeOfCells } from '../../src/verdict/checks/baseline-term.ts'
import { baselineTermOf } from '../support/baselines.ts'
import { BaselineWatch } from '../../src/verdict/checks/baseline-watch.ts'
import { subjectOf } from '../../src/verdict/subject.ts'

const MINUTES_5 = 300_000
const EFFECT_MIN = 0.01
const QUESTION: BaselineQuestion = {
  ...{ cell: 0, key: 'rate', effect: 'difference', effectMin: EFFECT_MIN, margin: 0.02 },
  zRequired: new Array<number>(11).fill(5),
}

/** Some days of the same: so many events an hour, of which a tenth counts (or none). */
function metricOf(eventsPerHour: number, rate = 0.1, days = 7): BaselineMetric {
  const n = new Array<number>(days * 24).fill(eventsPerHour)
  return { measure: 'missing', name: 'f', cells: null, counts: null, n, x: [n.map((events) => events * rate)] }
}
const HOURS = Array.from({ length: 7 * 24 }, (_, hour) => hour)
const profileOf = (metric: BaselineMetric): Profile => new Profile({ hours: HOURS }, metric)
const by = (value: number) => new Float64Array(256).fill(value)

describe('a window against the baseline', () => {
  const termOf = (profile: Profile, x: number): Term => baselineTermOf({ x: by(x), n: by(100) }, profile, 3)

  it('has an interval of 1.96 standard errors, for calm and PASS never narrower than one event', () => {
    const some = profileOf(metricOf(5000))
    const { half, halfSure } = readBaselineWindow(termOf(some, 12), QUESTION, some)!
    // Events of the window: variance N·q(1 − q); of the baseline's 35,000 of that hour: N²/n·q(1 − q).
    const [N, n] = [25_600, 35_000]
    const se = Math.sqrt(0.09 * N + (0.09 * N * N) / n) / N
    assert.ok(Math.abs(half - 1.959963984540054 * se) < 1e-12, `${half}`)
    assert.equal(halfSure, half)

    const none = profileOf(metricOf(5000, 0))
    const reading = readBaselineWindow(termOf(none, 0), QUESTION, none)!
    assert.equal(reading.half, 0)
    assert.equal(reading.halfSure, 1.959963984540054 / N)
  })

  it('is asked for its buckets wherever its effect is beyond effectMin', () => {
    const profile = profileOf(metricOf(5000))
    assert.ok(mayReach(termOf(profile, 11.05), QUESTION, profile, 0.01))
    assert.ok(!mayReach(termOf(profile, 10.95), QUESTION, profile, 0.01))
  })
})

describe('the ladder against the baseline', () => {
  /** Slices in which so much of each bucket's 100 events counts, of 10 on other days. */
  class Run {
    x = 15
    number = 0
    readonly watch: BaselineWatch

    constructor(eventsPerHour: number, days = 7) {
      this.watch = new BaselineWatch({
        ...{ subject: subjectOf('s', 'missing', 'f', 'baseline'), cohort: 'candidate', isListed: true },
        ...{
          hindrance: null,
          stream: { hours: HOURS.slice(0, days * 24) },
          metric: metricOf(eventsPerHour, 0.1, days),
          levels: 10,
          begin: 0,
        },
        questionsOf: () => [QUESTION],
        counterOf: () => ({ count: () => ({ x: by(this.x), n: by(100) }), freeze: () => undefined }),
      })
    }

    look(firedNumber = 0) {
      this.number++
      this.watch.add({ number: this.number, startMs: (this.number - 1) * MINUTES_5 } as unknown as Slice)
      return this.watch.look(this.number, { isFiring: firedNumber > 0, mark: 0, firedNumber, firedKey: 'rate', calmKey: 'rate' }) // prettier-ignore
    }

    lookUntil(number: number, firedNumber = 0) {
      while (this.number < number - 1) this.look(firedNumber)
      return this.look(firedNumber)
    }
  }

  it('begins with three blocks of eight slices, and drifts at the third look in a row: slices 24, 26 and 28', () => {
    const run = new Run(5000)
    while (run.look().drift === null) assert.ok(run.number < 28)
    assert.equal(run.number, 28)
  })

  it('is silent with fewer than seven days: nobody knows how much days differ', () => {
    const run = new Run(5000, 6)
    assert.deepEqual([run.lookUntil(40).drift, run.lookUntil(41).seen().strongest], [null, null])
    assert.match(run.watch.conclude().reason, /holds 6 of at least 7 days: 1 more is needed/)
    assert.doesNotMatch(new Run(5000, 7).watch.conclude().reason, /days/)
  })

  it('is a warning where the interval is four times effectMin away from zero, else for information', () => {
    const severityAt = (x: number) => {
      const run = new Run(50_000)
      run.x = x
      const { severity, effect } = run.lookUntil(28).drift!
      return { severity, nearest: effect!.low! / EFFECT_MIN }
    }
    const [far, near] = [severityAt(14.3), severityAt(14)]
    assert.ok(far.nearest > 4 && far.nearest < 5 && near.nearest < 4, JSON.stringify({ far, near }))
    assert.deepEqual([far.severity, near.severity], ['warning', 'info'])
  })

  it('is calm by the first window after it fired whose interval is at most half of what days explain', () => {
    const run = new Run(1500)
    run.lookUntil(28)
    run.x = 10
    // Three blocks of eight that begin after slice 28: slices 33 to 56.
    assert.equal(run.lookUntil(55, 28).calm, null)
    const { calm, calmStart } = run.look(28)
    const { half } = readBaselineWindowOf(run)
    assert.ok(half > EFFECT_MIN / 3 && half < EFFECT_MIN / 2, `${half}`)
    assert.deepEqual([calm, calmStart], [true, 32])
  })

  /** Of 24 slices of the hours that the calm window covers. */
  function readBaselineWindowOf(run: Run) {
    const profile = profileOf(metricOf(1500))
    const whole = new Term(shapeOfCells(1))
    for (let slice = 33; slice <= 56; slice++) {
      const slot = profile.slotOf((slice - 1) * MINUTES_5)
      whole.add(baselineTermOf({ x: by(run.x), n: by(100) }, profile, slot))
    }
    return readBaselineWindow(whole, QUESTION, profile)!
  }
})
