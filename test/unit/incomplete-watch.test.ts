import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Slice } from '../../src/slice/slice.ts'
import type { CheckContext } from '../../src/verdict/checks/context.ts'
import { IncompleteWatch } from '../../src/verdict/checks/incomplete-watch.ts'

const FIRING = { isFiring: true, mark: 0, firedNumber: 0, firedKey: '', calmKey: '' }

class Run {
  readonly #watch = new IncompleteWatch({
    ...{ stream: { name: 's' }, begin: 0, config: { panes: { lengthMs: 300_000 } } },
  } as unknown as CheckContext)
  #number = 0

  add(pane: string, lost = 0) {
    const cohort = { accepted: { total: 5 } }
    const partitions = [{ partition: 3, pane, idle: false, lost }]
    this.#number++
    this.#watch.add({
      streams: [{ name: 's', partitions, tallies: { cohorts: [cohort, cohort] } }],
    } as unknown as Slice)
    return this.#watch.look(this.#number, FIRING)
  }
}

describe('the watch over incomplete slices', () => {
  it('sees a partition that did not answer and records that were lost', () => {
    const run = new Run()
    assert.equal(run.add('sha256:whole').drift, null)
    assert.match(
      run.add('incomplete').drift!.told,
      /1 of 1 partitions are incomplete: nothing readable of partition 3 came/,
    )
    assert.match(run.add('sha256:whole', 7).drift!.told, /7 records of partition 3 were lost/)
  })

  it('is calm when the last hour was whole: twelve slices', () => {
    const run = new Run()
    run.add('incomplete')
    for (let slice = 1; slice <= 11; slice++) assert.equal(run.add('sha256:whole').calm, false, `${slice}`)
    assert.equal(run.add('sha256:whole').calm, true)
  })
})
