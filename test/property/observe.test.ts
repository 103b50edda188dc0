import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { Observer } from '../../src/observe.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../src/pane/checkpoint.ts'
import { encodePane } from '../../src/pane/codec.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { planStream } from '../../src/pane/plan.ts'
import { tallyTotals } from '../../src/pane/tallies.ts'
import { PANES, jsonRecord, streamConfig, streamsOf } from '../support/streams.ts'

const stream = streamConfig()
const plan = planStream(stream, streamsOf(stream))
const decoder = createDecoder(plan, { get: () => undefined }, { recordBytes: 1 << 20 })

function observerAt(saved: { offset: number; metadata: string } | null): Observer {
  return new Observer({
    plan,
    partition: 0,
    panes: PANES,
    paneConfigDigest: 'sha256:test',
    decoder,
    offset: saved?.offset ?? 0,
    checkpoint: saved === null ? null : decodeCheckpoint(saved.metadata),
  })
}

/** A partition's log as it is on a bad day: disorder, wrong clocks, gaps, repeats, decoys, garbage. */
const logs: fc.Arbitrary<LogRecord[]> = fc
  .array(
    fc.record({
      step: fc.integer({ min: 0, max: 15_000 }),
      luck: fc.integer({ min: 0, max: 99 }),
      jitter: fc.integer({ min: -90_000, max: 30_000 }),
      user: fc.integer({ min: 0, max: 40 }),
      model: fc.constantFrom('m1', 'm2', 'm1', 'm2', 'm1', 'm2', 'm3', null),
      price: fc.constantFrom<unknown>(1, 2.5, 17, null, 'x', 1e9, -1),
    }),
    { minLength: 1, maxLength: 400, size: 'max' },
  )
  .map((steps) => {
    let now = 1_700_000_000_000
    return steps.map(({ step, luck, jitter, user, model, price }, offset) => {
      now += luck === 99 ? 5 * 3_600_000 : step
      if (luck === 0) return jsonRecord(offset, luck % 2 === 0 ? '{broken' : null)
      if (luck === 1) return jsonRecord(offset, { ts: 'yesterday', user, model })
      const ts = luck < 10 ? now + 2 * 3_600_000 : luck === 11 ? 4_070_908_800_000 : now + jitter
      const id = luck < 20 ? `again${user % 5}` : `e${offset}`
      const event = { ts, id, user: `u${user}`, model, price, country: `c${user % 7}`, plan: luck < 30 ? 'x' : 'pro', member: luck < 50, test: luck === 12, clicked: luck < 40 } // prettier-ignore
      return jsonRecord(offset, event)
    })
  })

/** As the outside does: what is missing between two offsets is lost. */
function observe(observer: Observer, record: LogRecord): void {
  if (record.offset > observer.position) observer.lose(record.offset - observer.position)
  observer.observe(record)
}

function runWhole(log: readonly LogRecord[]): Pane[] {
  const observer = observerAt(null)
  const panes: Pane[] = []
  for (const record of log) {
    observe(observer, record)
    panes.push(...observer.takeOutbox().panes)
  }
  observer.finish(0)
  return [...panes, ...observer.takeOutbox().panes]
}

function logFrom(log: readonly LogRecord[], saved: { offset: number } | null): LogRecord[] {
  return log.filter(({ offset }) => offset >= (saved?.offset ?? 0))
}

const bytesOf = (panes: readonly Pane[]): Map<number, string> =>
  new Map(panes.map((pane) => [pane.startMs, Buffer.from(encodePane(pane)).toString('hex')]))

describe('observe', () => {
  it('counts every record once: read = accepted + rejected + late + synthetic, over all panes', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const panes = runWhole(log)
        const totals = panes.map((pane) => tallyTotals(pane.tallies))
        const sum = (key: keyof (typeof totals)[number]): number => totals.reduce((all, each) => all + each[key], 0)
        assert.equal(sum('read'), log.length)
        assert.equal(sum('accepted') + sum('rejected') + sum('late') + sum('synthetic'), log.length)
        const starts = panes.map((pane) => pane.startMs)
        assert.deepEqual(
          starts,
          [...new Set(starts)].sort((a, b) => a - b),
          'each pane closes once, in order',
        )
      }),
      { numRuns: 150 },
    )
  })

  it('gives the same panes in any batch size and after any crash, at any step of publish and commit, over any gap', () => {
    const gaps = fc.option(fc.record({ from: fc.integer({ min: 0, max: 300 }), count: fc.integer({ min: 1, max: 150 }) })) // prettier-ignore
    const crashes = fc.array(fc.record({ after: fc.integer({ min: 1, max: 120 }), step: fc.constantFrom('before', 'published', 'committed') }), { minLength: 1, maxLength: 8 }) // prettier-ignore
    fc.assert(
      fc.property(logs, gaps, crashes, (whole, gap, plans) => {
        const log = whole.filter(({ offset }) => gap === null || offset < gap.from || offset >= gap.from + gap.count)
        const published = new Map<number, string>()
        let saved: { offset: number; metadata: string } | null = null
        const publish = (panes: readonly Pane[]): void => {
          for (const [startMs, bytes] of bytesOf(panes)) {
            assert.equal(published.get(startMs) ?? bytes, bytes, `pane ${startMs} was published twice with other bytes`)
            published.set(startMs, bytes)
          }
        }
        for (const { after, step } of [...plans, null].map(
          (each) => each ?? { after: log.length, step: 'committed' },
        )) {
          const observer = observerAt(saved)
          const batch = logFrom(log, saved).slice(0, after)
          for (const [at, record] of batch.entries()) {
            observe(observer, record)
            if ((at + 1) % 9 !== 0 && at + 1 < batch.length) continue
            const { panes, commit } = observer.takeOutbox()
            const isLast = at + 1 === batch.length
            if (isLast && step === 'before') break
            publish(panes)
            if (isLast && step === 'published') break
            saved = { offset: commit.offset, metadata: encodeCheckpoint(commit.checkpoint) }
            assert.ok(saved.metadata.length <= 2000, `${saved.metadata.length} bytes of metadata`)
          }
        }
        const last = observerAt(saved)
        for (const record of logFrom(log, saved)) observe(last, record)
        last.finish(0)
        publish(last.takeOutbox().panes)
        assert.deepEqual(
          [...published].sort((a, b) => a[0] - b[0]),
          [...bytesOf(runWhole(log))],
        )
      }),
      { numRuns: 150 },
    )
  })
})
