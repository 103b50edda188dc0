import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, it } from 'node:test'
import { FileLog } from '../../src/log/file.ts'
import type { Log } from '../../src/log/log.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { startRun } from '../support/program.ts'
import type { RunningService } from '../support/program.ts'
import { EVENTS_TOPIC, recordOf } from '../support/recorded.ts'
import { limitFiles, smallDisk } from '../support/small-disk.ts'
import type { SmallDisk } from '../support/small-disk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson, shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const at = (hours: number): number => SHOP_START_MS + hours * HOUR_MS
const SLICES = 47
// The candidate loses its prices for an hour: what has to be told falls into the time in which the disk is full, and after it.
const EVENTS = shopEvents({ hours: 4, perMinute: 60 }).map((event) =>
  event.model === 'm2' && event.ts > at(1.5) && event.ts < at(2.5) ? { ...event, price: null } : event,
)

/** What stands on our topics, whatever stands there twice: panes and slices by their digests, alerts by their bytes. */
async function recordIn(log: Log): Promise<Record<'panes' | 'slices' | 'alerts', string[]>> {
  const chunked = async (kind: 'pane' | 'slice'): Promise<string[]> => {
    const records = (await readAll(log, `evenkeel.${kind}s`)).filter((record) => kindOf(record) === kind)
    return sorted(records.map(({ headers }) => ['start', 'partition', 'digest', 'i'].map((name) => headers[name]?.toString() ?? '').join(' '))) // prettier-ignore
  }
  const alerts = (await readAll(log, 'evenkeel.alerts')).map(({ value }) => value!.toString())
  return { panes: await chunked('pane'), slices: await chunked('slice'), alerts: sorted(alerts) }
}

const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort()

/** The service over file logs, fed through a pipe, so that events come at any time. */
class Shop {
  readonly folder = temporaryFolder()
  readonly logs: string
  readonly state: string
  readonly config = path.join(this.folder, 'evenkeel.yaml')
  service!: RunningService
  private pipe!: WriteStream

  constructor(disks: string) {
    this.logs = path.join(disks, 'logs')
    this.state = path.join(disks, 'state')
  }

  async start(): Promise<void> {
    // Events come from elsewhere: their topic has a disk of its own.
    const events = path.join(this.folder, 'events')
    mkdirSync(events)
    mkdirSync(path.join(this.logs, 'topics'), { recursive: true })
    symlinkSync(events, path.join(this.logs, 'topics', EVENTS_TOPIC))
    const log = await FileLog.open(this.logs)
    await log.createTopics([{ topic: EVENTS_TOPIC, partitions: 2, replicationFactor: 1, config: {} }])
    await log.close()
    const parts = { log: { directory: this.logs }, state: { directory: this.state }, http: { listen: '127.0.0.1:0' } }
    writeFileSync(this.config, JSON.stringify(shopConfig({ start: 'earliest' }, parts)))
    const pipe = path.join(this.folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    this.service = await startRun(this.config, ['--feed', `shop=${pipe}`])
    this.pipe = createWriteStream(pipe)
  }

  feed(fromMs: number, toMs: number): void {
    this.pipe.write(ndjson(EVENTS.filter(({ ts }) => ts >= fromMs && ts < toMs)))
  }

  async slices(count: number): Promise<void> {
    await this.until(`${count} slices`, (metrics) => metrics.sum('evenkeel_slices_total') >= count && metrics.sum('evenkeel_alerts_unpublished') === 0) // prettier-ignore
  }

  until(what: string, holds: (metrics: Awaited<ReturnType<typeof scrape>>) => boolean): Promise<unknown> {
    return eventually(() => scrape(this.service.url), holds, what, 60_000).catch((error: unknown) => assert.fail(`${String(error)}\n${this.service.stderr}`)) // prettier-ignore
  }

  async conditions(): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.service.url}/readyz?verbose`)
    return { status: response.status, text: await response.text() }
  }

  async isAlive(): Promise<boolean> {
    return (await fetch(`${this.service.url}/livez`)).ok
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => void this.pipe.end(resolve))
    this.service.kill('SIGTERM')
    const { code, stderr } = await this.service.ended
    assert.equal(code, 0, stderr)
  }

  async record(): Promise<Awaited<ReturnType<typeof recordIn>>> {
    const log = await FileLog.open(this.logs)
    try {
      return await recordIn(log)
    } finally {
      await log.close()
    }
  }

  viewCount(): number {
    const view = new DatabaseSync(path.join(this.state, 'view.sqlite'), { readOnly: true })
    try {
      return (view.prepare('SELECT count(*) AS count FROM slices').get() as { count: number }).count
    } finally {
      view.close()
    }
  }
}

describe('a disk that is full under a running service', { timeout: 300_000 }, () => {
  let undisturbed: Awaited<ReturnType<typeof recordIn>>
  before(async () => {
    undisturbed = await recordIn((await recordOf(EVENTS)).log)
    assert.ok(undisturbed.alerts.length >= 2)
  })

  it('of the state folder, then of the logs: it goes on, says so, and nothing is lost', async (t) => {
    const disks = temporaryFolder()
    const [logs, state] = [await smallDisk(path.join(disks, 'logs')), await smallDisk(path.join(disks, 'state'))]
    if (logs === null || state === null) return t.diagnostic('nobody may mount here: the other test is all there is')
    try {
      await fillBoth(disks, logs, state)
    } finally {
      await Promise.all([logs.remove(), state.remove()])
    }
  })

  async function fillBoth(disks: string, logs: SmallDisk, state: SmallDisk): Promise<void> {
    const shop = new Shop(disks)
    await shop.start()
    shop.feed(at(0), at(1))
    await shop.slices(10)

    state.fill()
    shop.feed(at(1), at(2))
    await shop.slices(22)
    await shop.until('the view says so', (metrics) => metrics.sum('evenkeel_view_failures_total', { reason: 'full' }) > 0) // prettier-ignore
    const held = await shop.conditions()
    assert.equal(held.status, 200, held.text)
    assert.match(held.text, /"name":"view","met":true,"detail":"EVENKEEL_STATE_IO: .*view\.sqlite.*full/)

    logs.fill()
    shop.feed(at(2), at(3))
    await assertStuck(shop)
    shop.feed(at(3), at(4))
    assert.ok(await shop.isAlive())

    logs.free()
    await shop.slices(SLICES)
    state.free()
    await assertRecovered(shop, undisturbed)
  }

  it('of everything that it writes: the same', async () => {
    const shop = new Shop(temporaryFolder())
    await shop.start()
    shop.feed(at(0), at(1))
    await shop.slices(10)
    await limitFiles(shop.service.pid, 'nothing')
    shop.feed(at(1), at(3))
    await assertStuck(shop)
    await limitFiles(shop.service.pid, 'unlimited')
    shop.feed(at(3), at(4))
    await shop.slices(SLICES)
    await assertRecovered(shop, undisturbed)
  })
})

/** Panes cannot be written: nothing is judged any further, and everybody can see why. */
async function assertStuck(shop: Shop): Promise<void> {
  await shop.until('appends fail', (metrics) => metrics.sum('evenkeel_log_retries_total') >= 3)
  const { status, text } = await shop.conditions()
  assert.equal(status, 200, 'what is known can be asked')
  assert.match(
    text,
    /"name":"log","met":true,"detail":"EVENKEEL_STATE_IO: \S+\.log cannot be written: (ENOSPC|EFBIG): /,
  )
  assert.match(shop.service.stderr, /"code":"EVENKEEL_STATE_IO".*cannot be written/)
}

async function assertRecovered(shop: Shop, undisturbed: Awaited<ReturnType<typeof recordIn>>): Promise<void> {
  await eventually(() => shop.conditions(), ({ text }) => !text.includes('EVENKEEL_STATE_IO'), 'nothing to say', 60_000) // prettier-ignore
  assert.match(shop.service.stderr, /"message":"EVENKEEL_STATE_IO is over"/)
  await shop.stop()
  assert.deepEqual(await shop.record(), undisturbed)
  assert.equal(shop.viewCount(), SLICES)
}
