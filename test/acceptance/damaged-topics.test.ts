import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { LogRecord } from '../../src/log/log.ts'
import type { MemoryLog } from '../../src/log/memory.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { startService } from '../../src/service.ts'
import type { Service } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import type { VerifyReport } from '../../src/verify/report.ts'
import { verifyLogs } from '../../src/verify/verify.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { changed, flipped, recordOf } from '../support/recorded.ts'
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
      await running(log, async (service) => {
        await allJudged(service)
        assert.equal((await scrape(service.url)).sum('evenkeel_errors_total', { code: 'EVENKEEL_RECORD_CORRUPT' }), 1)
      })
      const copies = (await readAll(log, 'evenkeel.slices')).filter(isBad)
      assert.equal(copies.length, 2)
      assert.deepEqual(copies[1]!.headers['digest'], copies[0]!.headers['digest'])
      assert.deepEqual(await alertsOf(log), alerts)
      const report = await verify(log)
      assert.equal(report.verdict, 'PASS', report.reason)
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
  })
})

async function running(
  log: MemoryLog,
  use: (service: Service) => Promise<void>,
  change: Partial<Recorded['config']> = {},
): Promise<void> {
  const logger = createLogger({ instance: 'test', level: 'silent' })
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

async function alertsOf(log: MemoryLog): Promise<string[]> {
  return (await readAll(log, 'evenkeel.alerts')).map(({ value }) => value!.toString())
}

function verify(log: MemoryLog): Promise<VerifyReport> {
  return verifyLogs(log, recorded.config, { schemas: openRegistry(null) })
}
