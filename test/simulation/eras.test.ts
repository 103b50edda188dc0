import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DIGESTS } from './cluster/eras.ts'
import { PANE_MS } from './cluster/events.ts'
import { undisturbedRun } from './cluster/run.ts'
import { LARGE_TURNING } from './cluster/worlds.ts'

/** What a third of all seeds is held against (cluster.test.ts): there instances find the old file or the new one, in any order. */
it('the shape of panes changes while everything runs: no gap, no mixed pane or slice, and what fires when the era ends resolves with it', async () => {
  const turnMs = LARGE_TURNING.turnMs!
  const { panes, slices, alerts } = (await undisturbedRun(LARGE_TURNING)).outcome
  const digestAt = (startMs: number): string => DIGESTS[startMs < turnMs ? 0 : 1]!
  for (const { pane } of panes.values()) assert.equal(pane.paneConfigDigest, digestAt(pane.startMs))
  const starts = [...slices.keys()].sort((one, other) => one - other)
  starts.forEach((startMs, at) => assert.equal(startMs, starts[0]! + at * PANE_MS, 'a gap'))
  for (const [startMs, { slice }] of slices) assert.equal(slice.paneConfigDigest, digestAt(startMs))
  assert.equal(slices.get(turnMs)?.slice.number, 1)
  assert.ok(slices.size >= 19)
  const events = [...alerts.values()].map((bodies) => JSON.parse([...bodies][0]!) as { type: string; time: string; subject: string; data: { reason: string } }) // prettier-ignore
  const ended = events.filter(({ data }) => data.reason.includes('its panes are configured anew'))
  assert.ok(ended.some(({ subject, time }) => subject === 'views/missing/age' && Date.parse(time) === turnMs))
  assert.ok(ended.every(({ type }) => type.endsWith('.resolved.v1')))
})
