import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { FileLog } from '../../src/log/file.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { evenkeel, startRun } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents } from '../support/traffic.ts'

describe('what shapes panes', { timeout: 300_000 }, () => {
  const folder = temporaryFolder()
  const directory = path.join(folder, 'logs')
  const parts = {
    log: { directory },
    http: { listen: '127.0.0.1:0' },
    state: { directory: path.join(folder, 'state') },
  }

  function configured(name: string, stream: Record<string, unknown> = {}, extra: Record<string, unknown> = {}): string {
    const file = path.join(folder, `${name}.yaml`)
    writeFileSync(file, JSON.stringify(shopConfig({ start: 'earliest', ...stream }, { ...parts, ...extra })))
    return file
  }

  async function ledger(): Promise<{ type: string; [member: string]: unknown }[]> {
    const log = await FileLog.open(directory)
    const records = await readAll(log, 'evenkeel.ledger')
    await log.close()
    return records.map(({ value }) => (JSON.parse(value!.toString()) as { body: { type: string } }).body)
  }

  async function runUntilJudged(config: string): Promise<void> {
    const service = await startRun(config)
    await eventually(() => scrape(service.url), (each) => each.sum('evenkeel_slices_total') > 0, 'a slice') // prettier-ignore
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)
  }

  before(async () => {
    const log = await FileLog.open(directory)
    await log.createTopics([{ topic: 'shop.events', partitions: 1, replicationFactor: 1, config: {} }])
    await log.append('shop.events', shopEvents({ hours: 1 }).map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
    await log.close()
  })

  it('stands in the ledger before anything is watched', async () => {
    await runUntilJudged(configured('first'))
    const [first, second] = await ledger()
    assert.deepEqual([first?.type, second?.type], ['panes-configured', 'watch-started'])
    assert.equal(first!['paneConfigDigest'], second!['paneConfigDigest'])
  })

  it('cannot be another one under a running watch: the instance does not start, and names every difference', async () => {
    const fields = [
      { name: 'price', kind: 'categorical' },
      { name: 'plan', kind: 'categorical', values: ['free', 'pro'], required: true },
      { name: 'member', kind: 'boolean' },
      { name: 'city', kind: 'categorical' },
    ]
    const { code, stderr } = await evenkeel(['run', '--config', configured('other', { fields }, { panes: { length: '10m' } })]) // prettier-ignore
    assert.equal(code, 78, stderr)
    for (const line of [
      /^EVENKEEL_PANE_CONFIG_CHANGED: stream "shop" is watched with another configuration of panes \(ledger → this file\):$/m,
      /^ {2}panes\.lengthMs: 300000 → 600000$/m,
      /^ {2}streams\.shop\.fields\.price\.kind: numeric → categorical$/m,
      /^ {2}streams\.shop\.fields\.country: categorical → not there$/m,
      /^ {2}streams\.shop\.fields\.city: not there → categorical$/m,
    ])
      assert.match(stderr, line)
    assert.equal((await ledger()).filter(({ type }) => type === 'panes-configured').length, 1)
  })

  it('may be said in another order, and what shapes no pane may change', async () => {
    await runUntilJudged(
      configured('same', { allocation: { control: 0.9, candidate: 0.1 } }, { panes: { idle: '20m' } }),
    )
    assert.equal((await ledger()).filter(({ type }) => type === 'panes-configured').length, 1)
  })
})
