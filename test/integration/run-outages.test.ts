import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import avsc from 'avsc'
import { BOUNCING, realBroker } from '../real/broker.ts'
import { realRegistry } from '../real/registry.ts'
import { produce, readTopic, register, withPrefix } from '../support/event-topic.ts'
import type { Message } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import type { Metrics } from '../support/metrics.ts'
import { evenkeel, startRun } from '../support/program.ts'
import type { RunningService } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const SHOP_SCHEMA: avsc.Schema = {
  type: 'record',
  name: 'Shop',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'ts', type: 'long' },
    { name: 'user', type: 'string' },
    { name: 'model', type: ['null', 'string'] },
    { name: 'price', type: ['null', 'double'] },
    { name: 'country', type: ['null', 'string'] },
    { name: 'plan', type: ['null', 'string'] },
    { name: 'member', type: ['null', 'boolean'] },
    { name: 'clicked', type: 'boolean' },
    { name: 'note', type: 'string', default: '' },
  ],
}
const shopType = avsc.Type.forSchema(SHOP_SCHEMA, { wrapUnions: false })
const SECRET = 'nobody may read this'
const HOUR_MS = 3_600_000
/** Longer than a session and than any one request may take. */
const OUTAGE_MS = 15_000

const [broker, registry] = await Promise.all([realBroker({ config: BOUNCING }), realRegistry()])

describe('run while others are down', { skip: broker === null || registry === null, timeout: 2_400_000 }, () => {
  const folder = temporaryFolder()
  const config = path.join(folder, 'evenkeel.yaml')
  const events = shopEvents({ hours: 2, perMinute: 30 })
  const service = {
    kafka: { brokers: [broker?.bootstrap] },
    registry: { url: registry?.url },
    http: { listen: '127.0.0.1:0' },
    state: { directory: path.join(folder, 'state') },
    limits: { recordBytes: '16KiB' },
  }

  before(() => writeFileSync(config, JSON.stringify(shopConfig({ format: 'avro', start: 'earliest' }, service))))
  after(() => Promise.all([broker?.stop(), registry?.stop()]))

  describe('the registry is down at the start', () => {
    let running: RunningService
    let bad: Bad[]
    let total = 0

    before(async () => {
      const schemaId = await register(registry!.url, 'shop.events-value', SHOP_SCHEMA)
      const message = (event: ShopEvent): Message => ({ key: event.user, value: withPrefix(schemaId, encoded(event)) })
      bad = badRecords(schemaId, { ...events[1_800]!, note: SECRET })
      const all = [...events.slice(0, 1_800).map(message), ...bad.map(({ value }) => ({ key: 'bad', value })), ...events.slice(1_800).map(message)] // prettier-ignore
      total = all.length
      await produce(broker!.bootstrap, 'shop.events', 1, all)
      await registry!.kill()
      running = await startRun(config)
    })

    it('parks, and holds it against nobody', async () => {
      await running.says(/waiting for the schema registry/)
      await sleep(1_500)
      const metrics = await scrape(running.url)
      assert.ok(metrics.sum('evenkeel_registry_fetch_failures_total') > 0)
      assert.equal(metrics.sum('evenkeel_records_read_total'), 0)
      assert.equal(metrics.sum('evenkeel_violations_total') + metrics.sum('evenkeel_rejected_total'), 0)
      assert.equal((await fetch(`${running.url}/livez`)).status, 200)
    })

    it('goes on when the registry is there, and counts every record once', async () => {
      await registry!.restart()
      const metrics = await untilRead()
      assert.equal(metrics.sum('evenkeel_events_total'), events.length)
      assert.equal(metrics.sum('evenkeel_rejected_total'), bad.length)
      assert.equal(metrics.sum('evenkeel_late_total') + metrics.sum('evenkeel_synthetic_total'), 0)
    })

    it('counts what is bad by its reason', async () => {
      const metrics = await untilRead()
      for (const reason of new Set(bad.map((each) => each.reason))) {
        const wanted = bad.filter((each) => each.reason === reason).length
        assert.equal(metrics.sum('evenkeel_rejected_total', { stream: 'shop', reason }), wanted, reason)
      }
    })

    it('tells the quarantine topic where it stands, why, and a hash; never what it says', async () => {
      await eventually(() => scrape(running.url), (metrics) => metrics.sum('evenkeel_quarantined_total') === bad.length, 'all quarantined') // prettier-ignore
      const records = await readTopic(broker!.bootstrap, 'evenkeel.quarantine')
      const told = records.map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>)
      told.sort((a, b) => Number(a['offset']) - Number(b['offset']))
      assert.deepEqual(
        told,
        bad.map(({ reason, field, value }, at) => ({
          stream: 'shop',
          topic: 'shop.events',
          partition: 0,
          offset: 1_800 + at,
          reason,
          field,
          hash: value === null ? null : `sha256:${createHash('sha256').update(value).digest('hex')}`,
        })),
      )
      for (const record of records) {
        assert.ok(!JSON.stringify([record, record.value!.toString()]).includes(SECRET))
        assert.match(record.key!.toString(), /^shop\.events\/0\/\d+$/)
      }
    })

    it('stops within five seconds of SIGTERM, exit 0', async () => {
      await running.stopsInTime()
    })

    const untilRead = (): Promise<Metrics> =>
      eventually(() => scrape(running.url), (metrics) => metrics.sum('evenkeel_records_read_total') === total, 'all read') // prettier-ignore
  })

  describe('the broker is down at the start', () => {
    before(() => broker!.local!.kill())

    it('--exit-on-unreachable: exit 69, and the answer names it', async () => {
      const ended = await evenkeel(['run', '--config', config, '--exit-on-unreachable'])
      assert.equal(ended.code, 69)
      assert.ok(ended.stderr.includes(broker!.bootstrap), ended.stderr)
    })

    it('SIGTERM ends the waiting: exit 0 within five seconds', async () => {
      const waiting = await startRun(config)
      await waiting.says(/EVENKEEL_LOG_UNREACHABLE/)
      await waiting.stopsInTime()
    })

    it('is alive and not ready, names the broker, and is ready when the broker comes', async () => {
      const waiting = await startRun(config)
      await waiting.says(/EVENKEEL_LOG_UNREACHABLE/)
      assert.equal((await fetch(`${waiting.url}/livez`)).status, 200)
      const answer = await fetch(`${waiting.url}/readyz`)
      assert.equal(answer.status, 503)
      assert.match(answer.headers.get('content-type')!, /application\/problem\+json/)
      assert.ok(((await answer.json()) as { detail: string }).detail.includes(broker!.bootstrap))

      await broker!.local!.restart()
      await eventually(async () => (await fetch(`${waiting.url}/readyz`)).status, (status) => status === 200, 'ready') // prettier-ignore
      // What was read by the instance before is not read again.
      await eventually(() => scrape(waiting.url), (metrics) => metrics.sum('evenkeel_slices_total') > 0, 'the slices of before') // prettier-ignore
      waiting.kill('SIGTERM')
      assert.equal((await waiting.ended).code, 0)
    })
  })

  describe('the broker dies for a while', () => {
    it('the service lives, reads on when the broker is back, and loses nothing', async () => {
      const running = await startRun(config)
      await eventually(async () => (await fetch(`${running.url}/readyz`)).status, (status) => status === 200, 'ready') // prettier-ignore
      await broker!.local!.kill()
      await sleep(OUTAGE_MS)
      const alive = await fetch(`${running.url}/livez`).catch(() => assert.fail(`it ended:\n${running.stderr}`))
      assert.equal(alive.status, 200)
      await broker!.local!.restart()

      const later = events.map((event) => ({ ...event, id: `later-${event.id}`, ts: event.ts + 2 * HOUR_MS }))
      const id = await register(registry!.url, 'shop.events-value', SHOP_SCHEMA)
      const before = await scrape(running.url)
      await produce(broker!.bootstrap, 'shop.events', 1, later.map((event) => ({ key: event.user, value: withPrefix(id, encoded(event)) }))) // prettier-ignore
      const read = before.sum('evenkeel_records_read_total') + later.length
      const metrics = await eventually(() => scrape(running.url), (each) => each.sum('evenkeel_records_read_total') >= read, 'all read') // prettier-ignore
      assert.equal(metrics.sum('evenkeel_lost_records_total') + metrics.sum('evenkeel_late_total'), 0)
      // Two hours and what follows: every slice but the one that is open still.
      await eventually(
        () => scrape(running.url),
        (each) => each.sum('evenkeel_slices_total') >= 47,
        'all slices',
      )
      running.kill('SIGTERM')
      assert.equal((await running.ended).code, 0)
    })

    it('SIGTERM while it is dead: exit 0 within five seconds all the same', async () => {
      const running = await startRun(config)
      await eventually(async () => (await fetch(`${running.url}/readyz`)).status, (status) => status === 200, 'ready') // prettier-ignore
      await broker!.local!.kill()
      await sleep(2_000)
      await running.stopsInTime()
    })
  })
})

interface Bad {
  value: Buffer | null
  reason: string
  field: string | null
}

function badRecords(schemaId: number, event: ShopEvent): Bad[] {
  const good = withPrefix(schemaId, encoded(event))
  return [
    { value: withPrefix(999_999, encoded(event)), reason: 'unknown-schema', field: null },
    { value: null, reason: 'undecodable', field: null },
    { value: good.subarray(0, good.length - 25), reason: 'undecodable', field: null },
    { value: Buffer.concat([good, Buffer.from('more')]), reason: 'undecodable', field: null },
    {
      value: withPrefix(schemaId, encoded({ ...event, note: SECRET.repeat(1_000) })),
      reason: 'oversized',
      field: null,
    },
    { value: withPrefix(schemaId, encoded({ ...event, ts: event.ts + 5 * HOUR_MS })), reason: 'future-timestamp', field: 'ts' }, // prettier-ignore
    {
      value: withPrefix(schemaId, encoded({ ...event, model: null as never })),
      reason: 'missing-cohort',
      field: 'model',
    },
  ]
}

function encoded(event: ShopEvent): Buffer {
  return shopType.toBuffer({ note: '', ...event })
}
