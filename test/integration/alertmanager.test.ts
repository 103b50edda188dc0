import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { createHttpServer } from '../../src/http/server.ts'
import type { HttpServer } from '../../src/http/server.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import type { CheckName } from '../../src/verdict/check.ts'
import { freePorts } from '../real/kafka-local.mjs'
import { fakeAlert, fakeCheck, fakeFacts } from '../support/fake-facts.ts'
import { eventually } from '../support/metrics.ts'
import { RealAlertmanager, RealPrometheus, skipWithout } from '../support/prometheus.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { hurriedAlertmanager, Webhook } from '../support/webhook.ts'
import type { AlertmanagerFile, Notification } from '../support/webhook.ts'

const shipped = parse(
  readFileSync(path.join(import.meta.dirname, '../../config/alertmanager.yml'), 'utf8'),
) as AlertmanagerFile
const WAIT_MS = 120_000

describe(
  'from /metrics over the rules to people',
  { skip: skipWithout('prometheus', 'prometheus-alertmanager') },
  () => {
    const folder = temporaryFolder()
    const checks: CheckName[] = ['missing', 'numeric']
    let port: number
    let webhook: Webhook
    let alertmanager: RealAlertmanager
    let prometheus: RealPrometheus
    let service: HttpServer
    let telemetry: Telemetry

    before(async () => {
      port = (await freePorts(1))[0]!
      webhook = await Webhook.start()
      alertmanager = await RealAlertmanager.start(folder, hurriedAlertmanager(shipped, webhook.url, { wait: '5s' }))
      await startServing()
      const target = `127.0.0.1:${port}`
      prometheus = await RealPrometheus.start(folder, { target, alertmanager: alertmanager.url, keepFiringFor: '20s' })
    })
    after(async () => {
      await prometheus?.stop()
      await service?.close()
      await alertmanager?.stop()
      await webhook?.stop()
    })

    /** What a process of ours shows after it has read its history: nothing is remembered but what the slices say. */
    async function startServing(): Promise<void> {
      telemetry = new Telemetry({ version: '0' })
      const show = telemetry
      show.judged({
        checks: checks.map((check) => ({ ...fakeCheck('price', 'FAIL'), check })),
        alerts: checks.map((check) => ({ ...fakeAlert('price', 'firing'), check })),
        drift: [],
        watchList: [],
      })
      const metrics = async (accept: string | undefined) => {
        show.watchdog(Date.now())
        return show.expose(accept)
      }
      service = await createHttpServer(fakeFacts({ metrics }), { host: '127.0.0.1', port, version: '0' })
    }

    const findings = (): Notification[] =>
      webhook.got.filter(({ alerts }) => alerts.some(({ labels }) => labels.alertname === 'EvenkeelCritical'))

    it('two checks of one stream are one message, with a runbook', async () => {
      const [told] = await eventually(async () => findings(), (all) => all.length > 0, 'a message', WAIT_MS) // prettier-ignore
      assert.equal(told!.status, 'firing')
      assert.deepEqual(told!.groupLabels, { stream: 'impressions' })
      assert.deepEqual(told!.alerts.map(({ labels }) => labels.check).sort(), ['missing', 'numeric'])
      for (const { labels, annotations } of told!.alerts) {
        assert.equal(labels.severity, 'critical')
        assert.match(
          annotations.description!,
          new RegExp(`^Stream impressions, check ${labels.check}: 1 critical alert`),
        )
        assert.equal(annotations.runbook_url, 'docs/runbooks/EvenkeelCritical.md')
      }
    })

    it('a restart of ours tells nobody again', async () => {
      const before = findings().length
      await service.close()
      await eventually(() => prometheus.query('up{job="evenkeel"} == 0'), (down) => down.length > 0, 'a missed scrape', WAIT_MS) // prettier-ignore
      await startServing()
      // So many scrapes in a row that the rules have seen it again, several times.
      await eventually(() => prometheus.query('evenkeel_collect_attempts_total >= 6'), (up) => up.length > 0, 'scrapes', WAIT_MS) // prettier-ignore
      assert.equal(findings().length, before, JSON.stringify(findings()))
    })

    it('the end is told as well', async () => {
      telemetry.judged({ checks: [], alerts: [], drift: [], watchList: [] })
      const ends = async (): Promise<number> =>
      new Set(findings().flatMap(({ alerts }) => alerts.filter(({ status }) => status === 'resolved').map(({ labels }) => labels.check))).size // prettier-ignore
      await eventually(ends, (count) => count === 2, 'the end of both', WAIT_MS)
    })
  },
)
