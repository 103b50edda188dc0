import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ownTopicSpecs } from '../../src/config/topic-specs.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { openLog } from '../../src/log/open.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { realBroker } from '../real/broker.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { evenkeel, startRun } from '../support/program.ts'
import { EVENTS_TOPIC, flipped, recordOf, TOPICS } from '../support/recorded.ts'
import type { Recorded } from '../support/recorded.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const SLICES = 11
const BAD_MS = SHOP_START_MS + 4 * 300_000

const broker = await realBroker({})

/** What a service has left, put on real topics with one slice of it damaged: a start makes it again, and then nothing differs. */
describe('verify over real Kafka', { skip: broker === null, timeout: 1_200_000 }, () => {
  const folder = temporaryFolder()
  const bootstrap = broker?.bootstrap ?? ''
  const configPath = path.join(folder, 'evenkeel.yaml')
  let recorded: Recorded

  before(async () => {
    recorded = await recordOf(shopEvents({ hours: 1, perMinute: 60 }))
    const parts = { kafka: { brokers: [bootstrap] }, http: { listen: '127.0.0.1:0' }, state: { directory: path.join(folder, 'state') } } // prettier-ignore
    writeFileSync(configPath, JSON.stringify(shopConfig({ start: 'earliest' }, parts)))
    const log = await openLog({ kafka: { brokers: [bootstrap], clientId: 'test', ssl: false, sasl: null }, log: null })
    try {
      const specs = ownTopicSpecs(recorded.config, { brokerCount: 1 })
      await log.createTopics([{ topic: EVENTS_TOPIC, partitions: 2, replicationFactor: 1, config: {} }])
      for (const topic of [EVENTS_TOPIC, ...TOPICS]) {
        const spec = specs.find((each) => each.topic === topic)
        const partitions = (await recorded.log.bounds(topic))!.length
        if (spec !== undefined) await log.createTopics([{ ...spec, partitions }])
        await log.append(topic, (await readAll(recorded.log, topic)).map(damaged))
      }
    } finally {
      await log.close()
    }
  })
  after(() => broker?.stop())

  it('finds the damaged slice, and nothing once a service has made it again', async () => {
    const found = await evenkeel(['verify', '--config', configPath])
    assert.equal(found.code, 1, found.stdout)
    assert.match(found.stdout, /^FAIL {2}1 on record differ; the first: slice shop 2026-03-02T00:20:00Z/)

    const service = await startRun(configPath)
    const look = async () => {
      const metrics = await scrape(service.url)
      return [metrics.sum('evenkeel_slices_total'), metrics.sum('evenkeel_repairs_total', { what: 'slice', result: 'whole' })] // prettier-ignore
    }
    const [judged, repaired] = await eventually(look, ([slices]) => slices === SLICES, 'all slices judged')
      .catch((error: Error) => assert.fail(`${error.message}\n${service.stderr}`)) // prettier-ignore
    assert.deepEqual([judged, repaired], [SLICES, 1])
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)

    const { code, stdout } = await evenkeel(['verify', '--config', configPath])
    assert.equal(code, 0, stdout)
    assert.match(stdout, /\nslices +shop +11 +0 +0 +0 +0 /)
  })
})

function damaged({ partition, key, value, headers }: LogRecord) {
  const isBad = kindOf({ headers }) === 'slice' && headers['start']!.toString() === String(BAD_MS)
  return { partition, key: key?.toString() ?? null, value: isBad ? flipped(value!) : value, headers }
}
