import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CANDIDATE, CONTROL } from '../../src/pane/pane.ts'
import { Presence } from '../../src/verdict/presence.ts'
import { configOf, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

/** A stream with two-hour slices: a day is twelve. */
const CONFIG = configOf({ fields: [] }, {}, { length: '2h' })

class Run {
  readonly presence = new Presence(7_200_000)
  readonly #maker = new SliceMaker(CONFIG)
  #number = 0

  add(control: number, candidate: number, lost = 0): void {
    const events = (['control', 'candidate'] as const).flatMap((cohort, at) =>
      Array.from({ length: at === 0 ? control : candidate }, (_, each): TestEvent => ({
        unit: `${each}`,
        cohort,
        values: {},
      })),
    )
    const partitions = [{ partition: 0, pane: 'sha256:pane', idle: false, lost }]
    const { slice } = this.#maker.next(events, { partitions }).sealed
    this.presence.add((this.#number += 1), slice.streams[0]!)
  }

  times(count: number, control: number, candidate: number): void {
    for (let slice = 0; slice < count; slice++) this.add(control, candidate)
  }
}

describe('the presence of a cohort', () => {
  it('has not started before its first record', () => {
    const run = new Run()
    run.times(20, 200, 0)
    assert.deepEqual(run.presence.of(CONTROL), { state: 'running' })
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'not-started' })
  })

  it('is silent after three slices without a record where each of the twelve before held a hundred', () => {
    const run = new Run()
    run.times(12, 200, 100)
    run.times(2, 200, 0)
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'running' })
    run.times(1, 200, 0)
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'silent', since: 12 })
    run.times(30, 200, 0)
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'silent', since: 12 })
    run.times(1, 200, 1)
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'running' })
  })

  it('is not silent where silence is usual: by the same slices a day before, else by the twelve before', () => {
    const thin = new Run()
    thin.times(12, 200, 99)
    thin.times(5, 200, 0)
    assert.deepEqual(thin.presence.of(CANDIDATE), { state: 'running' })

    const nightly = new Run()
    nightly.times(3, 200, 0)
    nightly.times(9, 200, 500)
    nightly.times(3, 200, 0)
    assert.deepEqual(nightly.presence.of(CANDIDATE), { state: 'running' })
  })

  it('is silent with the whole stream, however little it used to send itself', () => {
    const run = new Run()
    run.times(12, 60, 60)
    run.times(2, 0, 0)
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'running' })
    run.times(1, 0, 0)
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      assert.deepEqual(run.presence.of(cohort), { state: 'silent', since: 12 })
    }
    run.times(1, 1, 0)
    assert.deepEqual(run.presence.of(CANDIDATE), { state: 'running' })
  })

  it('counts the slices that miss a partition or lost records, from any point on', () => {
    const run = new Run()
    run.add(1, 1)
    run.add(1, 1, 5)
    run.add(1, 1)
    run.add(1, 1, 7)
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((begin) => run.presence.incompleteSince(begin)),
      [2, 2, 1, 1, 0],
    )
  })
})
