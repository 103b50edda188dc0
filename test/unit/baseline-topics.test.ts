import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findRanges, readOffsets } from '../../src/commands/baseline/offset-ranges.ts'
import type { StreamRange } from '../../src/commands/baseline/offset-ranges.ts'
import { TopicReading } from '../../src/commands/baseline/topic-reading.ts'
import { readConfig } from '../../src/config/load.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { observedStreams } from '../../src/service/groups.ts'
import type { SealedSlice } from '../../src/slice/slice.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const CONFIG = readConfig(JSON.stringify(shopConfig()), 'test.yaml', {})
const TOPIC = 'shop.events'
const HOUR_MS = 3_600_000
const EVENTS = shopEvents({ hours: 6, perMinute: 10 })

interface Told {
  slices: SealedSlice[]
  commits: unknown
  /** Where the reading was when the first slice came. */
  firstAt: string
}

/** Each list is a partition's records, events or broken texts. */
async function logOf(partitions: readonly (readonly (ShopEvent | string)[])[], batchRecordsMax = 500) {
  const log = new MemoryLog({ batchRecordsMax, now: () => SHOP_START_MS })
  await log.createTopics([{ topic: TOPIC, partitions: partitions.length, replicationFactor: 1, config: {} }])
  for (const [partition, records] of partitions.entries()) {
    const values = records.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
    await log.append(TOPIC, values.map((value) => ({ key: null, value, partition }))) // prettier-ignore
  }
  return log
}

async function read(log: MemoryLog, ranges?: readonly StreamRange[]): Promise<Told> {
  const slices: SealedSlice[] = []
  const schemas = openRegistry(null)
  let firstAt = ''
  const reading: TopicReading = new TopicReading({
    config: CONFIG,
    streams: observedStreams(CONFIG, schemas),
    ranges: ranges ?? (await findRanges(log, CONFIG, { fromMs: -Infinity, toMs: Infinity })),
    schemas,
    onSlice: (sealed) => {
      firstAt ||= reading.describe()
      slices.push(sealed)
    },
  })
  const consumer = await log.consume('evenkeel.baseline.test', reading.topics, reading)
  await Promise.race([reading.ended, log.failed])
  await consumer.stop()
  return { slices, commits: [...log.store.commits('evenkeel.baseline.test')], firstAt }
}

function dealt(partitions: number, events: readonly ShopEvent[] = EVENTS): ShopEvent[][] {
  return Array.from({ length: partitions }, (_, partition) =>
    events.filter(({ user }) => Number(user.slice(1)) % partitions === partition),
  )
}

function digestsOf({ slices }: Told): string[] {
  return slices.map(({ digest }) => digest)
}

function acceptedIn({ slices }: Told): number {
  return slices.reduce((sum, { slice }) => {
    const { cohorts } = slice.streams[0]!.tallies
    return sum + cohorts[0].accepted.total + cohorts[1].accepted.total
  }, 0)
}

describe('event topics read for a baseline', () => {
  it('give the same slices whatever the batches are, and commit nothing', async () => {
    const told = await read(await logOf(dealt(3)))
    assert.deepEqual([told.slices.length, acceptedIn(told), told.commits], [72, EVENTS.length, []])
    for (const batchRecordsMax of [7, 100_000]) {
      assert.deepEqual(digestsOf(await read(await logOf(dealt(3), batchRecordsMax))), digestsOf(told))
    }
  })

  it('are read from the first offset to the one before the last', async () => {
    const log = await logOf(dealt(2))
    const ranges = [
      { stream: 'shop', topic: TOPIC, partition: 0, from: 100, to: 900 },
      { stream: 'shop', topic: TOPIC, partition: 1, from: 50, to: 51 },
    ]
    const told = await read(log, ranges)
    assert.equal(acceptedIn(told), 801)
    const [first, second] = dealt(2)
    const cut = await read(await logOf([first!.slice(100, 900), second!.slice(50, 51)]))
    assert.deepEqual(digestsOf(told), digestsOf(cut), 'as if nothing else stood there')
  })

  it('wait for no partition that has ended, is empty, or holds nothing but garbage', async () => {
    const [first, second] = dealt(2)
    const early = second!.filter(({ ts }) => ts < SHOP_START_MS + HOUR_MS)
    const late = first!.filter(({ ts }) => ts >= SHOP_START_MS + 2 * HOUR_MS)
    const partitions = [late, early, [], ['{broken', '{"ts":"never"}']]
    const told = await read(await logOf(partitions, 50))
    assert.equal(acceptedIn(told), early.length + late.length)
    assert.deepEqual([told.slices.length, told.slices[0]!.slice.startMs], [72, SHOP_START_MS])
    assert.notEqual(told.firstAt, `shop.events[0] at offset ${late.length} of ${late.length}`, 'slices came on the way')
    const rejected = told.slices.map(({ slice }) => slice.streams[0]!.tallies.unknown.rejected)
    assert.deepEqual([rejected.at(-1), rejected.reduce((sum, count) => sum + count, 0)], [2, 2], 'counted at the end')
    assert.deepEqual(digestsOf(await read(await logOf(partitions, 1_000))), digestsOf(told))
  })

  it('wait where they are more than an hour ahead of the one behind: panes do not pile up', async () => {
    const partitions = dealt(2)
    const log = await logOf(partitions)
    const schemas = openRegistry(null)
    const slices: SealedSlice[] = []
    const reading = new TopicReading({
      config: CONFIG,
      streams: observedStreams(CONFIG, schemas),
      ranges: await findRanges(log, CONFIG, { fromMs: -Infinity, toMs: Infinity }),
      schemas,
      onSlice: (sealed) => slices.push(sealed),
    })
    const next = [0, 0]
    const timeOf = (partition: 0 | 1): number => partitions[partition]![next[partition]! - 1]?.ts ?? SHOP_START_MS
    /** Ten records at a time, until it is sent away or has ended. */
    const readOn = async (partition: 0 | 1): Promise<void> => {
      while (next[partition]! < partitions[partition]!.length) {
        const from = next[partition]!
        const records = partitions[partition]!.slice(from, from + 10).map((event, at) => {
          return { topic: TOPIC, partition, offset: from + at, timestampMs: 0, key: null, value: Buffer.from(JSON.stringify(event)), headers: {} } // prettier-ignore
        })
        const batch = { topic: TOPIC, partition, records, end: from + records.length, highWatermark: partitions[partition]!.length } // prettier-ignore
        const result = await reading.batch({ ...batch, lost: 0, isStale: () => false, heartbeat: async () => undefined }) // prettier-ignore
        next[partition] = result.next
        if (result.pauseMs !== undefined) return
      }
    }
    await readOn(0)
    assert.ok(timeOf(0) < SHOP_START_MS + HOUR_MS, 'nobody knows yet where the other one begins')
    for (let turn = 0; turn < 6; turn++) {
      await readOn(1)
      assert.ok(timeOf(1) - timeOf(0) < 1.25 * HOUR_MS, `turn ${turn}: ${timeOf(1) - timeOf(0)} ms apart`)
      await readOn(0)
      assert.ok(timeOf(0) - timeOf(1) < 1.25 * HOUR_MS, `turn ${turn}: ${timeOf(0) - timeOf(1)} ms apart`)
    }
    assert.deepEqual(next, partitions.map(({ length }) => length)) // prettier-ignore
    await reading.ended
    assert.equal(slices.length, 72)
  })

  it('end at their last offset, also where no record stands there', async () => {
    const log = await logOf(dealt(2))
    for (const partition of [0, 1]) log.store.addGap(TOPIC, partition)
    assert.equal(acceptedIn(await read(log)), EVENTS.length)
  })

  it('make no baseline of what is left where records vanish meanwhile', async () => {
    const log = await logOf(dealt(2))
    const ranges = await findRanges(log, CONFIG, { fromMs: -Infinity, toMs: Infinity })
    log.store.deleteRecords(TOPIC, 1, 30)
    await assert.rejects(read(log, ranges), /EVENKEEL_INPUT_UNREADABLE: shop\.events\[1\]: 30 records from offset 0 on are gone/) // prettier-ignore
  })
})

describe('the offsets asked for', () => {
  const find = (log: MemoryLog, ...texts: string[]): Promise<StreamRange[]> =>
    findRanges(log, CONFIG, { offsets: readOffsets(CONFIG, texts) })

  it('name partitions of a stream; of the others nothing is read', async () => {
    const log = await logOf(dealt(3))
    const ranges = await find(log, 'shop=2:5-10,0:0-1')
    assert.deepEqual(ranges.map(({ partition, from, to }) => [partition, to - from, from]).slice(0, 3), [
      [0, 1, 0], [1, 0, ranges[1]!.from], [2, 5, 5],
    ]) // prettier-ignore
    assert.deepEqual(await find(log, '2:5-10', '0:0-1'), ranges, 'the only stream needs no name')
    assert.equal(acceptedIn(await read(log, ranges)), 6)
  })

  it('must stand in the log', async () => {
    const log = await logOf(dealt(2))
    log.store.deleteRecords(TOPIC, 0, 40)
    const { high } = (await log.bounds(TOPIC))![0]!
    await assert.rejects(find(log, '0:39-50'), /shop\.events\[0\]: offset 39 is below the start of its log, 40/)
    await assert.rejects(find(log, `0:40-${high + 1}`), /shop\.events\[0\]: offset \d+ is above the end of its log, \d+/) // prettier-ignore
    await assert.rejects(find(log, '2:0-1'), /EVENKEEL_TOPIC_MISSING: there is no shop\.events\[2\]: the topic has 2/)
    await assert.rejects(find(new MemoryLog(), '0:0-1'), /EVENKEEL_TOPIC_MISSING: there is no topic shop\.events/)
    assert.equal((await find(log, `0:40-${high}`)).length, 2)
  })

  it('may be given as times by which the log knows them', async () => {
    const log = await logOf(dealt(1))
    const all = await findRanges(log, CONFIG, { fromMs: SHOP_START_MS, toMs: SHOP_START_MS + 1 })
    assert.deepEqual([all[0]!.from, all[0]!.to], [0, EVENTS.length])
    const none = await findRanges(log, CONFIG, { fromMs: SHOP_START_MS + 1, toMs: SHOP_START_MS })
    assert.equal(none[0]!.to - none[0]!.from, 0)
  })

  for (const [text, message] of [
    ['0:5-4', /ends before it begins/],
    ['0:5', /write PARTITION:FROM-TO/],
    ['0:-1-4', /write PARTITION:FROM-TO/],
    ['0:1-99999999999999999999', /write PARTITION:FROM-TO/],
    ['clicks=0:1-2', /write STREAM=PARTITION:FROM-TO, with one of shop/],
    ['0:1-2,0:4-5', /partition 0 of shop is named twice/],
  ] as const) {
    it(`are refused as ${text}`, () => assert.throws(() => readOffsets(CONFIG, [text]), message))
  }

  it('are asked for every stream', () => {
    const [shop] = shopConfig().streams as Record<string, unknown>[]
    const two = readConfig(JSON.stringify({ streams: [shop, { ...shop, name: 'other', topic: 'other' }] }), 'test.yaml', {}) // prettier-ignore
    assert.throws(() => readOffsets(two, ['shop=0:1-2']), /no offsets for other/)
    assert.throws(() => readOffsets(two, ['0:1-2']), /with one of shop, other/)
    assert.equal(readOffsets(two, ['shop=0:1-2', 'other=0:1-2,1:0-1']).length, 3)
  })
})
