import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { AlertmanagerConfig } from '../../src/config/shape.ts'
import { AlertmanagerSink } from '../../src/service/alertmanager-sink.ts'
import type { PushedAlert } from '../../src/service/alertmanager-alerts.ts'
import { machineClock } from '../../src/service/clock.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import type { Alert, Severity } from '../../src/verdict/check.ts'
import { fakeAlert } from '../support/fake-facts.ts'
import { eventually, Metrics } from '../support/metrics.ts'
import { readExposition } from '../support/exposition.ts'
import { RealAlertmanager, skipWithout } from '../support/prometheus.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { bodyOf, hurriedAlertmanager, Webhook } from '../support/webhook.ts'
import type { AlertmanagerFile } from '../support/webhook.ts'

const shipped = parse(
  readFileSync(path.join(import.meta.dirname, '../../config/alertmanager.yml'), 'utf8'),
) as AlertmanagerFile
const CONFIG: AlertmanagerConfig = {
  urls: [],
  credentials: null,
  everyMs: 1_000,
  link: 'https://evenkeel.example',
  labels: {},
}
const WAIT_MS = 60_000

/** What the judge says, for a test to change. */
interface Judged {
  alerts: Alert[]
  isOwned: boolean
  muted: Set<string>
}

const running: AlertmanagerSink[] = []
const fakes: FakeAlertmanager[] = []
afterEach(async () => {
  for (const sink of running.splice(0)) await sink.stop()
  for (const fake of fakes.splice(0)) await fake.stop()
})

function startSink(judged: Judged, config: Partial<AlertmanagerConfig>) {
  const telemetry = new Telemetry({ version: '0' })
  const lines: string[] = []
  const logger = createLogger({ instance: 'test', destination: { write: (line) => void lines.push(line) } })
  const sink = new AlertmanagerSink({
    config: { ...CONFIG, ...config },
    groups: [
      { name: 'impressions', isOwned: () => judged.isOwned, alerts: () => judged.alerts, judgedToMs: () => Date.now() },
    ],
    mutedBecause: ({ field }) => (judged.muted.has(field!) ? 'a drill' : null),
    clock: machineClock,
    logger,
    telemetry,
  })
  running.push(sink)
  const pushes = async (result: string): Promise<number> =>
    new Metrics(readExposition((await telemetry.expose()).body, 'text').samples).sum(
      'evenkeel_alertmanager_pushes_total',
      { result },
    )
  return { sink, pushes, lines }
}

const firing = (field: string, severity: Severity = 'critical'): Alert => ({
  ...fakeAlert(field, 'firing'),
  severity,
  // Alertmanager waits for others of a group only while the alert is younger than that wait.
  firedAtMs: Date.now(),
})
const resolved = (alert: Alert): Alert => ({ ...alert, state: 'resolved', resolvedAtMs: Date.now() })
const judging = (...alerts: Alert[]): Judged => ({ alerts, isOwned: true, muted: new Set() })

describe('pushing to a real Alertmanager', { skip: skipWithout('prometheus-alertmanager') }, () => {
  const folder = temporaryFolder()
  let webhook: Webhook
  let alertmanager: RealAlertmanager
  before(async () => {
    webhook = await Webhook.start()
    alertmanager = await RealAlertmanager.start(folder, hurriedAlertmanager(shipped, webhook.url, { wait: '5s' }))
  })
  after(async () => {
    await alertmanager?.stop()
    await webhook?.stop()
  })

  it('tells people once of what fires together, says it again without telling them again, not even from a new process, and tells them of the end', async () => {
    const judged = judging(firing('price'), firing('age'))
    const first = startSink(judged, { urls: [alertmanager.url] })
    first.sink.start()
    const [told] = await eventually(async () => webhook.got, (got) => got.length > 0, 'a message', WAIT_MS) // prettier-ignore
    assert.equal(told!.status, 'firing')
    assert.deepEqual(told!.groupLabels, { stream: 'impressions' })
    assert.deepEqual(told!.alerts.map(({ labels }) => labels.field).sort(), ['age', 'price'])
    assert.equal(
      told!.alerts[0]!.annotations.description,
      'missing price: 2.1 % of candidate values against 0.0 %'.replace('price', told!.alerts[0]!.labels.field!),
    )
    assert.equal(
      told!.alerts[0]!.generatorURL,
      `https://evenkeel.example/alerts/alert-${told!.alerts[0]!.labels.field}`,
    )

    await eventually(() => first.pushes('ok'), (count) => count >= 3, 'three pushes', WAIT_MS) // prettier-ignore
    await first.sink.stop()
    const second = startSink(judged, { urls: [alertmanager.url] })
    second.sink.start()
    await eventually(() => second.pushes('ok'), (count) => count >= 3, 'three pushes', WAIT_MS) // prettier-ignore
    assert.equal(webhook.got.length, 1, JSON.stringify(webhook.got))

    judged.alerts = judged.alerts.map(resolved)
    second.sink.kick()
    const all = await eventually(async () => webhook.told('resolved'), (ends) => ends.length >= 2, 'the end of both', WAIT_MS) // prettier-ignore
    assert.deepEqual(all.map(({ field }) => field).sort(), ['age', 'price'])
    // While one has ended and the other not yet, a message may name both.
    assert.equal(webhook.got.filter(({ alerts }) => alerts.every(({ status }) => status === 'firing')).length, 1)
  })

  it('ends an alert that is muted, and one whose severity changed, which begins anew', async () => {
    const judged = judging(firing('muted'), firing('worse', 'warning'))
    const { sink } = startSink(judged, { urls: [alertmanager.url] })
    sink.start()
    const held = async (): Promise<string[]> =>
      (await alertmanager.alerts()).filter(({ labels }) => ['muted', 'worse'].includes(labels.field!)).map(({ labels }) => `${labels.field} ${labels.severity}`).sort() // prettier-ignore
    await eventually(held, (all) => all.join() === 'muted critical,worse warning', 'both', WAIT_MS)
    judged.muted.add('muted')
    judged.alerts = [firing('muted'), firing('worse', 'critical')]
    sink.kick()
    await eventually(held, (all) => all.join() === 'worse critical', 'only the worse', WAIT_MS)
  })

  it('says nothing of alerts of which another instance speaks', async () => {
    const judged = { ...judging(firing('foreign')), isOwned: false }
    const { sink, pushes } = startSink(judged, { urls: [alertmanager.url] })
    sink.start()
    await eventually(() => pushes('ok'), (count) => count >= 2, 'two pushes of nothing', WAIT_MS) // prettier-ignore
    assert.ok(!(await alertmanager.alerts()).some(({ labels }) => labels.field === 'foreign'))
    judged.isOwned = true
    sink.kick()
    await eventually(() => alertmanager.alerts(), (all) => all.some(({ labels }) => labels.field === 'foreign'), 'the alert', WAIT_MS) // prettier-ignore
  })

  it('takes hostile names, more of them than go into one push', async () => {
    const names = Array.from(
      { length: 150 },
      (_, at) => `${at} "}\n<script>\u0000\u202e{{ .Labels }}${'💥'.repeat(at)}`,
    )
    const { sink, pushes } = startSink(judging(...names.map((name) => firing(name))), { urls: [alertmanager.url] })
    sink.start()
    await eventually(() => pushes('ok'), (count) => count >= 3, 'three pushes', WAIT_MS) // prettier-ignore
    const held = await alertmanager.alerts()
    for (const name of names)
      assert.ok(
        held.some(({ labels }) => labels.field!.startsWith(name.slice(0, 8).replace('\n', ''))),
        name,
      )
    assert.equal(await pushes('refused'), 0)
  })
})

describe('an Alertmanager that is not well', () => {
  it('that is dead is tried again, more and more seldom, holds nobody up, and hears everything when it is back', async () => {
    const dead = await FakeAlertmanager.start()
    await dead.stop()
    const judged = judging(firing('price'))
    const { sink, pushes, lines } = startSink(judged, { urls: [dead.url], everyMs: 600_000 })
    sink.start()
    await eventually(() => pushes('failed'), (count) => count >= 2, 'two failures', WAIT_MS) // prettier-ignore
    const startedMs = performance.now()
    for (let at = 0; at < 10_000; at++) sink.kick()
    // And over some time, in which attempts that were not held back would fail by dozens.
    for (let at = 0; at < 50; at++) {
      sink.kick()
      await sleep(20)
    }
    assert.ok(performance.now() - startedMs < 30_000, 'kicks are not held up')
    assert.ok((await pushes('failed')) < 10, 'kicks do not hurry it')
    assert.equal(lines.filter((line) => line.includes('EVENKEEL_ALERTMANAGER_FAILED')).length, 1, lines.join(''))
    assert.match(lines[0]!, /do not reach Alertmanager at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/)
    const back = await FakeAlertmanager.start(dead.port)
    await eventually(async () => back.alerts, (all) => all.length > 0, 'the alert', WAIT_MS) // prettier-ignore
    await eventually(async () => lines, (all) => all.some((line) => line.includes('is over')), 'a line that it is over', WAIT_MS) // prettier-ignore
    await sink.stop()
    await back.stop()
  })

  it('that hangs is given up when the service stops', async () => {
    const hanging = await FakeAlertmanager.start(0, () => new Promise(() => undefined))
    const { sink } = startSink(judging(firing('price')), { urls: [hanging.url] })
    sink.start()
    await eventually(async () => hanging.requests, (count) => count > 0, 'a request', WAIT_MS) // prettier-ignore
    await sink.stop()
    await hanging.stop()
  })

  it('that refuses is counted apart, and its own words are logged', async () => {
    const refusing = await FakeAlertmanager.start(0, async () => ({
      status: 400,
      text: '"start time must be before end time"',
    }))
    const { sink, pushes, lines } = startSink(judging(firing('price')), { urls: [refusing.url] })
    sink.start()
    await eventually(() => pushes('refused'), (count) => count >= 1, 'a refusal', WAIT_MS) // prettier-ignore
    assert.match(lines[0]!, /it answered 400 \\"start time must be before end time/)
    await sink.stop()
    await refusing.stop()
  })

  it('does not keep the others of its cluster from hearing it, and each hears it with our credentials', async () => {
    const dead = await FakeAlertmanager.start()
    await dead.stop()
    const [one, two] = [await FakeAlertmanager.start(), await FakeAlertmanager.start()]
    const { sink } = startSink(judging(firing('price')), {
      urls: [dead.url, one.url, `${two.url}/am`],
      credentials: { username: 'ada', password: 'p:w' },
    })
    sink.start()
    for (const each of [one, two]) await eventually(async () => each.alerts, (all) => all.length > 0, 'the alert', WAIT_MS) // prettier-ignore
    assert.deepEqual([one.paths[0], two.paths[0]], ['/api/v2/alerts', '/am/api/v2/alerts'])
    assert.equal(one.authorizations[0], `Basic ${Buffer.from('ada:p:w').toString('base64')}`)
    const withToken = startSink(judging(firing('price')), { urls: [one.url], credentials: { token: 't' } })
    withToken.sink.start()
    await eventually(async () => one.authorizations, (all) => all.includes('Bearer t'), 'a token', WAIT_MS) // prettier-ignore
    for (const each of running.splice(0)) await each.stop()
    await one.stop()
    await two.stop()
  })

  it('is not told again before its time where nothing has changed', async () => {
    const patient = await FakeAlertmanager.start()
    const judged = judging(firing('price'))
    const { sink } = startSink(judged, { urls: [patient.url], everyMs: 600_000 })
    sink.start()
    await eventually(async () => patient.alerts, (all) => all.length === 1, 'the alert', WAIT_MS) // prettier-ignore
    for (let at = 0; at < 20; at++) {
      sink.kick()
      await sleep(20)
    }
    assert.equal(patient.requests, 1)
    judged.alerts = [...judged.alerts, firing('age')]
    sink.kick()
    await eventually(async () => patient.requests, (count) => count === 2, 'what has changed', WAIT_MS) // prettier-ignore
  })

  it('is told again in time, however often the service looks whether something changed', async () => {
    const quick = await FakeAlertmanager.start()
    const { sink } = startSink(judging(firing('price')), { urls: [quick.url], everyMs: 1_000 })
    sink.start()
    await eventually(async () => { sink.kick(); return quick.requests }, (count) => count >= 3, 'three pushes', WAIT_MS) // prettier-ignore
    await sink.stop()
    await quick.stop()
  })
})

/** Answers as we like, and keeps what it heard. */
class FakeAlertmanager {
  readonly url: string
  readonly port: number
  requests = 0
  alerts: PushedAlert[] = []
  paths: string[] = []
  authorizations: string[] = []
  private readonly server: Server

  private constructor(server: Server) {
    this.server = server
    this.port = (server.address() as AddressInfo).port
    this.url = `http://127.0.0.1:${this.port}`
  }

  static async start(
    port = 0,
    answer = async (): Promise<{ status: number; text: string }> => ({ status: 200, text: '' }),
  ) {
    const server = createServer((request, response) => {
      fake.requests++
      fake.paths.push(request.url!)
      fake.authorizations.push(request.headers.authorization ?? '')
      void bodyOf(request)
        .then((body) => fake.alerts.push(...(JSON.parse(body) as PushedAlert[])))
        .then(answer)
        .then(({ status, text }) => response.writeHead(status).end(text))
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const fake: FakeAlertmanager = new FakeAlertmanager(server)
    fakes.push(fake)
    return fake
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
    await sleep(0)
  }
}
