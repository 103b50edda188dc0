import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { Observer } from '../../src/observe.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../src/pane/checkpoint.ts'
import { decodePane, encodePane } from '../../src/pane/codec.ts'
import type { InsideTallies, Pane, Tallies } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { NO_SEGMENTS } from '../../src/pane/segments.ts'
import type { SegmentPlan } from '../../src/pane/segments.ts'
import { createTallies, fitsPlan, mergeTallies } from '../../src/pane/tallies.ts'
import { BucketCounts } from '../../src/sketch/bucket-counts.ts'
import { count, facts, paneOf, PLAN } from '../support/events.ts'
import type { Fact } from '../support/events.ts'
import { PANES, jsonRecord, streamConfig, streamsOf } from '../support/streams.ts'

const fieldAt = (name: string): number => PLAN.fields.findIndex((field) => field.name === name)
const SEGMENTS: SegmentPlan = {
  fromMs: 0,
  fields: [
    { at: fieldAt('country'), values: ['', '12', 'c1', 'c2', 'true', 'é', '\u{1f600}'] },
    { at: fieldAt('plan'), values: ['gold', 'pro'] },
    { at: fieldAt('member'), values: ['false', 'true'] },
  ],
}

/** What is counted inside, from the same pane's counts of those records alone that hold the value. */
function naiveInside(all: readonly Fact[], at: number, value: string): [InsideTallies, InsideTallies] {
  const name = PLAN.fields[at]!.name as 'country' | 'plan' | 'member'
  // `gold` is not in the declared vocabulary: such a value is set aside, and its record is in no segment of the field.
  const isOf = (fact: Fact): boolean =>
    (name !== 'plan' || value === 'pro') &&
    (name === 'member'
      ? typeof fact.member === 'boolean' && String(fact.member) === value
      : String(fact[name]) === value)
  const own = count(all.filter((fact) => fact.what === 'accepted' && fact[name] !== null && fact[name] !== undefined && isOf(fact))) // prettier-ignore
  return [0, 1].map((cohort): InsideTallies => {
    const { accepted, rates, sums } = own.cohorts[cohort]!
    const missing = own.fields.map(({ counts }) => {
      const { nulls, absent, nan } = counts[cohort]!
      const each = new BucketCounts()
      for (const part of [nulls, absent, nan]) each.merge(part)
      return each
    })
    return { accepted, rates, sums, missing: new Map([...missing.entries()].filter(([, { total }]) => total > 0)) }
  }) as [InsideTallies, InsideTallies]
}

function naive(all: readonly Fact[]): Tallies {
  const segments = SEGMENTS.fields.flatMap(({ at, values }) =>
    values.map((value) => ({ field: at, value, cohorts: naiveInside(all, at, value) })),
  )
  return { ...count(all), segments }
}

const bytesOf = (tallies: Tallies): Buffer => encodePane(paneOf(tallies))

describe('counting inside segments', () => {
  it('equals counting the records of each value alone, and leaves all other counts as they are', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 60 }), (all) => {
        assert.deepEqual(bytesOf(count(all, PLAN, SEGMENTS)), bytesOf(naive(all)))
      }),
      { numRuns: 80 },
    )
  })

  it('merges to what counting together gives, in any split and order, and survives its bytes', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 30 }), fc.array(facts, { maxLength: 30 }), (left, right) => {
        const together = bytesOf(count([...left, ...right], PLAN, SEGMENTS))
        for (const parts of [
          [left, right],
          [right, left],
        ]) {
          const into = createTallies(PLAN)
          for (const part of parts) mergeTallies(into, decodePane(bytesOf(count(part, PLAN, SEGMENTS))).tallies)
          into.violations = count([...left, ...right]).violations
          assert.deepEqual(bytesOf(into), together)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is refused in any form but its canonical one', () => {
    const tallies = count([], PLAN, SEGMENTS)
    assert.ok(fitsPlan(tallies, PLAN))
    assert.equal(decodePane(bytesOf(tallies)).tallies.segments.length, 11)
    const twice = { ...tallies, segments: [tallies.segments[0]!, ...tallies.segments] }
    assert.throws(() => decodePane(bytesOf(twice)), /EVENKEEL_RECORD_CORRUPT/)
    const foreign = { ...tallies, segments: tallies.segments.map((each) => ({ ...each, field: each.field + 9 })) }
    assert.equal(fitsPlan(foreign, PLAN), false)
  })
})

/** Observers that learn of the segments at any time make the same panes as one that knew all along. */
describe('an observer that waits for its segments', () => {
  const stream = streamConfig()
  const plan = planStream(stream, streamsOf(stream))
  const decoder = createDecoder(plan, { get: () => undefined }, { recordBytes: 1 << 20 })
  const START_MS = 1_700_000_100_000
  const fromMs = Math.ceil((START_MS + 4 * 3_600_000) / PANES.lengthMs) * PANES.lengthMs
  const segments: SegmentPlan = { fromMs, fields: [{ at: plan.fields.findIndex(({ name }) => name === 'country'), values: ['c0', 'c1'] }] } // prettier-ignore
  const KNOWN = { ...NO_SEGMENTS, plan: segments }
  const HELD = { ...NO_SEGMENTS, holdFromMs: fromMs }

  /** Seven hours with gaps, wrong clocks and late records around the time from which segments count. */
  const logs: fc.Arbitrary<LogRecord[]> = fc
    .array(
      fc.record({
        step: fc.integer({ min: 0, max: 180_000 }),
        luck: fc.integer({ min: 0, max: 40 }),
        user: fc.integer({ min: 0, max: 40 }),
        model: fc.constantFrom('m1', 'm2'),
        price: fc.constantFrom<unknown>(1, null, 17),
      }),
      { minLength: 100, maxLength: 300, size: 'max' },
    )
    .map((steps) => {
      let now = START_MS
      return steps.map(({ step, luck, user, model, price }, offset) => {
        now += luck === 40 ? 3 * 3_600_000 : step
        if (luck === 0) return jsonRecord(offset, { ts: 'never', user, model })
        const ts = luck === 1 ? now + 50 * 60_000 : luck === 2 ? now + 5 * 3_600_000 : luck < 8 ? now - 200_000 : now
        return jsonRecord(offset, { ts, id: `e${offset}`, user: `u${user}`, model, price, country: `c${user % 3}`, plan: 'pro', member: true, test: false, clicked: false }) // prettier-ignore
      })
    })

  const observerAt = (saved: { offset: number; metadata: string } | null): Observer =>
    new Observer({
      ...{ plan, partition: 0, panes: PANES, paneConfigDigest: 'sha256:test', decoder, offset: saved?.offset ?? 0 },
      checkpoint: saved === null ? null : decodeCheckpoint(saved.metadata),
    })
  const texts = (panes: readonly Pane[]): Map<number, string> =>
    new Map(panes.map((pane) => [pane.startMs, Buffer.from(encodePane(pane)).toString('hex')]))

  function knownFromTheStart(log: readonly LogRecord[]): Map<number, string> {
    const observer = observerAt(null)
    observer.know(KNOWN)
    for (const record of log) assert.equal(observer.observe(record), true)
    observer.finish(0)
    const { panes } = observer.takeOutbox()
    for (const { startMs, tallies } of panes) assert.equal(tallies.segments.length > 0, startMs >= fromMs)
    return texts(panes)
  }

  it('makes the panes of one that knew all along, whenever it is told and wherever it crashes', () => {
    const crashes = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 4 })
    fc.assert(
      fc.property(logs, crashes, fc.nat(400), (log, plans, toldAt) => {
        const published = new Map<number, string>()
        let saved: { offset: number; metadata: string } | null = null
        let tries = 0
        let isTold = false
        for (const length of [...plans, log.length * 3]) {
          const observer = observerAt(saved)
          let at: number = (saved as { offset: number } | null)?.offset ?? 0
          for (let step = 0; step < length && at < log.length; step++) {
            isTold ||= tries++ >= toldAt
            observer.know(isTold ? KNOWN : HELD)
            if (observer.observe(log[at]!)) at++ // a held record is given again
            if (step % 7 !== 6) continue
            const { panes, commit } = observer.takeOutbox()
            for (const [startMs, text] of texts(panes)) {
              assert.equal(published.get(startMs) ?? text, text, `pane ${startMs} with other bytes`)
              published.set(startMs, text)
            }
            saved = { offset: commit.offset, metadata: encodeCheckpoint(commit.checkpoint) }
          }
        }
        const last = observerAt(saved)
        last.know(KNOWN)
        for (const record of log.slice((saved as { offset: number } | null)?.offset ?? 0)) assert.ok(last.observe(record)) // prettier-ignore
        last.finish(0)
        for (const [startMs, text] of texts(last.takeOutbox().panes)) {
          assert.equal(published.get(startMs) ?? text, text, `pane ${startMs} with other bytes`)
          published.set(startMs, text)
        }
        assert.deepEqual([...published].sort(([a], [b]) => a - b), [...knownFromTheStart(log)]) // prettier-ignore
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('reads on where nothing can reach so far, and no further than that', () => {
    const observer = observerAt(null)
    observer.know(HELD)
    const at = (offset: number, ts: number) =>
      observer.observe(jsonRecord(offset, { ts, id: `e${offset}`, user: 'u', model: 'm1', country: 'c0' }))
    let offset = 0
    while (offset < 1000 && at(offset, START_MS + offset * 60_000)) offset++
    assert.equal(observer.position, offset)
    // Its watermark is an hour (`ahead`) from where segments count: nothing of there was taken.
    assert.ok(observer.watermarkMs + PANES.aheadMs < fromMs)
    assert.ok(observer.watermarkMs + PANES.aheadMs + 120_000 > fromMs)
    assert.equal(at(offset, START_MS + offset * 60_000), false)
    observer.know(KNOWN)
    assert.equal(at(offset, START_MS + offset * 60_000), true)
  })

  it('holds soon after its first pane while not even the start of the watch is known, and does not close for silence beyond', () => {
    const observer = observerAt(null)
    observer.know({ ...NO_SEGMENTS, holdAfterFirstMs: 2 * 3_600_000 })
    let offset = 0
    const next = () => observer.observe(jsonRecord(offset, { ts: START_MS + offset * 60_000, user: 'u', model: 'm1' }))
    while (offset < 1000 && next()) offset++
    assert.ok(offset > 60 && offset < 130, String(offset))
    const silent = observerAt(null)
    silent.know(HELD)
    silent.observe(jsonRecord(0, { ts: fromMs + 1, user: 'u', model: 'm1' }))
    silent.closeIdle(0)
    assert.deepEqual(silent.takeOutbox().panes, [])
    silent.know(KNOWN)
    silent.closeIdle(0)
    assert.equal(silent.takeOutbox().panes[0]!.tallies.segments.length, 2)
  })
})
