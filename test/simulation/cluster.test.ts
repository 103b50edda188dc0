import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, it } from 'node:test'
import { addRun, emptySums, failureLines, simulate } from './cluster/main.ts'
import { runSeed, undisturbedRun } from './cluster/run.ts'

/** `npm run simulate -- --seeds N --from S` runs more of them. */
const SEEDS = 500

describe('clusters in a time of their own', () => {
  it('an undisturbed run has what is looked for: whole panes, slices, and an alert of the field that goes missing', async () => {
    const { outcome } = await undisturbedRun(0)
    const panes = [...outcome.panes.values()]
    assert.ok(panes.length >= 57 && panes.every(({ pane, digests }) => !pane.idle && digests.size === 1))
    assert.ok(outcome.slices.size >= 19)
    const events = [...outcome.alerts.values()].map((bodies) => JSON.parse([...bodies][0]!) as { subject: string })
    assert.ok(events.some(({ subject }) => subject === 'views/missing/age'))
  })

  it('a seed gives the same run, whatever ran before it', async () => {
    const first = await runSeed(11)
    await runSeed(12)
    const again = await runSeed(11)
    assert.deepEqual(again, first)
  })

  it(`${SEEDS} seeds: nothing lost, nothing twice, nothing differs`, async (t) => {
    const sums = emptySums()
    const failures: string[] = []
    const startedMs = performance.now()
    await simulate(0, SEEDS, Math.min(2, availableParallelism()), (run) => {
      addRun(sums, run)
      failures.push(...failureLines(run))
    })
    const factor = Math.round(sums.simulatedMs / (performance.now() - startedMs))
    t.diagnostic(`seeds 0 to ${SEEDS - 1}; ${sums.starts} starts; ${factor} times as fast as time goes by`)
    assert.equal(failures.join('\n'), '')
    assert.deepEqual([sums.seeds, sums.lost, sums.twice, sums.differing], [SEEDS, 0, 0, 0])
  })
})
