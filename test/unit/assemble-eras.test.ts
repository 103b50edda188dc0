import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Assembler } from '../../src/assemble.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import type { CellsFrozen, PanesConfigured, WatchStarted } from '../../src/ledger/record.ts'
import { encodePane } from '../../src/pane/codec.ts'
import { openSlice } from '../../src/slice/codec.ts'
import type { GroupPlan } from '../../src/slice/group-plan.ts'
import { count, paneOf, PLAN } from '../support/events.ts'
import { GROUP, LENGTH_MS, progressOf } from '../support/panes-topic.ts'

const NOON_MS = 1_700_049_600_000 - (1_700_049_600_000 % LENGTH_MS)
const at = (minutes: number): number => NOON_MS + minutes * 60_000
const OTHER = 'sha256:other'

function watchAt(minutes: number, paneConfigDigest: string = GROUP.paneConfigDigest): WatchStarted {
  return { type: 'watch-started', stream: PLAN.stream, fromMs: at(minutes), lengthMs: LENGTH_MS, paneConfigDigest }
}

/** What the ledger announces: of its shape only the length of panes concerns an assembler. */
function announced(minutes: number | null): PanesConfigured {
  return {
    ...{ type: 'panes-configured', stream: PLAN.stream, fromMs: minutes === null ? null : at(minutes) },
    ...{ paneConfig: { panes: { lengthMs: LENGTH_MS } }, paneConfigDigest: OTHER },
    ...{ roles: [], by: 'test', reason: 'test', atMs: 0 },
  } as unknown as PanesConfigured
}

/** An assembler of the era that begins then, and the steps that it gave so far; null: of the first era. */
class Run {
  readonly assembler: Assembler
  private offset = 0

  constructor(fromMinutes: number | null, more: Partial<GroupPlan> = {}) {
    this.assembler = new Assembler({ ...GROUP, fromMs: fromMinutes === null ? null : at(fromMinutes), ...more })
  }

  pane(minutes: number): string {
    const pane = paneOf(count([]), { partition: 0, startMs: at(minutes) })
    return this.assembler.addPane(pane, sha256(encodePane(pane)), this.offset++)
  }

  closedThrough(minutes: number): void {
    const progress = progressOf({ partition: 0, partitions: 1, closedThroughMs: at(minutes), nowMs: at(minutes + 1) })
    this.assembler.addProgress(progress, this.offset++)
  }

  /** Until it waits, or begins what is not its own. */
  story(): string[] {
    const told: string[] = []
    for (;;) {
      const step = this.assembler.next()
      if (step.kind === 'wait') return [...told, 'wait']
      if (step.kind === 'slice') {
        told.push(`slice ${step.sealed.slice.number}`)
        this.assembler.addSlice(openSlice(step.bytes))
        continue
      }
      assert.ok(step.body.type === 'watch-started')
      const { fromMs, paneConfigDigest } = step.body
      const name = paneConfigDigest === OTHER ? 'next watch' : 'watch'
      told.push(`${name} ${(fromMs - NOON_MS) / 60_000}`)
      if (!this.assembler.addLedger(step.body)) return told
    }
  }
}

describe('an assembler of one era', () => {
  it('gives no slice at the next era or after, and then the watch of that, from there', () => {
    const run = new Run(null)
    run.pane(0)
    run.assembler.era.heed(announced(10))
    run.closedThrough(5)
    assert.deepEqual(run.story(), ['watch 0', 'slice 1', 'wait'])
    assert.deepEqual([run.pane(5), run.pane(10), run.pane(15)], ['kept', 'foreign', 'foreign'])
    run.closedThrough(30)
    assert.deepEqual(run.story(), ['slice 2', 'next watch 10'])
  })

  it('ends also where nobody had data of it', () => {
    const run = new Run(null)
    run.assembler.era.heed(announced(10))
    run.closedThrough(5)
    assert.deepEqual(run.story(), ['wait'])
    run.closedThrough(10)
    assert.deepEqual(run.story(), ['next watch 10'])
  })

  it('takes the watch, the cells and the panes of its own, and none of the era before', () => {
    const run = new Run(10)
    const cells: CellsFrozen = { type: 'cells-frozen', stream: PLAN.stream, fieldStream: PLAN.stream, field: 'price', cut: 1, afterNumber: 3, fromNumber: 1, cells: { kind: 'numeric', cuts: [5] }, counts: [1, 2] } // prettier-ignore
    const { assembler } = run
    assert.deepEqual([watchAt(0, OTHER), cells, watchAt(10), cells].map((body) => assembler.addLedger(body)), [false, false, true, true]) // prettier-ignore
    assert.deepEqual(assembler.started, watchAt(10))
    assert.deepEqual([run.pane(5), run.pane(10)], ['foreign', 'kept'])
    run.closedThrough(20)
    assert.deepEqual(run.story(), ['slice 1', 'slice 2', 'wait'])
  })

  it('takes nothing more once the watch of another has begun', () => {
    const { assembler } = new Run(10)
    assert.deepEqual([watchAt(10), watchAt(20, OTHER), watchAt(10)].map((body) => assembler.addLedger(body)), [true, false, false]) // prettier-ignore
  })

  it('heeds only an era that follows its own', () => {
    const { era } = new Run(10).assembler
    for (const minutes of [null, 5, 10]) era.heed(announced(minutes))
    assert.equal(era.endMs, Infinity)
    era.heed(announced(15))
    assert.deepEqual(era.nextWatch, watchAt(15, OTHER))
    assert.deepEqual([5, 10, 14, 15].map((minutes) => era.holds(at(minutes))), [false, true, true, false]) // prettier-ignore
  })
})
