import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'
import { MemoryLog, MemoryStore } from '../../src/log/memory.ts'
import { partitionFor } from '../../src/log/murmur2.ts'
import { EraReader } from '../../src/service/era-reader.ts'
import { acceptedIn, readSlices } from '../support/slices-topic.ts'
import { announce, say, Supervised, until } from '../support/supervised.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const MINUTE_MS = 60_000
const TURN_MS = SHOP_START_MS + 90 * MINUTE_MS
const EVENTS = shopEvents({ hours: 3 })

function configOf(stream: Record<string, unknown> = {}): Config {
  const text = JSON.stringify(shopConfig({ start: 'earliest', ...stream }, { http: { listen: '127.0.0.1:0' } }))
  return readConfig(text, 'test.yaml', {})
}

const OLD = configOf()
const NEW = configOf({ fields: [{ name: 'price', kind: 'categorical' }] })

async function feed(log: MemoryLog, fromMinutes: number, toMinutes: number, only: number | null = null): Promise<void> {
  const due = EVENTS.filter(({ ts }) => ts >= SHOP_START_MS + fromMinutes * MINUTE_MS && ts < SHOP_START_MS + toMinutes * MINUTE_MS) // prettier-ignore
  const records = due.map((event) => ({ key: event.user, value: JSON.stringify(event) }))
  await log.append(
    'shop.events',
    records.filter(({ key }) => only === null || partitionFor(key, 2) === only),
  )
}

async function announcedIn(log: MemoryLog): Promise<{ fromMs: number; paneConfigDigest: string }> {
  const reader = await EraReader.open(log, 'evenkeel.ledger')
  await reader.stop()
  return reader.eras.announced('shop')!
}

describe('two instances while the shape of panes changes', { timeout: 600_000 }, () => {
  for (const [order, first, second] of [
    ['the old file first', OLD, NEW],
    ['the new file first', NEW, OLD],
  ] as const)
    // prettier-ignore
    it(`${order}: no gap, no mixed slice, every event in one slice`, async () => {
      const store = new MemoryStore()
      const log = new MemoryLog({ store })
      await log.createTopics([{ topic: 'shop.events', partitions: 2, replicationFactor: 1, config: {} }])
      await feed(log, 0, 60)
      const one = new Supervised(store, OLD)
      await until('slices of the old era', () => one.folded >= 10)
      await announce(log, NEW, TURN_MS)
      one.config = first
      const other = new Supervised(store, second)
      await until('the second instance', () => other.folded >= 10)
      await feed(log, 60, 180)
      // Of the new era: both came out of the turn, whichever file they have.
      await until('the new era at both', () => [one, other].every(({ starts, folded }) => starts >= 2 && folded >= 5))
      await one.stop()
      await until('the rest at the one that is left', () => other.folded >= 17)
      await other.stop()

      const slices = await readSlices(log, 'evenkeel.slices')
      const digests = [OLD, NEW].map((_, at) => slices.find(({ startMs }) => startMs >= (at === 0 ? 0 : TURN_MS))!.paneConfigDigest)
      assert.notEqual(digests[0], digests[1])
      slices.forEach((slice, at) => {
        assert.equal(slice.startMs, SHOP_START_MS + at * 5 * MINUTE_MS, 'a gap')
        assert.equal(slice.paneConfigDigest, digests[slice.startMs < TURN_MS ? 0 : 1])
        assert.equal(slice.number, slice.startMs < TURN_MS ? at + 1 : at - 17)
        const byHand = EVENTS.filter(({ ts }) => ts >= slice.startMs && ts < slice.startMs + slice.lengthMs).length
        assert.equal(acceptedIn(slice), byHand, new Date(slice.startMs).toISOString())
      })
      assert.equal(slices.length, 35)
      await log.close()
    })

  it('withdrawn when what comes early for it has been left aside: it is counted as if nothing had been said', async () => {
    const store = new MemoryStore()
    const log = new MemoryLog({ store })
    await log.createTopics([{ topic: 'shop.events', partitions: 2, replicationFactor: 1, config: {} }])
    await feed(log, 0, 60)
    const instances = [new Supervised(store, OLD), new Supervised(store, OLD)]
    await until('slices', () => instances.every(({ folded }) => folded >= 10))
    await announce(log, NEW, TURN_MS)
    // One partition is past the date, the other is not: nothing of the new era can have begun.
    await feed(log, 60, 89)
    await feed(log, 89, 100, 0)
    await until('slices up to the turn', () => instances.every(({ folded }) => folded >= 17))
    const starts = instances.map((each) => each.starts)
    const { fromMs, paneConfigDigest } = await announcedIn(log)
    await say(log, () => ({ type: 'panes-withdrawn', stream: 'shop', fromMs, paneConfigDigest, by: 'Ann', reason: 'no', atMs: 0 })) // prettier-ignore
    await until('both begin anew', () => instances.every((each, at) => each.starts > starts[at]!))
    await feed(log, 89, 100, 1)
    await feed(log, 100, 180)
    await until('the rest', () => instances.every(({ folded }) => folded >= 35))
    for (const instance of instances) await instance.stop()

    const slices = await readSlices(log, 'evenkeel.slices')
    assert.equal(slices.length, 35)
    slices.forEach((slice, at) => {
      assert.deepEqual([slice.startMs, slice.number], [SHOP_START_MS + at * 5 * MINUTE_MS, at + 1])
      assert.equal(slice.paneConfigDigest, slices[0]!.paneConfigDigest)
      const byHand = EVENTS.filter(({ ts }) => ts >= slice.startMs && ts < slice.startMs + slice.lengthMs).length
      assert.equal(acceptedIn(slice), byHand, new Date(slice.startMs).toISOString())
    })
    assert.ok(slices.every(({ streams }) => streams[0]!.partitions.every(({ pane }) => pane.startsWith('sha256:'))))
    await log.close()
  })
})
