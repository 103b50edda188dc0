import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogRecord, RecordToAppend } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { machineClock } from '../../src/service/clock.ts'
import { encodeCheckpoint } from '../../src/pane/checkpoint.ts'
import { readChunk } from '../../src/pane/chunks.ts'
import { decodePane } from '../../src/pane/codec.ts'
import type { Pane } from '../../src/pane/pane.ts'
import { tallyTotals } from '../../src/pane/tallies.ts'
import { SHOP_TOPIC, shopObserver } from '../support/observe-runner.ts'
import { jsonRecord, PANES } from '../support/streams.ts'
import { shopEvents, SHOP_START_MS } from '../support/traffic.ts'

/** Slices of a silent stream close by the clock: by then somebody must have looked whether a partition was added. */
it('progress of a silent stream tells of partitions that were added before anybody reads them', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const log = new MemoryLog()
  await log.createTopics([{ topic: SHOP_TOPIC, partitions: 1, replicationFactor: 1, config: {} }])
  const bounds = log.bounds.bind(log)
  let isGrown = false
  log.bounds = async (of) => [...(await bounds(of))!, ...(isGrown ? [{ partition: 1, low: 0, high: 0 }] : [])]
  const told: number[] = []
  const append = async (_: string, [record]: readonly RecordToAppend[]): Promise<void> => {
    told.push((JSON.parse(record!.value!.toString()) as { partitions: number }).partitions)
  }
  let elapsedMs = 0
  const runner = shopObserver({ log, append, clock: { ...machineClock, elapsed: () => elapsedMs } })
  await runner.start('group')
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second++) {
      elapsedMs += 1_000
      t.mock.timers.tick(1_000)
      for (let turn = 0; turn < 5; turn++) await nextTurn()
    }
  }
  await seconds(2)
  isGrown = true
  elapsedMs += 3_600_000
  await seconds(2)
  assert.equal(told.at(0), 1)
  assert.equal(told.at(-1), 2)
  await runner.stop()
  await log.close()
})

function asRead(
  headers: RecordToAppend['headers'],
  value: RecordToAppend['value'],
): Pick<LogRecord, 'headers' | 'value'> {
  const bytes = Object.entries(headers!).map(([name, text]) => [name, Buffer.from(text)])
  return { headers: Object.fromEntries(bytes) as LogRecord['headers'], value: Buffer.from(value!) }
}

/** Where an era of this partition turned, as its last commit says: at an offset that nobody will read. */
for (const [title, { committed, low, high }] of Object.entries({
  'of a topic that was created again': { committed: 5_000, low: 0, high: 2_000 },
  'that retention took away': { committed: 5_000, low: 6_000, high: 8_000 },
})) {
  it(
    `the turn of an era ${title} is over: panes close behind it, and none before it`,
    { timeout: 60_000 },
    async (t) => {
      const untilMs = SHOP_START_MS + 3_600_000
      const log = new MemoryLog()
      await log.createTopics([{ topic: SHOP_TOPIC, partitions: 1, replicationFactor: 1, config: {} }])
      const panes: Pane[] = []
      const append = async (_: string, all: readonly RecordToAppend[]): Promise<void> => {
        for (const { headers, value } of all)
          if (headers?.['kind'] === 'pane') panes.push(decodePane(readChunk(asRead(headers, value))!.bytes))
      }
      const runner = shopObserver({ log, append, clock: machineClock })
      t.after(() => runner.stop())
      t.after(() => log.close())
      await runner.start('group')
      const metadata = encodeCheckpoint({
        ...{ publishedThroughMs: untilMs, closedThroughMs: SHOP_START_MS, loss: null },
        watermark: { valueMs: SHOP_START_MS, settled: false, times: [] },
        turns: [{ offset: 5_100, untilMs, pace: PANES }],
      })
      await runner.assigned([
        { topic: SHOP_TOPIC, partition: 0, committed: { offset: committed, metadata }, low, high },
      ])
      const records = shopEvents({ hours: 2, perMinute: 10 }).map((event, at) => jsonRecord(low + at, event))
      const end = low + records.length
      await runner.batch({
        ...{ topic: SHOP_TOPIC, partition: 0, records, end, highWatermark: end, lost: 0 },
        ...{ isStale: () => false, heartbeat: () => Promise.resolve() },
      })
      assert.equal(panes[0]!.startMs, untilMs)
      assert.ok(panes.length > 5)
      // What is of the time before it comes late by now, and counts.
      const before = records.length / 2
      assert.equal(tallyTotals(panes[0]!.tallies).late, before)
    },
  )
}
