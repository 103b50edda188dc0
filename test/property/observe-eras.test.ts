import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { PanesConfig, StreamConfig } from '../../src/config/shape.ts'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { Observer } from '../../src/observe.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../src/pane/checkpoint.ts'
import { encodePane } from '../../src/pane/codec.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { tallyTotals } from '../../src/pane/tallies.ts'
import { PANES, jsonRecord, streamConfig, streamsOf } from '../support/streams.ts'

/** One shape of panes, and from when on it holds. */
interface Shape {
  fromMs: number
  panes: PanesConfig
  stream: StreamConfig
}

const START_MS = 1_700_000_000_000 - (1_700_000_000_000 % 600_000)

const OLD = { panes: PANES, stream: streamConfig() }
const [price, country, ...rest] = OLD.stream.fields

/** The watermark is the same under both: then each era's panes are those of a run that knows only its shape. */
const SAME_PACE: Record<string, Omit<Shape, 'fromMs'>> = {
  'one field more': { panes: PANES, stream: streamConfig({ fields: [...OLD.stream.fields, { ...price!, name: 'weight' }] }) }, // prettier-ignore
  'one field less, another kind': { panes: PANES, stream: streamConfig({ fields: [price!, { ...country!, kind: 'numeric' }, ...rest.slice(1)] }) }, // prettier-ignore
  'no decoys, no ids': { panes: PANES, stream: streamConfig({ synthetic: null, id: null }) },
  'ids, where there were none': OLD,
  'another unit': { panes: PANES, stream: streamConfig({ unit: 'id', salt: 'other' }) },
}

const OLD_OF: Record<string, Omit<Shape, 'fromMs'>> = {
  'ids, where there were none': { panes: PANES, stream: streamConfig({ id: null }) },
}

const OTHER_PACE: Record<string, Omit<Shape, 'fromMs'>> = {
  'longer panes': { panes: { ...PANES, lengthMs: 600_000 }, stream: OLD.stream },
  'shorter panes': { panes: { ...PANES, lengthMs: 60_000 }, stream: OLD.stream },
  'more patience': { panes: { ...PANES, latenessMs: 400_000 }, stream: OLD.stream },
  'less patience': { panes: { ...PANES, latenessMs: 5_000 }, stream: OLD.stream },
  'more trust in early clocks': { panes: { ...PANES, aheadMs: 3 * 3_600_000 }, stream: OLD.stream },
  'less trust in early clocks': { panes: { ...PANES, latenessMs: 5_000, aheadMs: 120_000 }, stream: OLD.stream },
}

const decoders = new Map<StreamConfig, ReturnType<typeof createDecoder>>()

function observerOf({ panes, stream }: Omit<Shape, 'fromMs'>, saved: Saved | null): Observer {
  const plan = planStream(stream, streamsOf(stream))
  const decoder = decoders.get(stream) ?? createDecoder(plan, { get: () => undefined }, { recordBytes: 1 << 20 })
  decoders.set(stream, decoder)
  const checkpoint = saved === null ? null : decodeCheckpoint(saved.metadata)
  return new Observer({ plan, panes, decoder, partition: 0, paneConfigDigest: 'sha256:test', offset: saved?.offset ?? 0, checkpoint }) // prettier-ignore
}

interface Saved {
  offset: number
  metadata: string
}

/** Disorder, repeats, decoys, wrong clocks, garbage; in the end some quiet minutes, in which everything comes right. */
const logs: fc.Arbitrary<LogRecord[]> = fc
  .array(
    fc.record({
      step: fc.integer({ min: 0, max: 12_000 }),
      luck: fc.integer({ min: 0, max: 99 }),
      jitter: fc.integer({ min: -240_000, max: 30_000 }),
    }),
    { minLength: 100, maxLength: 400, size: 'max' },
  ) // prettier-ignore
  .map((steps) => {
    let now = START_MS
    const quiet = Array.from({ length: 80 }, () => ({ step: 2_000, luck: 50, jitter: 0 }))
    return [...steps, ...quiet].map(({ step, luck, jitter }, offset) => {
      now += step
      if (luck === 0) return jsonRecord(offset, '{broken')
      const ts = luck < 4 ? now + 2 * 3_600_000 : luck === 11 ? 4_070_908_800_000 : now + jitter
      const id = luck < 20 ? `again${(offset * 7) % 5}` : `e${offset}`
      const model = luck === 30 ? null : luck % 2 === 0 ? 'm1' : 'm2'
      return jsonRecord(offset, { ts, id, user: `u${offset % 17}`, model, price: luck, weight: luck / 2, country: `c${luck % 7}`, plan: 'pro', member: luck < 50, test: luck === 12, clicked: luck < 40 }) // prettier-ignore
    })
  })

const bytesOf = (pane: Pane): string => Buffer.from(encodePane(pane)).toString('hex')

/** A run that knows one shape only. */
function plainRun(log: readonly LogRecord[], shape: Omit<Shape, 'fromMs'>): Pane[] {
  const observer = observerOf(shape, null)
  for (const record of log) observer.observe(record)
  observer.closeIdle(0)
  return [...observer.takeOutbox().panes]
}

/** As the outside does: killed after so many records, each time after one of the three steps. */
function eraRun(log: readonly LogRecord[], eras: readonly Shape[], crashes: readonly Crash[]): Map<number, Pane> {
  const published = new Map<number, Pane>()
  let saved = null as Saved | null
  const plans = [...crashes]
  for (let isOver = false; !isOver;) {
    const crash = plans.shift() ?? { after: Infinity, step: 'committed' as const }
    const through: number = saved === null ? -Infinity : decodeCheckpoint(saved.metadata).publishedThroughMs
    const at = eras.findLastIndex(({ fromMs }) => fromMs <= through)
    const era = eras[Math.max(0, at)]!
    const next = eras[Math.max(0, at) + 1]
    const observer = observerOf(era, saved)
    const neededFromMs = (next?.fromMs ?? 0) - (next?.panes.lengthMs ?? 0)
    const knowsFrom = crash.knows ?? 0
    const batch = log.filter(({ offset }) => offset >= (saved?.offset ?? 0)).slice(0, crash.after)
    let isVoid = false
    const step = (what: Crash['step']): void => {
      const { panes, commit } = observer.takeOutbox()
      // What is published is what the ledger, read just before, allows.
      if (next !== undefined && !observer.turn.endAt(next.fromMs, neededFromMs)) isVoid = true
      if (isVoid || what === 'before') return
      for (const pane of panes) {
        const known = published.get(pane.startMs)
        assert.equal(bytesOf(pane), known === undefined ? bytesOf(pane) : bytesOf(known), `pane ${pane.startMs} was published twice with other bytes`) // prettier-ignore
        published.set(pane.startMs, pane)
      }
      if (what === 'committed') saved = { offset: commit.offset, metadata: encodeCheckpoint(commit.checkpoint) }
    }
    let count = 0
    for (const record of batch) {
      // It is announced before anybody is near: a lateness and two panes of either length ahead.
      const isNear = observer.closedThroughMs >= (next?.fromMs ?? Infinity) - ANNOUNCED_MS
      if (next !== undefined && (count === knowsFrom || isNear))
        isVoid ||= !observer.turn.endAt(next.fromMs, neededFromMs)
      observer.observe(record)
      count++
      if (observer.turn.isEnded) break
      if (count % 9 === 0 && count < batch.length) step('committed')
      if (isVoid) break
    }
    if (crash.after === Infinity && !observer.turn.isEnded && !isVoid) {
      observer.closeIdle(0)
      isOver = !observer.turn.isEnded
    }
    step(crash.step)
  }
  return published
}

/**
 * One shape, and another one that is announced from the start and withdrawn at last: then everybody begins anew from the last commit.
 * Killed after so many records before that, each time after one of the three steps.
 */
function withdrawnRun(log: readonly LogRecord[], fromMs: number, crashes: readonly Crash[]): Map<number, Pane> {
  const published = new Map<number, Pane>()
  let saved = null as Saved | null
  const step = (observer: Observer, what: Crash['step']): void => {
    const { panes, commit } = observer.takeOutbox()
    if (what === 'before') return
    for (const pane of panes) {
      const known = published.get(pane.startMs) ?? pane
      assert.equal(bytesOf(pane), bytesOf(known), `pane ${pane.startMs} was published twice with other bytes`)
      published.set(pane.startMs, pane)
    }
    if (what === 'committed') saved = { offset: commit.offset, metadata: encodeCheckpoint(commit.checkpoint) }
  }
  for (const { after, step: last } of crashes) {
    const observer = observerOf(OLD, saved)
    observer.turn.endAt(fromMs, fromMs - PANES.lengthMs)
    for (const record of log.slice(saved?.offset ?? 0).slice(0, after)) {
      observer.observe(record)
      if (observer.turn.isEnded) break
      if (record.offset % 9 === 0) step(observer, 'committed')
    }
    step(observer, last)
    assert.ok(observer.commitPoint().checkpoint.turns.length <= 1, 'the same turn, once for each restart')
  }
  const observer = observerOf(OLD, saved)
  for (const record of log.slice(saved?.offset ?? 0)) observer.observe(record)
  observer.closeIdle(0)
  step(observer, 'committed')
  return published
}

const ANNOUNCED_MS = 2 * 600_000 + 400_000

interface Crash {
  after: number
  step: 'before' | 'published' | 'committed'
  /** After how many records it is known that there is another era. */
  knows?: number
}

const crashes: fc.Arbitrary<Crash[]> = fc.array(
  fc.record({ after: fc.integer({ min: 1, max: 120 }), step: fc.constantFrom('before', 'published', 'committed'), knows: fc.integer({ min: 0, max: 30 }) }), // prettier-ignore
  { maxLength: 8 },
)

/** Of 600 s each: between the first events and the last. */
const turns = fc.integer({ min: 1, max: 5 }).map((count) => START_MS + count * 600_000)

describe('a partition that goes from one era into the next', () => {
  for (const [title, shape] of Object.entries(SAME_PACE)) {
    it(`gives the panes of both as if there had never been another, whoever is killed when: ${title}`, () => {
      fc.assert(
        fc.property(logs, turns, crashes, (log, fromMs, plans) => {
          const expected = [
            ...plainRun(log, OLD_OF[title] ?? OLD).filter(({ startMs }) => startMs < fromMs),
            ...plainRun(log, shape).filter(({ startMs }) => startMs >= fromMs),
          ]
          const old = { ...(OLD_OF[title] ?? OLD), fromMs: -Infinity }
          const panes = eraRun(log, [old, { ...shape, fromMs }], plans)
          const found = [...panes.values()].sort((a, b) => a.startMs - b.startMs)
          const facts = (each: readonly Pane[]): string[] => each.map((pane) => `${pane.startMs} ${bytesOf({ ...pane, idle: false })}`) // prettier-ignore
          assert.deepEqual(facts(found), facts(expected))
        }),
        { numRuns: 40 },
      )
    })
  }

  for (const [title, shape] of Object.entries({ 'one field more': SAME_PACE['one field more']!, ...OTHER_PACE })) {
    it(`counts every record once, and the same after any crash: ${title}`, () => {
      fc.assert(
        fc.property(logs, turns, crashes, (log, fromMs, plans) => {
          const eras = [
            { ...OLD, fromMs: -Infinity },
            { ...shape, fromMs },
            { ...OLD, fromMs: fromMs + 600_000 },
          ]
          const undisturbed = eraRun(log, eras, [])
          const read = [...undisturbed.values()].map((pane) => tallyTotals(pane.tallies).read)
          assert.equal(read.reduce((sum, each) => sum + each, 0), log.length) // prettier-ignore
          for (const { startMs, lengthMs } of undisturbed.values()) {
            const era = eras.findLast((each) => each.fromMs <= startMs)!
            assert.equal(lengthMs, era.panes.lengthMs)
          }
          const starts = (panes: ReadonlyMap<number, Pane>): string[] => [...panes].map(([at, pane]) => `${at} ${bytesOf({ ...pane, idle: false })}`).sort() // prettier-ignore
          assert.deepEqual(starts(eraRun(log, eras, plans)), starts(undisturbed))
        }),
        { numRuns: 40 },
      )
    })
  }

  for (const [title, shape] of Object.entries(OTHER_PACE)) {
    it(`counts every record once where the era before is closed to the very time when somebody hears of it: ${title}`, () => {
      let met = 0
      fc.assert(
        fc.property(logs, turns, fc.integer({ min: 0, max: 8 }), (log, fromMs, further) => {
          const old = observerOf(OLD, null)
          let at = 0
          while (at < log.length && old.closedThroughMs < fromMs) old.observe(log[at++]!)
          for (const end = at + further; at < Math.min(end, log.length);) old.observe(log[at++]!)
          if (old.closedThroughMs !== fromMs) return
          met++
          assert.equal(old.turn.endAt(fromMs, fromMs - shape.panes.lengthMs), true)
          const { panes, commit } = old.takeOutbox()
          const next = observerOf(shape, { offset: commit.offset, metadata: encodeCheckpoint(commit.checkpoint) })
          for (const record of log.slice(commit.offset)) next.observe(record)
          next.closeIdle(0)
          const all = [...panes, ...next.takeOutbox().panes].map((pane) => tallyTotals(pane.tallies).read)
          assert.equal(all.reduce((sum, each) => sum + each, 0), log.length) // prettier-ignore
        }),
        { numRuns: 80 },
      )
      assert.ok(met > 4, `only ${met} met the very time`)
    })
  }

  it('gives the panes of one era as if there had never been another, where that is withdrawn, by whoever had turned too', () => {
    let turned = 0
    fc.assert(
      fc.property(logs, turns, crashes, (log, fromMs, plans) => {
        const far = { after: 10_000, step: 'committed' } as const
        const found = [...withdrawnRun(log, fromMs, [...plans, far]).values()].sort((a, b) => a.startMs - b.startMs)
        const expected = plainRun(log, OLD)
        if (expected.some(({ startMs }) => startMs >= fromMs)) turned++
        const facts = (each: readonly Pane[]): string[] => each.map((pane) => `${pane.startMs} ${bytesOf({ ...pane, idle: false })}`) // prettier-ignore
        assert.deepEqual(facts(found), facts(expected))
      }),
      { numRuns: 80 },
    )
    assert.ok(turned > 10, `only ${turned} came to the turn`)
  })
})
