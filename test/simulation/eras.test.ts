import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DIGESTS, TURN_MS, runEraSeed, undisturbedRun } from './cluster/eras.ts'
import { PANE_MS } from './cluster/events.ts'
import type { Outcome } from './cluster/outcome.ts'

const SEEDS = 5

/** No gap between the slices of the two eras, and no pane or slice of the one in the other. */
function assertClean({ panes, slices }: Outcome): void {
  const digestAt = (startMs: number): string => DIGESTS[startMs < TURN_MS ? 0 : 1]!
  for (const { pane } of panes.values()) assert.equal(pane.paneConfigDigest, digestAt(pane.startMs))
  const starts = [...slices.keys()].sort((one, other) => one - other)
  starts.forEach((startMs, at) => assert.equal(startMs, starts[0]! + at * PANE_MS, 'a gap'))
  for (const [startMs, { slice }] of slices) assert.equal(slice.paneConfigDigest, digestAt(startMs))
  assert.equal(slices.get(TURN_MS)?.slice.number, 1)
  assert.ok(slices.size >= 19)
}

describe('the shape of panes changes while everything runs', () => {
  it('in an undisturbed run: no gap, no mixed pane or slice, and what fires when the era ends resolves with it', async () => {
    const { outcome } = await undisturbedRun()
    assertClean(outcome)
    const events = [...outcome.alerts.values()].map((bodies) => JSON.parse([...bodies][0]!) as { type: string; time: string; subject: string; data: { reason: string } }) // prettier-ignore
    const ended = events.filter(({ data }) => data.reason.includes('its panes are configured anew'))
    assert.ok(ended.some(({ subject, time }) => subject === 'views/missing/age' && Date.parse(time) === TURN_MS))
    assert.ok(ended.every(({ type }) => type.endsWith('.resolved.v1')))
  })

  it(`${SEEDS} seeds, with the old file and the new one in any order: nothing lost, nothing twice, nothing differs`, async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { faults, outcome, told } = await runEraSeed(seed)
      assert.deepEqual(faults, { lost: [], twice: [], differing: [] }, `seed ${seed}\n${told.slice(-20).join('\n')}`)
      assertClean(outcome)
    }
  })
})
