import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { sha256 } from '../../src/ledger/digest.ts'
import type { LogRecord } from '../../src/log/log.ts'
import type { MemoryLog } from '../../src/log/memory.ts'
import { ChunkAssembler } from '../../src/pane/chunk-assembler.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { startService } from '../../src/service.ts'
import type { Service } from '../../src/service.ts'
import { openSlice } from '../../src/slice/codec.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import type { VerifyReport } from '../../src/verify/report.ts'
import { verifyLogs } from '../../src/verify/verify.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import type { Metrics } from '../support/metrics.ts'
import { changed, EVENTS_TOPIC, flipped, recordOf } from '../support/recorded.ts'
import type { Recorded } from '../support/recorded.ts'
import { shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const LENGTH_MS = 300_000
const SLICES = 35

// For an hour nothing is wrong, then the candidate loses its prices.
const EVENTS = shopEvents({ hours: 3, perMinute: 60 }).map((event) =>
  event.model === 'm2' && event.ts > SHOP_START_MS + HOUR_MS && event.ts < SHOP_START_MS + 2 * HOUR_MS
    ? { ...event, price: null }
    : event,
)

let recorded: Recorded

describe('topics of ours that have gone bad', { timeout: 1_200_000 }, () => {
  let alerts: string[]
  before(async () => {
    recorded = await recordOf(EVENTS)
    alerts = await alertsOf(recorded.log)
    assert.ok(alerts.length >= 2, `${alerts.length} alerts`)
  })

  describe('a slice that cannot be read', () => {
    const sliceAt = (startMs: number) => (record: LogRecord) =>
      kindOf(record) === 'slice' && record.headers['start']!.toString() === String(startMs)

    it('is made again from its panes, the very same, and nobody stops', async () => {
      const isBad = sliceAt(SHOP_START_MS + 10 * LENGTH_MS)
      const log = await changed(recorded.log, (record) => (isBad(record) ? { value: flipped(record.value!) } : {}))
      const lines: string[] = []
      const destination = { write: (line: string) => void lines.push(line) }
      await running(log, async (service) => {
        await allJudged(service)
        assert.equal((await scrape(service.url)).sum('evenkeel_errors_total', { code: 'EVENKEEL_RECORD_CORRUPT' }), 1)
      }, {}, destination) // prettier-ignore
      const said = lines.join('')
      assert.match(said, /"topic":"evenkeel\.slices","partition":\d+,"offset":10,"of":"slice shop 2026-03-02T00:50:00Z","message":"a slice record is ignored"/) // prettier-ignore
      assert.match(said, /"slice":11,"message":"something is missing in the logs[^]*"slice":11,"message":"what was missing in the logs is there again/) // prettier-ignore
      const copies = (await readAll(log, 'evenkeel.slices')).filter(isBad)
      assert.equal(copies.length, 2)
      assert.deepEqual(copies[1]!.headers['digest'], copies[0]!.headers['digest'])
      assert.deepEqual(await alertsOf(log), alerts)
      const report = await verify(log)
      assert.equal(report.verdict, 'PASS', report.reason)
    })

    it('because it is no slice, by the right digest, as well', async () => {
      const isBad = sliceAt(SHOP_START_MS + 10 * LENGTH_MS)
      const forged = ({ headers }: LogRecord): Partial<LogRecord> => ({
        headers: { ...headers, digest: Buffer.from(sha256('no slice')), encoding: Buffer.from('identity') },
        value: Buffer.from('no slice'),
      })
      const log = await changed(recorded.log, (record) => (isBad(record) ? forged(record) : {}))
      await running(log, (service) => allJudged(service))
      assert.deepEqual(await alertsOf(log), alerts)
    })

    it('twice, and in the first slice of all, with two instances of which one only judges', async () => {
      const starts = [0, 12, 20].map((number) => SHOP_START_MS + number * LENGTH_MS)
      const log = await changed(recorded.log, (record) =>
        starts.some((startMs) => sliceAt(startMs)(record)) ? { value: Buffer.from('nothing') } : {},
      )
      await running(
        log,
        async (judge) => {
          assert.equal((await scrape(judge.url)).sum('evenkeel_slices_total'), 0)
          await running(log, async (service) => {
            await allJudged(service)
            await allJudged(judge)
          })
        },
        { roles: ['judge'] },
      )
      assert.deepEqual(await alertsOf(log), alerts)
    })

    it('is published as incomplete where its panes and events are gone, with an alert', async () => {
      const startMs = SHOP_START_MS + 10 * LENGTH_MS
      const isBad = sliceAt(startMs)
      const log = await changed(recorded.log, (record) => (isBad(record) ? { value: flipped(record.value!) } : {}))
      for (const [topic, share] of [
        ['evenkeel.panes', 1],
        [EVENTS_TOPIC, 0.6],
      ] as const) {
        for (const { partition, high } of (await log.bounds(topic))!)
          log.store.deleteRecords(topic, partition, Math.floor(high * share))
      }
      await running(log, (service) => allJudged(service))
      const made = (await slicesOf(log)).findLast((slice) => slice.startMs === startMs)!
      assert.deepEqual(made.streams[0]!.partitions.map(({ pane }) => pane), ['incomplete', 'incomplete']) // prettier-ignore
      const events = (await readAll(log, 'evenkeel.alerts')).map(({ value }) => JSON.parse(value!.toString()) as { type: string; data: { check: string; against: string } }) // prettier-ignore
      assert.ok(events.some(({ data }) => data.check === 'volume' && data.against === 'plan'))
    })
  })

  describe('a pane that cannot be read', () => {
    const startMs = SHOP_START_MS + 10 * LENGTH_MS
    const isBad = (record: LogRecord): boolean =>
      kindOf(record) === 'pane' &&
      record.headers['start']!.toString() === String(startMs) &&
      record.headers['partition']!.toString() === '1'

    /** The topics of one whose assembler has not begun yet, its panes changed. */
    const unassembled = (change: (record: LogRecord) => Partial<LogRecord>): Promise<MemoryLog> =>
      changed(recorded.log, (record) => (isBad(record) ? change(record) : {}), [EVENTS_TOPIC, 'evenkeel.panes'])
    const assembling = { roles: ['assemble', 'judge'] } as const

    const damages: [string, (record: LogRecord) => Partial<LogRecord>][] = [
      ['has one wrong bit', ({ value }) => ({ value: flipped(value!) })],
      ['is empty', () => ({ value: null })],
      ['does not say what it is', () => ({ headers: {}, key: null })],
      ['says it is of another digest', ({ headers }) => ({ headers: { ...headers, digest: Buffer.from(`sha256:${'0'.repeat(64)}`) } })],
      ['is one of two that do not both come', ({ headers }) => ({ headers: { ...headers, chunk: Buffer.from('1/2') } })],
      ['is no pane, by the right digest', ({ headers }) => ({ headers: { ...headers, digest: Buffer.from(sha256('no pane')), encoding: Buffer.from('identity') }, value: Buffer.from('no pane') })],
    ] // prettier-ignore
    for (const [title, damage] of damages) {
      it(`because it ${title}, is made again from its events, and the slices are the same`, async () => {
        const log = await unassembled(damage)
        await running(log, (service) => allJudged(service), assembling)
        assert.deepEqual(await digestsOf(log), await digestsOf(recorded.log))
        const report = await verify(log)
        assert.equal(report.verdict, 'PASS', report.reason)
      })
    }

    it('makes its slice incomplete for its partition where the events are gone, with an alert, and no other slice', async () => {
      const log = await unassembled(({ value }) => ({ value: flipped(value!) }))
      for (const { partition, high } of (await log.bounds(EVENTS_TOPIC))!)
        log.store.deleteRecords(EVENTS_TOPIC, partition, high - 1)
      const progress = (await readAll(log, 'evenkeel.panes')).findLast((record) => kindOf(record) === 'progress')!
      await running(log, async (service) => {
        const isGivenUp = (metrics: Metrics): boolean => metrics.sum('evenkeel_repairs_total', { what: 'pane', result: 'incomplete' }) === 1
        const metrics = await eventually(() => scrape(service.url), isGivenUp, 'given up', 60_000)
        assert.equal(metrics.sum('evenkeel_broken_records_total', { topic: 'panes' }), 1)
        // Whoever observes says every ten seconds how far it is.
        await log.append('evenkeel.panes', [{ ...progress, key: progress.key!.toString() }])
        await allJudged(service)
      }, assembling) // prettier-ignore
      const incomplete = (await slicesOf(log)).flatMap((slice) =>
        slice.streams[0]!.partitions.filter(({ pane }) => !pane.startsWith('sha256:')).map((each) => [slice.startMs, each.partition, each.pane]),
      ) // prettier-ignore
      assert.deepEqual(incomplete, [[startMs, 1, 'incomplete']])
      assert.ok((await alertsOf(log)).some((text) => text.includes('"check":"volume"') && text.includes('"against":"plan"'))) // prettier-ignore
    })

    it('and garbage that somebody wrote there change nothing', async () => {
      const log = await unassembled(() => ({}))
      for (const value of ['garbage', '', null]) await log.append('evenkeel.panes', [{ key: 'shop', value }])
      await running(log, (service) => allJudged(service), assembling)
      assert.deepEqual(await digestsOf(log), await digestsOf(recorded.log))
    })
  })

  describe('a record of the ledger that cannot be read', () => {
    // The shape of panes, the watch, and cells.
    for (const offset of [0, 1, 2, 3]) {
      it(`is made again as it was: number ${offset}`, async () => {
        const log = await changed(recorded.log, (record) =>
          record.topic === 'evenkeel.ledger' && record.offset === offset ? { value: flipped(record.value!) } : {},
        )
        await running(log, async (judge) => {
          await running(log, async (service) => {
            await allJudged(service)
            await allJudged(judge)
          })
        }, { roles: ['judge'] }) // prettier-ignore
        const ledger = (await readAll(log, 'evenkeel.ledger')).map(({ value }) => value!.toString())
        const before = (await readAll(recorded.log, 'evenkeel.ledger')).map(({ value }) => value!.toString())
        assert.deepEqual(bodyOf(ledger[before.length]!), bodyOf(before[offset]!))
        assert.deepEqual(await alertsOf(log), alerts)
      })
    }
  })

  it('an alert that cannot be read is published again, under the same id', async () => {
    const log = await changed(recorded.log, (record) =>
      record.topic === 'evenkeel.alerts' && record.offset === 0 ? { value: record.value!.subarray(7) } : {},
    )
    await running(log, (service) =>
      eventually(() => alertsOf(log), (all) => all.length > alerts.length, 'published again', 60_000).then(() => allJudged(service)),
    ) // prettier-ignore
    assert.deepEqual((await alertsOf(log)).slice(1).sort(), alerts.toSorted())
  })
})

async function running(
  log: MemoryLog,
  use: (service: Service) => Promise<void>,
  change: Partial<Recorded['config']> = {},
  destination: { write: (line: string) => void } = { write: () => undefined },
): Promise<void> {
  const logger = createLogger({ instance: 'test', destination })
  const service = await startService({ ...recorded.config, ...change }, { log, memoryView: true, logger })
  try {
    await Promise.race([use(service), service.failed])
  } finally {
    await service.stop()
  }
}

function allJudged(service: Service, slices = SLICES): Promise<void> {
  const look = async () => {
    const metrics = await scrape(service.url)
    return [metrics.sum('evenkeel_slices_total'), metrics.sum('evenkeel_alerts_unpublished')] as const
  }
  return eventually(
    look,
    ([judged, unpublished]) => judged >= slices && unpublished === 0,
    'all slices judged',
    60_000,
  ).then()
}

async function slicesOf(log: MemoryLog): Promise<Slice[]> {
  const chunks = new ChunkAssembler()
  const slices: Slice[] = []
  for (const record of await readAll(log, 'evenkeel.slices')) {
    const chunk = chunks.add(record)
    if (chunk.kind === 'complete') slices.push(openSlice(chunk.bytes).slice)
  }
  return slices
}

async function digestsOf(log: MemoryLog): Promise<string[]> {
  return (await readAll(log, 'evenkeel.slices')).map(({ headers }) => headers['digest']!.toString())
}

/** Whoever writes the shape of panes down says when: the one thing that follows from no log. */
function bodyOf(text: string): unknown {
  const { body } = JSON.parse(text) as { body: object }
  return { ...body, atMs: 0 }
}

async function alertsOf(log: MemoryLog): Promise<string[]> {
  return (await readAll(log, 'evenkeel.alerts')).map(({ value }) => value!.toString())
}

function verify(log: MemoryLog): Promise<VerifyReport> {
  return verifyLogs(log, recorded.config, { schemas: openRegistry(null) })
}
