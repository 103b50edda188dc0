import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { readConfig } from '../../src/config/load.ts'
import { demoConfigText } from '../../src/demo/config.ts'
import { demoSlice } from '../../src/demo/events.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { RealAlertmanager, skipWithout } from '../support/prometheus.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { hurriedAlertmanager, Webhook } from '../support/webhook.ts'
import type { AlertmanagerFile } from '../support/webhook.ts'

const shipped = parse(
  readFileSync(path.join(import.meta.dirname, '../../config/alertmanager.yml'), 'utf8'),
) as AlertmanagerFile
const WAIT_MS = 120_000

describe('from the events of a demo to people, pushed', { skip: skipWithout('prometheus-alertmanager') }, () => {
  const folder = temporaryFolder()
  const log = new MemoryLog()
  let webhook: Webhook
  let alertmanager: RealAlertmanager
  before(async () => {
    webhook = await Webhook.start()
    alertmanager = await RealAlertmanager.start(folder, hurriedAlertmanager(shipped, webhook.url, { wait: '5s' }))
  })
  after(async () => {
    await log.close()
    await alertmanager?.stop()
    await webhook?.stop()
  })

  it('the fault is told, once, whether we restart or not', async () => {
    const text = JSON.parse(demoConfigText(undefined, '0')) as Record<string, unknown>
    const asked = { url: alertmanager.url, every: '1s', labels: [{ name: 'region', value: 'eu-1' }] }
    const config = readConfig(JSON.stringify({ ...text, alertmanager: asked }), 'demo', {}, { needsLog: true })
    const logger = createLogger({ instance: 'demo', level: 'error' })
    const { topic } = config.streams[0]!
    await log.createTopics([{ topic, partitions: 3, replicationFactor: 1, config: {} }])
    const start = () => startService(config, { log, memoryView: true, logger })
    const pushed = async (url: string): Promise<number> =>
      (await scrape(url)).sum('evenkeel_alertmanager_pushes_total', { result: 'ok' })

    /** Everything is told: Alertmanager speaks every second, and through ten pushes it has said nothing more. */
    const untilQuiet = async (url: string): Promise<void> => {
      for (let told = -1; told !== webhook.got.length;) {
        told = webhook.got.length
        const pushes = await pushed(url)
        await eventually(() => pushed(url), (count) => count >= pushes + 10, 'ten pushes', WAIT_MS) // prettier-ignore
      }
    }

    const first = await start()
    for (let number = 0; number < 50; number++) {
      await log.append(topic, demoSlice(number).map((event) => ({ key: event.visitor, value: JSON.stringify(event) }))) // prettier-ignore
    }
    const told = () =>
      webhook.told('firing').find(({ field, check }) => field === 'user_feature_2' && check === 'missing')
    await eventually(async () => told() !== undefined, Boolean, 'a message of the fault', WAIT_MS)
    assert.deepEqual([told()!.alertname, told()!.region], ['EvenkeelChange', 'eu-1'])
    await eventually(async () => first.groups[0]!.folded, (folded) => folded === 49, 'all slices', WAIT_MS) // prettier-ignore
    await untilQuiet(first.url)
    await first.stop()

    const before = webhook.got.length
    const second = await start()
    try {
      await eventually(() => pushed(second.url), (count) => count >= 5, 'five pushes', WAIT_MS) // prettier-ignore
      assert.equal(webhook.got.length, before, JSON.stringify(webhook.got.slice(before)))
    } finally {
      await second.stop()
    }
  })
})
