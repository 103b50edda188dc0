import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import type { Service } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { eventually } from '../support/metrics.ts'
import { SHOP_START_MS, shopConfig, shopEvents } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const HOURS = 6
/** Of five minutes; the last stays open. */
const SLICES = HOURS * 12 - 1

interface AlertEvent {
  data: { id: string; check: string; field: string | null; links: Record<string, string> }
}

/** After two hours the candidate sends times that are none, null cohorts, texts for prices, and clicks half as often. */
describe('every link of every alert', { timeout: 900_000 }, () => {
  const log = new MemoryLog()
  const config = readConfig(JSON.stringify(shopConfig({ start: 'earliest' }, { log: { directory: 'unused' }, http: { listen: '127.0.0.1:0' } })), 'test', {}, { needsLog: true }) // prettier-ignore
  const alerts: AlertEvent[] = []
  let service: Service

  before(async () => {
    await log.createTopics([{ topic: 'shop.events', partitions: 1, replicationFactor: 1, config: {} }])
    const events = shopEvents({ hours: HOURS, perMinute: 60 }).map((event, at) => {
      if (event.model !== 'm2' || event.ts < SHOP_START_MS + 2 * HOUR_MS) return event
      const broken = [{ ts: 'soon' }, { price: 'free' }, { price: null, clicked: false }, {}][at % 4]!
      return { ...event, ...broken }
    })
    await log.append('shop.events', events.map((event) => ({ key: null, value: JSON.stringify(event) }))) // prettier-ignore
    service = await startService(config, { log, memoryView: true, logger: createLogger({ instance: 'test', level: 'error' }) }) // prettier-ignore
    const standing = async () => (await log.bounds(`${config.topics.prefix}.alerts`))?.[0]?.high ?? 0
    const tail = await log.tail(`${config.topics.prefix}.alerts`, new Map(), async (records) => records.forEach(({ value }) => alerts.push(JSON.parse(value!.toString('utf8')) as AlertEvent))) // prettier-ignore
    const isThrough = async () => service.groups[0]!.folded === SLICES && service.groups[0]!.due.length === (await standing()) && alerts.length === (await standing()) // prettier-ignore
    await eventually(isThrough, (each) => each, 'all judged and told')
    await eventually(() => json<{ toMs?: number }>('/api/v1/compare?stream=shop&field=price'), ({ toMs }) => toMs === SHOP_START_MS + SLICES * 300_000, 'the view') // prettier-ignore
    await tail.stop()
  })
  after(async () => {
    await service.stop()
    await log.close()
  })

  it('answers, whatever the alert is of', async () => {
    const kinds = new Set(alerts.map(({ data }) => `${data.check} ${data.field}`))
    for (const kind of ['schema ts', 'schema price', 'missing price', 'engagement click_rate'])
      assert.ok(kinds.has(kind), `no alert of ${kind}: ${[...kinds].join(', ')}`)
    for (const { data } of alerts) {
      assert.equal('compare' in data.links, data.field !== null && data.field !== 'ts', `${data.check} ${data.field}`)
      for (const [name, link] of Object.entries(data.links)) {
        const answer = await fetch(service.url + link)
        assert.equal(answer.status, 200, `${name} of ${data.check} ${data.field}: ${link}`)
        await answer.arrayBuffer()
      }
    }
  })

  it('is among those that the pages have, which answer as well', async () => {
    const seen = new Set(['/'])
    for (const path of seen) {
      const answer = await fetch(service.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } })
      assert.equal(answer.status, 200, path)
      const text = await answer.text()
      if (!answer.headers.get('content-type')!.startsWith('text/html')) continue
      for (const [, href] of text.matchAll(/href="(\/[^"#]*)/g)) seen.add(href!.replaceAll('&amp;', '&'))
    }
    assert.ok(seen.size > 30, [...seen].join('\n'))
  })

  async function json<T>(path: string): Promise<T> {
    return (await (await fetch(service.url + path)).json()) as T
  }
})
