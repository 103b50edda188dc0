import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AlertWatch } from '../../src/alert/alert-watch.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import type { Drift, Look } from '../../src/verdict/watched.ts'

const SLICE_MS = 300_000
const at = (number: number) => ({ number, startMs: (number - 1) * SLICE_MS, endMs: number * SLICE_MS })

function drift(estimate: number, half = 0.001, severity: Drift['severity'] = 'warning'): Drift {
  return {
    ...{ key: 'rate', calmKey: 'rate', start: 0, direction: estimate > 0 ? 'up' : 'down', severity },
    effect: { name: 'difference', estimate, low: estimate - half, high: estimate + half, threshold: 0.005 },
    ...{ evidence: { nats: 20, thresholdNats: 15 }, n: { control: 1000, candidate: 1000 }, told: 'told' },
  }
}
const look = (more: Partial<Look>): Look => ({
  drift: null,
  calm: null,
  calmStart: null,
  seen: () => ({ strongest: null }),
  ...more,
})

class Run {
  readonly watch: AlertWatch
  number = 0

  constructor(clear = 12) {
    this.watch = new AlertWatch(subjectOf('s', 'missing', 'f'), clear)
  }

  /** The type of notice of the next slice. */
  see(more: Partial<Look>): string {
    this.number++
    const change = this.watch.step(look(more), at(this.number))
    if (change === null) return '-'
    this.watch.publish(change, `reason at ${this.number}`, at(this.number), `group ${this.number}`)
    return change.type
  }

  /** How many calm slices it takes to resolve. */
  calmUntilResolved(): number {
    for (let slices = 1; slices < 1000; slices++) {
      if (this.see({ calm: true, calmStart: this.number }) === 'resolved') return slices
    }
    return Infinity
  }
}

describe('an alert under watch', () => {
  it('fires once, keeps its id while it is told again, and says when it is over', () => {
    const run = new Run(2)
    assert.equal(run.see({ drift: drift(0.02) }), 'firing')
    const [fired] = run.watch.episodes
    assert.equal(fired!.group, 'group 1')
    assert.deepEqual([fired!.state, fired!.firedAtMs, fired!.direction], ['firing', SLICE_MS, 'up'])
    assert.equal(run.calmUntilResolved(), 2)
    const [resolved] = run.watch.episodes
    assert.deepEqual(
      { ...resolved, reason: '' },
      { ...fired, state: 'resolved', resolvedAtMs: 3 * SLICE_MS, reason: '' },
    )
  })

  it('is told again when the interval leaves what was told, but only after an hour', () => {
    const run = new Run()
    run.see({ drift: drift(0.02) })
    for (let slice = 2; slice <= 12; slice++) assert.equal(run.see({ drift: drift(0.05) }), '-')
    assert.equal(run.see({ drift: drift(0.05) }), 'updated')
    assert.equal(run.watch.episodes[0]!.effect!.estimate, 0.05)
    for (let slice = 14; slice <= 40; slice++) assert.equal(run.see({ drift: drift(0.05) }), '-')
  })

  it('is told again when it gets more severe, not when it gets less', () => {
    const run = new Run()
    run.see({ drift: drift(0.02) })
    for (let slice = 2; slice <= 12; slice++) run.see({})
    assert.equal(run.see({ drift: drift(0.02, 0.001, 'critical') }), 'updated')
    for (let slice = 14; slice <= 40; slice++) assert.equal(run.see({ drift: drift(0.02, 0.001, 'warning') }), '-')
  })

  it('is not told again for an effect without an interval', () => {
    const run = new Run()
    const omnibus = {
      ...drift(0.1),
      effect: { ...drift(0.1).effect!, name: 'omnibus' as const, low: null, high: null },
    }
    run.see({ drift: omnibus })
    for (let slice = 2; slice <= 30; slice++) assert.equal(run.see({ drift: omnibus }), '-')
  })

  it('takes twice as long to clear for each time it cleared in the last two days, at most a day', () => {
    const waits = (clear: number, rounds: number): number[] => {
      const run = new Run(clear)
      return Array.from({ length: rounds }, () => {
        run.see({ drift: drift(0.02) })
        return run.calmUntilResolved()
      })
    }
    assert.deepEqual(waits(12, 5), [12, 24, 48, 96, 192])
    assert.deepEqual(waits(100, 3), [100, 200, 288])
  })

  it('forgets after two days how often it cleared', () => {
    const run = new Run()
    run.see({ drift: drift(0.02) })
    run.calmUntilResolved()
    for (let slice = 0; slice < 576; slice++) run.see({})
    run.see({ drift: drift(0.02) })
    assert.equal(run.calmUntilResolved(), 12)
  })

  it('lets windows start where it was calm, so that the fault that is over is not found again', () => {
    const run = new Run(1)
    run.see({ drift: drift(0.02) })
    run.see({ calm: true, calmStart: 17 })
    assert.equal(run.watch.view.mark, 17)
  })

  it('makes another id each time it fires, with the same fingerprint; another direction is another alert', () => {
    const publish = (number: number, estimate: number) => {
      const watch = new AlertWatch(subjectOf('s', 'missing', 'f'), 12)
      const change = watch.step(look({ drift: drift(estimate) }), at(number))!
      return watch.publish(change, 'reason', at(number), 'group')
    }
    const [one, later, down] = [publish(1, 0.02), publish(2, 0.02), publish(1, -0.02)]
    assert.notEqual(one.id, later.id)
    assert.equal(one.fingerprint, later.fingerprint)
    assert.notEqual(one.fingerprint, down.fingerprint)
  })

  it('keeps the last 32 times it fired, so that a year of flapping stays small', () => {
    const run = new Run(1)
    for (let round = 0; round < 40; round++) {
      run.see({ drift: drift(0.02) })
      run.calmUntilResolved()
    }
    assert.equal(run.watch.episodes.length, 32)
  })
})
