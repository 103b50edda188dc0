import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import type { LogRecord } from '../../src/log/log.ts'
import { FileLog } from '../../src/log/file.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import type { Metrics } from '../support/metrics.ts'
import { evenkeel, startRun } from '../support/program.ts'
import type { RunningService } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson, shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
/** Of five minutes in four hours. */
const SLICES = 48

describe('run over a directory of logs', { timeout: 1_200_000 }, () => {
  const folder = temporaryFolder()
  const directory = path.join(folder, 'logs')
  const config = path.join(folder, 'evenkeel.yaml')
  // For two hours nothing is wrong, then the candidate loses its prices.
  const events = shopEvents({ hours: 4, perMinute: 60 }).map((event) =>
    event.model === 'm2' && event.ts > SHOP_START_MS + 2 * HOUR_MS ? { ...event, price: null } : event,
  )
  let service: RunningService
  let alerts: Event[]

  before(async () => {
    const parts = {
      log: { directory },
      http: { listen: '127.0.0.1:0' },
      state: { directory: path.join(folder, 'state') },
    }
    writeFileSync(config, JSON.stringify(shopConfig({ start: 'earliest' }, parts)))
    const log = await FileLog.open(directory)
    await log.createTopics([{ topic: 'shop.events', partitions: 2, replicationFactor: 1, config: {} }])
    await log.append('shop.events', events.map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
    await log.close()
    service = await startRun(config)
  })

  /** Every slice but the last, which no later event closes. */
  const isJudged = (metrics: Metrics): boolean =>
    metrics.sum('evenkeel_slices_total') === SLICES - 1 && metrics.sum('evenkeel_alerts_unpublished') === 0

  it('reads what stands there, and raises the alert', async () => {
    const isDone = (each: Metrics): boolean =>
      each.sum('evenkeel_records_read_total') === events.length && isJudged(each)
    const metrics = await eventually(() => scrape(service.url), isDone, 'all read, and an alert')
    assert.equal(metrics.sum('evenkeel_events_total'), events.length)
    assert.equal(metrics.sum('evenkeel_alerts', { check: 'missing', severity: 'critical', state: 'firing' }), 1)
  })

  it('is ready, and answers for the alert', async () => {
    assert.equal((await fetch(`${service.url}/readyz`)).status, 200)
    const answer = (await (await fetch(`${service.url}/api/v1/alerts`)).json()) as { data: { alerts: { labels: Record<string, string> }[] } } // prettier-ignore
    assert.deepEqual(answer.data.alerts.map(({ labels }) => [labels['stream'], labels['check'], labels['field']]), [['shop', 'missing', 'price']]) // prettier-ignore
  })

  it('keeps the directory for itself', async () => {
    const second = await evenkeel(['run', '--config', config])
    assert.equal(second.code, 74, second.stderr)
    assert.match(second.stderr, /EVENKEEL_STATE_IO/)
  })

  it('stops on SIGTERM with exit 0, and the alert stands on its topic', async () => {
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)
    alerts = await alertEvents()
    assert.equal(alerts[0]!.type, 'io.evenkeel.alert.firing.v1')
    assert.deepEqual([alerts[0]!.data['check'], alerts[0]!.data['field']], ['missing', 'price'])
    assert.ok(Date.parse(alerts[0]!.time) > SHOP_START_MS + 2 * HOUR_MS)
  })

  it('after a kill in the middle of its next run, still stands there once', async () => {
    service = await startRun(config)
    await eventually(
      () => scrape(service.url),
      (each) => each.sum('evenkeel_slices_total') > 0,
      'a slice',
    )
    service.kill('SIGKILL')
    await service.ended
    service = await startRun(config)
    await eventually(() => scrape(service.url), isJudged, 'all judged')
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0)
    assert.deepEqual(await alertEvents(), alerts)
  })

  it('--feed appends the lines of a file to the topic', async () => {
    const file = path.join(folder, 'more.ndjson')
    const more = shopEvents({ hours: 1, perMinute: 60, seed: 2 })
    writeFileSync(file, ndjson(more.map((event) => ({ ...event, id: `more-${event.id}`, ts: event.ts + 4 * HOUR_MS }))))
    service = await startRun(config, ['--feed', `shop=${file}`])
    await service.says(/3600 lines of \S+more\.ndjson fed to shop\.events/)
    await eventually(() => scrape(service.url), (each) => each.sum('evenkeel_events_total') >= more.length, 'all of them read') // prettier-ignore
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0)
  })

  interface Event {
    type: string
    time: string
    id: string
    data: Record<string, unknown>
  }

  async function alertEvents(): Promise<Event[]> {
    const log = await FileLog.open(directory)
    const records: LogRecord[] = await readAll(log, 'evenkeel.alerts')
    await log.close()
    return records.map(({ value }) => JSON.parse(value!.toString()) as Event)
  }
})
