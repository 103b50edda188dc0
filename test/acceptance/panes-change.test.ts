import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { FileLog } from '../../src/log/file.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { evenkeel, startRun } from '../support/program.ts'
import { acceptedIn, readSlices } from '../support/slices-topic.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents, SHOP_START_MS } from '../support/traffic.ts'

const MINUTE_MS = 60_000
const at = (minutes: number): string => new Date(SHOP_START_MS + minutes * MINUTE_MS).toISOString()

describe('panes change from a date on', { timeout: 600_000 }, () => {
  const folder = temporaryFolder()
  const directory = path.join(folder, 'logs')
  const events = shopEvents({ hours: 3 })
  const fields = [{ name: 'price', kind: 'categorical' }]
  const [oldFile, newFile] = [configured('old'), configured('new', { fields })]
  /** Where the new era begins: an hour and a half before the last event. */
  const turnMs = SHOP_START_MS + 90 * MINUTE_MS

  function configured(name: string, stream: Record<string, unknown> = {}): string {
    const file = path.join(folder, `${name}.yaml`)
    const parts = { log: { directory }, http: { listen: '127.0.0.1:0' }, state: { directory: path.join(folder, 'state') } } // prettier-ignore
    writeFileSync(file, JSON.stringify(shopConfig({ start: 'earliest', ...stream }, parts)))
    return file
  }

  async function feed(fromMinutes: number, toMinutes: number): Promise<void> {
    const log = await FileLog.open(directory)
    const due = events.filter(({ ts }) => ts >= SHOP_START_MS + fromMinutes * MINUTE_MS && ts < SHOP_START_MS + toMinutes * MINUTE_MS) // prettier-ignore
    await log.append('shop.events', due.map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
    await log.close()
  }

  async function slices(): Promise<Slice[]> {
    const log = await FileLog.open(directory)
    const read = await readSlices(log, 'evenkeel.slices')
    await log.close()
    return read
  }

  const change = (config: string, from: string) => evenkeel(['panes', 'change', '--config', config, '--from', from, '--by', 'Ann', '--reason', 'names, not numbers']) // prettier-ignore

  before(async () => {
    const log = await FileLog.open(directory)
    await log.createTopics([{ topic: 'shop.events', partitions: 2, replicationFactor: 1, config: {} }])
    await log.close()
    await feed(0, 60)
    const service = await startRun(oldFile)
    await eventually(() => scrape(service.url), (each) => each.sum('evenkeel_slices_total') >= 10, 'slices') // prettier-ignore
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)
  })

  it('only by a command, which a refused start names', async () => {
    const { code, stderr } = await evenkeel(['run', '--config', newFile])
    assert.equal(code, 78)
    assert.match(stderr, /"evenkeel panes change" announces this file's from a date on/)
  })

  it('but not what a watch is of, nor in what is closed already', async () => {
    const topic = await change(configured('topic', { topic: 'shop.others' }), at(90))
    assert.equal(topic.code, 64)
    assert.match(topic.stderr, /topics, formats and event times cannot change: begin a stream of another name/)
    const near = await change(newFile, at(55))
    assert.equal(near.code, 64)
    assert.match(near.stderr, /2026-03-02T00:55:00Z is too near: panes are closed through 2026-03-02T00:5/)
    const vague = await change(newFile, 'tomorrow')
    assert.equal(vague.code, 64)
  })

  it('announced once: it names what differs, says what to do, and shows', async () => {
    const { code, stdout, stderr } = await change(newFile, at(90))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^announced: from 2026-03-02T01:30:00Z on, panes of shop have another shape$/m)
    assert.match(stdout, /^ {2}streams\.shop\.fields\.price\.kind: numeric → categorical$/m)
    assert.match(stdout, /^What to do now: give every instance this file/m)
    const again = await change(oldFile, at(180))
    assert.equal(again.code, 64)
    assert.match(again.stderr, /announced before it has not happened yet/)
    const shown = await evenkeel(['panes', 'show', '--config', newFile])
    assert.match(shown.stdout, /^shop\n {2}from the first pane on: begun; sha256:\w{12}; by test: the first start\n {2}from 2026-03-02T01:30:00Z on: not begun yet; sha256:\w{12}; by Ann: names, not numbers\n/) // prettier-ignore
    assert.match(shown.stdout, /\n {2}this file: as from 2026-03-02T01:30:00Z on\n$/)
  })

  it('can be withdrawn, and announced again', async () => {
    const words = ['--by', 'Bob', '--reason', 'not yet']
    const { code, stdout, stderr } = await evenkeel(['panes', 'withdraw', '--config', oldFile, ...words])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^withdrawn: panes of shop stay as they are; nothing changes at 2026-03-02T01:30:00Z\nWhat to do now: start/) // prettier-ignore
    const shown = await evenkeel(['panes', 'show', '--config', newFile])
    assert.match(shown.stdout, /^shop\n {2}from the first pane on: begun; .*\n {2}this file: another shape\n {4}streams\.shop/) // prettier-ignore
    const run = await evenkeel(['run', '--config', newFile])
    assert.equal(run.code, 78)
    const twice = await evenkeel(['panes', 'withdraw', '--config', oldFile, ...words])
    assert.equal(twice.code, 64)
    assert.match(twice.stderr, /no change is announced that has not happened/)
    assert.equal((await evenkeel(['panes', 'withdraw', '--config', oldFile])).code, 64)
    assert.equal((await change(newFile, at(90))).code, 0)
  })

  it('then the old era ends where the new one begins, with the new file and the old: nothing missing, nothing twice', async () => {
    await feed(60, 180)
    // The first one ends the era, and itself.
    const ending = await startRun(newFile)
    const { code, stderr } = await ending.ended
    assert.equal(code, 69, stderr)
    assert.match(stderr, /another era of shop has begun; beginning anew from the logs/)
    // Whoever has the old file still does as the ledger says.
    const service = await startRun(oldFile)
    await eventually(() => scrape(service.url), (each) => each.sum('evenkeel_slices_total') >= 16, 'slices of the new era') // prettier-ignore
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)

    const read = await slices()
    read.forEach(({ startMs }, number) => assert.equal(startMs, SHOP_START_MS + number * 5 * MINUTE_MS, 'a gap'))
    const [before, after] = [read.filter(({ startMs }) => startMs < turnMs), read.filter(({ startMs }) => startMs >= turnMs)] // prettier-ignore
    assert.deepEqual([before.length, after[0]?.number], [18, 1])
    for (const era of [before, after]) assert.equal(new Set(era.map((slice) => slice.paneConfigDigest)).size, 1)
    assert.notEqual(before[0]!.paneConfigDigest, after[0]!.paneConfigDigest)
    for (const slice of read) {
      const byHand = events.filter(({ ts }) => ts >= slice.startMs && ts < slice.startMs + slice.lengthMs).length
      assert.equal(acceptedIn(slice), byHand, new Date(slice.startMs).toISOString())
    }
    const { stdout } = await evenkeel(['panes', 'show', '--config', oldFile])
    assert.match(stdout, /from 2026-03-02T01:30:00Z on: begun/)
    assert.match(stdout, /this file: as from the first pane on/)
    const late = await evenkeel(['panes', 'withdraw', '--config', oldFile, '--by', 'Bob', '--reason', 'too late'])
    assert.equal(late.code, 64)
  })

  it('and verify makes both eras again, with either file', async () => {
    for (const file of [oldFile, newFile]) {
      const { code, stdout, stderr } = await evenkeel(['verify', '--config', file])
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /^PASS {2}\d+ on record were recomputed, and are equal$/m)
      assert.match(stdout, /^slices +shop +\d+ +0 +0 +0 +0 +2026-03-02T00:00:00Z/m)
    }
  })
})
