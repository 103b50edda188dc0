import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { paneDigest } from '../../src/pane/digest.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { encodeSlice, openSlice } from '../../src/slice/codec.ts'
import { count, DIGEST, facts, paneOf, PLAN } from '../support/events.ts'
import type { Fact } from '../support/events.ts'
import { GROUP, LENGTH_MS, Outside, progressOf } from '../support/panes-topic.ts'
import type { PanesRecord } from '../support/panes-topic.ts'

const BASE_MS = 1_000 * LENGTH_MS

/** Facts by partition and slot; many slots, and some partitions, hold nothing. */
const traffic = fc.array(
  fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(facts, { minLength: 1, maxLength: 6 })), {
    minLength: 8,
    maxLength: 8,
  }),
  { minLength: 1, maxLength: 5 },
)

const startOf = (slot: number): number => BASE_MS + slot * LENGTH_MS
const paneAt = (partition: number, slot: number, all: readonly Fact[]): Pane =>
  paneOf(count(all), { partition, startMs: startOf(slot) })

/** What the slices must be, counted directly: no panes, no merging, no order of arrival. */
function naiveSlices(byPartition: readonly (readonly (readonly Fact[])[])[]): Buffer[] {
  const slots = byPartition[0]!.length
  const first = Array.from({ length: slots }, (_, slot) => slot).find((slot) =>
    byPartition.some((all) => all[slot]!.length > 0),
  )
  if (first === undefined) return []
  return Array.from({ length: slots - first }, (_, at) => {
    const slot = first + at
    const partitions = byPartition.map((all, partition) => {
      const pane = all[slot]!.length > 0 ? paneDigest(paneAt(partition, slot, all[slot]!)) : 'empty'
      return { partition, pane, idle: false, lost: 0 }
    })
    const tallies = count(byPartition.flatMap((all) => all[slot]!))
    return encodeSlice({
      stream: PLAN.stream,
      startMs: startOf(slot),
      lengthMs: LENGTH_MS,
      number: at + 1,
      paneConfigDigest: DIGEST,
      streams: [{ name: PLAN.stream, partitions, tallies }],
    })
  })
}

/** Each partition's panes in order, with progress in some places and at the end; the order between partitions is drawn. */
function topicOf(byPartition: readonly (readonly (readonly Fact[])[])[], draws: readonly number[]): PanesRecord[] {
  const partitions = byPartition.length
  const queues = byPartition.map((all, partition) => {
    const records: PanesRecord[] = []
    for (const [slot, each] of all.entries()) {
      if (each.length > 0) records.push(paneAt(partition, slot, each))
      const isSaid = slot === all.length - 1 || draws[slot]! % 3 === 0
      if (isSaid) records.push(progressOf({ partition, partitions, closedThroughMs: startOf(slot + 1), nowMs: slot }))
    }
    return records
  })
  const topic: PanesRecord[] = []
  for (let at = 0; queues.some((queue) => queue.length > 0); at++) {
    const open = queues.filter((queue) => queue.length > 0)
    topic.push(open[draws[at % draws.length]! % open.length]!.shift()!)
  }
  return topic
}

const draws = fc.array(fc.nat(1000), { minLength: 60, maxLength: 60 })

/** Shrinking takes minutes here: a failure is shown as it was drawn, with the seed to draw it again. */
const UNSHRUNK = { endOnFailure: true }

describe('assembling', () => {
  it('gives the slices that counting directly gives, whatever the order in which partitions report', () => {
    fc.assert(
      fc.property(traffic, draws, (byPartition, order) => {
        const outside = new Outside().read(topicOf(byPartition, order))
        assert.deepEqual(outside.slices, naiveSlices(byPartition))
        const { counted } = outside.assembler
        assert.deepEqual(counted, { duplicatePanes: 0, conflictingPanes: 0, latePanes: 0, foreign: 0 })
      }),
      { numRuns: 60, ...UNSHRUNK },
    )
  })

  it('goes on after a crash anywhere, from the committed offset and what stands in the logs, with the same bytes', () => {
    fc.assert(
      fc.property(traffic, draws, fc.array(fc.nat(80), { maxLength: 6 }), (byPartition, order, crashes) => {
        const topic = topicOf(byPartition, order)
        let outside = new Outside()
        for (const at of crashes.sort((a, b) => a - b)) {
          if (at >= topic.length) continue
          outside.read(topic, Math.max(at, outside.position))
          outside = new Outside(outside)
        }
        assert.deepEqual(outside.read(topic).slices, naiveSlices(byPartition))
        assert.equal(
          outside.ledger.filter(({ type }) => type === 'watch-started').length,
          outside.slices.length > 0 ? 1 : 0,
        )
      }),
      { numRuns: 60, ...UNSHRUNK },
    )
  })

  it('counts a pane that comes twice as that, wherever it comes again', () => {
    fc.assert(
      fc.property(traffic, draws, fc.nat(), (byPartition, order, at) => {
        const topic = topicOf(byPartition, order)
        const panes = topic.filter((record) => 'tallies' in record)
        if (panes.length === 0) return
        const again = panes[at % panes.length]!
        topic.splice(topic.indexOf(again) + 1 + (at % (topic.length - topic.indexOf(again))), 0, again)
        const outside = new Outside().read(topic)
        assert.deepEqual(outside.slices, naiveSlices(byPartition))
        assert.equal(outside.assembler.counted.duplicatePanes, 1)
        assert.equal(outside.assembler.counted.latePanes, 0)
      }),
      { numRuns: 40, ...UNSHRUNK },
    )
  })

  it('never needs an offset before the commit, and the commit never goes back', () => {
    fc.assert(
      fc.property(traffic, draws, (byPartition, order) => {
        const topic = topicOf(byPartition, order)
        const outside = new Outside()
        let before = 0
        for (let end = 1; end <= topic.length; end++) {
          outside.read(topic, end)
          assert.ok(outside.committed >= before, `commit went from ${before} to ${outside.committed}`)
          before = outside.committed
        }
      }),
      { numRuns: 30, ...UNSHRUNK },
    )
  })
})

/** A bad day: partitions fall silent, are not read for a while, and come back; slices may be incomplete. */
const hardDays = fc.array(
  fc.record({
    partition: fc.nat(3),
    what: fc.constantFrom<'pane' | 'progress' | 'silent'>('pane', 'pane', 'progress', 'silent'),
    skip: fc.nat(2),
    passMs: fc.constantFrom(1_000, 10_000, 50_000),
    facts: fc.array(facts, { minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 150, size: 'max' },
)

describe('assembling on a bad day', () => {
  const panes = { ...GROUP.panes, idleMs: 60_000, completeWithinMs: 120_000 }
  const group = { ...GROUP, panes }

  const topicOfDay = (day: typeof hardDays extends fc.Arbitrary<infer T> ? T : never): PanesRecord[] => {
    let nowMs = BASE_MS
    const slots = [0, 0, 0, 0]
    return day.map(({ partition, what, skip, passMs, facts }) => {
      nowMs += passMs
      const slot = slots[partition]! + skip
      const about = { partition, partitions: 4, nowMs }
      if (what === 'silent') {
        return progressOf({ ...about, closedThroughMs: startOf(slots[partition]!), silentSinceMs: nowMs - 80_000 })
      }
      slots[partition] = what === 'pane' ? slot + 1 : slot
      if (what === 'pane') return paneAt(partition, slot, facts)
      return progressOf({ ...about, closedThroughMs: startOf(slot), caughtUp: skip > 0 })
    })
  }

  it('a crash anywhere changes no byte of any slice, complete or not', () => {
    let incomplete = 0
    let idle = 0
    fc.assert(
      fc.property(hardDays, fc.array(fc.nat(150), { maxLength: 5 }), (day, crashes) => {
        const topic = topicOfDay(day)
        const calm = new Outside(undefined, group).read(topic)
        let shaken = new Outside(undefined, group)
        for (const at of crashes.sort((a, b) => a - b)) {
          shaken.read(topic, Math.min(topic.length, Math.max(at, shaken.position)))
          shaken = new Outside(shaken, group)
        }
        assert.deepEqual(shaken.read(topic).slices, calm.slices)
        for (const bytes of calm.slices) {
          const entries = openSlice(bytes).slice.streams[0]!.partitions
          if (entries.some(({ pane }) => pane === 'incomplete')) incomplete++
          if (entries.some((entry) => entry.idle)) idle++
        }
      }),
      { numRuns: 60, ...UNSHRUNK },
    )
    // The day must be bad enough for the test to mean something.
    assert.ok(incomplete > 20 && idle > 20, `${incomplete} incomplete and ${idle} idle slices`)
  })
})
