import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config/load.ts'
import { demoConfigText } from '../../src/demo/config.ts'
import { demoSlice } from '../../src/demo/events.ts'
import { LedgerChain, sealRecord } from '../../src/ledger/chain.ts'
import type { AlertAcknowledged, CheckMuted } from '../../src/ledger/record.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import type { Service } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { readCsv } from '../support/csv.ts'
import { listen } from '../support/listener.ts'

/** To 04:05 of the demo: the fault began at 03:00, the alert fires soon after. */
const SLICES = 50
const CHECK = 'impressions/missing/user_feature_2'

interface AlertsBody {
  data: { alerts: { alert: { id: string; check: string; stream: string; field: string | null; firedAtMs: number; acknowledged: object | null; muted: object | null } }[] } // prettier-ignore
}

describe('two instances on the same logs', { timeout: 600_000 }, () => {
  const log = new MemoryLog()
  const config = readConfig(demoConfigText(undefined, '0'), 'demo', {}, { needsLog: true })
  const { topic } = config.streams[0]!
  const topics = config.topics.prefix
  let services: Service[] = []

  before(async () => {
    await log.createTopics([{ topic, partitions: 3, replicationFactor: 1, config: {} }])
    const logger = createLogger({ instance: config.instance, level: 'error' })
    const options = { log, memoryView: true, logger }
    const working = await startService(config, options)
    services = [working]
    // It observes nothing and assembles nothing: all that it knows, it has read.
    services.push(await startService({ ...config, roles: [] }, options))
    for (let number = 0; number < SLICES; number++) {
      await log.append(topic, demoSlice(number).map((event) => ({ key: event.visitor, value: JSON.stringify(event) }))) // prettier-ignore
      if (number === 20) await log.append(topic, [{ key: 'x', value: 'this is no event' }])
    }
    await eventually('all slices at both', async () => {
      const ends = await Promise.all(services.map(async ({ url }) => (await json<{ toMs?: number }>(`${url}/api/v1/compare?stream=impressions&field=click_rate`)).toMs)) // prettier-ignore
      return services.every(({ groups }) => groups[0]!.folded === SLICES - 1) && ends[0] !== undefined && ends[0] === ends[1] // prettier-ignore
    })
    await eventually('the alert at both', async () => services.every(({ groups }) => groups[0]!.judge.alerts().length > 0)) // prettier-ignore
  })

  after(async () => {
    for (const service of services) await service.stop()
    await log.close()
  })

  const both = <T>(ask: (url: string) => Promise<T>) => Promise.all(services.map(({ url }) => ask(url)))

  for (const path of [
    'streams',
    'streams/impressions/cohorts',
    'streams/impressions/fields',
    'streams/impressions/fields/user_feature_2/history?step=1h',
    'streams/impressions/fields/click_rate/history',
    'alerts?state=all',
    'rules',
    'checks',
    'watch-list',
    'quarantine',
  ])
    // prettier-ignore
    it(`answer the same of ${path}, under the same tag`, async () => {
      await eventually('the same answers', async () => {
        const [one, other] = await both(async (url) => {
          const answer = await fetch(`${url}/api/v1/${path}`)
          return [answer.status, answer.headers.get('etag'), await answer.text()]
        })
        return one![0] === 200 && JSON.stringify(one) === JSON.stringify(other)
      })
    })

  it('show the record that was rejected, where it stands and not what it says', async () => {
    for (const { url } of services) {
      const answer = await fetch(`${url}/api/v1/quarantine?reason=undecodable&format=csv`)
      const text = await answer.text()
      const [names, ...rows] = readCsv(text)
      assert.deepEqual(rows.map((row) => row[names!.indexOf('topic')]), [topic]) // prettier-ignore
      assert.ok(!text.includes('no event'))
    }
  })

  it('have the whole life of the alert beside the history of its field', async () => {
    const { url } = services[1]!
    const history = await json<{ marks: { type: string; checkId: string; atMs: number; evidence: { nats: number } }[]; buckets: { candidate: { missingShare: number } }[] }>(`${url}/api/v1/streams/impressions/fields/user_feature_2/history?step=5m`) // prettier-ignore
    const fired = history.marks.find(({ type, checkId }) => type === 'firing' && checkId === CHECK)!
    const { alert } = (await alertsOf(url)).find(({ alert }) => alert.check === 'missing')!
    assert.equal(fired.atMs, alert.firedAtMs)
    assert.ok(fired.evidence.nats > 0)
    assert.ok(history.buckets.at(-1)!.candidate.missingShare > history.buckets[0]!.candidate.missingShare)
  })

  it('tell who listens what was told before, from where it stopped', async () => {
    const heard = await both(async (url) => {
      const ear = await listen(`${url}/api/v1/events?after=0.0`)
      await ear.next()
      const events = []
      const { records } = await endOf(`${topics}.alerts`)
      while (events.length < records - 1) events.push(await ear.next())
      await ear.stop()
      return events
    })
    assert.deepEqual(heard[0], heard[1])
  })

  it('show an acknowledgement and a mute everywhere, and judge as before', async () => {
    const { url } = services[0]!
    const before = await json<{ checks: { id: string; verdict: string }[] }>(`${url}/api/v1/checks`)
    const tag = (await fetch(`${url}/api/v1/alerts`)).headers.get('etag')!
    const { alert } = (await alertsOf(url)).find(({ alert }) => alert.check === 'missing')!
    const said = { by: 'Ann', reason: 'we know', atMs: 1 }
    const untilMs = alert.firedAtMs + 30 * 24 * 3_600_000
    await say(log, `${topics}.ledger`, { type: 'alert-acknowledged', stream: 'impressions', alert: alert.id, ...said })
    await say(log, `${topics}.ledger`, { type: 'check-muted', stream: 'impressions', check: CHECK, ...said, untilMs })
    for (const { url } of services) {
      await eventually('the words at every instance', async () =>
        (await alertsOf(url)).some(({ alert }) => alert.acknowledged !== null && alert.muted !== null),
      )
      const muted = { ...said, untilMs }
      const shown = (await alertsOf(url)).find((each) => each.alert.id === alert.id)!.alert
      assert.deepEqual([shown.acknowledged, shown.muted], [said, muted])
      const { checks } = await json<{ checks: { id: string; verdict: string; muted: object | null }[] }>(`${url}/api/v1/checks`) // prettier-ignore
      assert.deepEqual(checks.filter((check) => check.muted !== null).map(({ id, muted }) => [id, muted]), [[CHECK, muted]]) // prettier-ignore
      assert.deepEqual(checks.map(({ id, verdict }) => [id, verdict]), before.checks.map(({ id, verdict }) => [id, verdict])) // prettier-ignore
      assert.equal(checks.find(({ id }) => id === CHECK)!.verdict, 'FAIL')
      const rules = await json<{ data: { groups: { rules: { id: string; muted: object | null }[] }[] } }>(`${url}/api/v1/rules`) // prettier-ignore
      assert.deepEqual(rules.data.groups[0]!.rules.find(({ id }) => id === CHECK)!.muted, muted)
      const again = await fetch(`${url}/api/v1/alerts`, { headers: { 'if-none-match': tag } })
      assert.equal(again.status, 200)
      await again.arrayBuffer()
    }
  })

  async function endOf(name: string): Promise<{ records: number }> {
    return { records: (await log.bounds(name))![0]!.high }
  }
})

async function alertsOf(url: string): Promise<AlertsBody['data']['alerts']> {
  return (await json<AlertsBody>(`${url}/api/v1/alerts?state=all`)).data.alerts
}

/** As the command does it: sealed on what stands there, and once more when somebody was faster. */
async function say(log: MemoryLog, topic: string, body: AlertAcknowledged | CheckMuted): Promise<void> {
  const chain = new LedgerChain()
  const tail = await log.tail(topic, new Map(), async (records) => records.forEach(({ value }) => chain.add(value)))
  await tail.caughtUp
  await tail.stop()
  await log.append(topic, [{ key: body.stream, value: sealRecord(body, chain.head), partition: 0 }])
}

async function json<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T
}

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 180_000; !(await isSo()); await sleep(100))
    assert.ok(performance.now() < endMs, `${what}: not within three minutes`)
}
