import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import { Observer } from '../../src/observe.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../src/pane/checkpoint.ts'
import type { Checkpoint } from '../../src/pane/checkpoint.ts'
import { Loss } from '../../src/pane/loss.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { PANES, jsonRecord, streamConfig, streamsOf } from '../support/streams.ts'

const { lengthMs, latenessMs } = PANES
const START_MS = Math.ceil(1_700_000_000_000 / lengthMs) * lengthMs

describe('a loss', () => {
  it('reaches as far as anybody may have written before the first fifteen that came after it', () => {
    const loss = new Loss(latenessMs)
    assert.equal(loss.of(START_MS), 0)
    loss.add(7)
    assert.equal(loss.of(START_MS + 1e12), 7, 'nobody knows yet how far')
    // Seven clocks are years ahead: the median is not.
    for (let at = 0; at < 15; at++) loss.timed(at < 8 ? START_MS + at : START_MS + 1e12)
    assert.equal(loss.of(START_MS + 7 + latenessMs), 7)
    assert.equal(loss.of(START_MS + 8 + latenessMs), 0)
  })

  it('is over when all is closed that it can reach, and not before', () => {
    const loss = new Loss(latenessMs)
    loss.add(7)
    loss.closed(START_MS + 1e12)
    assert.ok(loss.isOpen, 'nobody knows yet how far it reaches')
    for (let at = 0; at < 15; at++) loss.timed(START_MS)
    loss.closed(START_MS + latenessMs)
    assert.ok(loss.isOpen)
    loss.closed(START_MS + latenessMs + 1)
    assert.ok(!loss.isOpen)
    assert.equal(loss.state(), null)
  })

  it('adds up with the one before it, and reaches on', () => {
    const loss = new Loss(latenessMs)
    loss.add(7)
    for (let at = 0; at < 15; at++) loss.timed(START_MS)
    loss.add(2)
    assert.equal(loss.of(START_MS + 1e12), 9)
  })

  it('goes on where its state was kept', () => {
    const loss = new Loss(latenessMs)
    loss.add(7)
    for (let at = 0; at < 14; at++) loss.timed(START_MS)
    const again = new Loss(latenessMs, loss.state())
    assert.deepEqual(again.state(), loss.state())
    again.timed(START_MS)
    assert.equal(again.of(START_MS + latenessMs + 1), 0)
  })
})

describe('a checkpoint', () => {
  const checkpoint: Checkpoint = {
    publishedThroughMs: START_MS,
    closedThroughMs: -Infinity,
    watermark: { valueMs: START_MS - 1, settled: true, times: [START_MS, START_MS - 5, START_MS + 70_000] },
    loss: { lost: 12, times: [START_MS + 3, START_MS] },
    turns: [77, 80].map((offset) => ({
      offset,
      untilMs: START_MS,
      pace: { lengthMs: 300_000, latenessMs: 0, aheadMs: 5 },
    })),
  }

  it('comes back as it was, with a loss and without', () => {
    for (const each of [
      checkpoint,
      { ...checkpoint, loss: null },
      { ...checkpoint, turns: [] },
      { ...checkpoint, loss: { lost: 1, times: [] } },
    ])
      assert.deepEqual(decodeCheckpoint(encodeCheckpoint(each)), each)
  })

  it('is refused where it is none of ours', () => {
    const text = encodeCheckpoint({ ...checkpoint, turns: [] })
    const cut = text.slice(0, text.lastIndexOf(' '))
    for (const wrong of [
      cut,
      `${text} 1`,
      `${text} @`,
      `${text} @x`,
      `${text} @1,2,3,4`,
      `${text} @1,2,3,4,5,6`,
      text.replace(' 12 ', ' x '),
      `${text}${',1'.repeat(14)}`,
    ])
      assert.throws(() => decodeCheckpoint(wrong), /EVENKEEL_COMMIT_CORRUPT|checkpoint|commit/i, wrong)
  })
})

describe('records that vanish before anybody has read them', () => {
  const stream = streamConfig()
  const plan = planStream(stream, streamsOf(stream))
  const decoder = createDecoder(plan, { get: () => undefined }, { recordBytes: 1 << 20 })
  const PER_PANE = 60
  const PANES_IN_ALL = 12
  const log = Array.from({ length: PER_PANE * PANES_IN_ALL }, (_, offset) =>
    jsonRecord(offset, { ts: START_MS + (offset * lengthMs) / PER_PANE, id: `e${offset}`, user: `u${offset}`, model: 'm1', country: 'c0', plan: 'pro', member: true })) // prettier-ignore

  function panesWithout(from: number, to: number): readonly Pane[] {
    const observer = new Observer({ plan, partition: 0, panes: PANES, paneConfigDigest: 'sha256:test', decoder, offset: 0, checkpoint: null }) // prettier-ignore
    for (const record of log) {
      if (record.offset >= from && record.offset < to) continue
      if (record.offset > observer.position) observer.lose(record.offset - observer.position)
      observer.observe(record)
    }
    observer.finish(0)
    return observer.takeOutbox().panes
  }

  const whole = panesWithout(0, 0)
  const isSame = (pane: Pane): boolean => {
    const { tallies } = whole.find(({ startMs }) => startMs === pane.startMs)!
    return tallies.cohorts[0].accepted.total === pane.tallies.cohorts[0].accepted.total
  }

  for (const [title, from, to] of [
    ['in the middle of a pane', 3 * PER_PANE + 20, 3 * PER_PANE + 30],
    ['from one pane into the next', 3 * PER_PANE + 20, 4 * PER_PANE + 5],
    ['whole panes, from their first record to their last', 3 * PER_PANE, 7 * PER_PANE],
  ] as const)
    it(`${title}: each pane that misses any says so, and those far from it do not`, () => {
      const panes = panesWithout(from, to)
      assert.deepEqual(
        panes.map(({ startMs }) => startMs),
        whole.map(({ startMs }) => startMs),
        'a pane that lost all its records is there, empty',
      )
      for (const pane of panes) if (!isSame(pane)) assert.equal(pane.lost, to - from, `${pane.startMs}`)
      const reachMs = START_MS + ((to + 15) * lengthMs) / PER_PANE + latenessMs
      const fromMs = START_MS + (from * lengthMs) / PER_PANE - latenessMs - lengthMs
      for (const { startMs, lost } of panes)
        if (startMs > reachMs || startMs < fromMs - lengthMs) assert.equal(lost, 0, `${startMs}`)
      assert.ok(panes.some((pane) => !isSame(pane)))
    })
})
