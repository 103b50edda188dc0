import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { FileLog } from '../../src/log/file.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { readAll } from '../support/event-topic.ts'
import { eventually, scrape } from '../support/metrics.ts'
import { evenkeel, Program, startRun } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shopConfig, shopEvents } from '../support/traffic.ts'

const EVENTS = shopEvents({ hours: 1, perMinute: 60 })
const POISONED = 1_234
const SLICES = 11
const HOOK = new URL('../support/abort-on-poison.mjs', import.meta.url).href

describe('run over an event that ends every process that reads it', { timeout: 1_200_000 }, () => {
  const folder = temporaryFolder()

  /** `poison`: null = an empty record stands in its place. */
  async function prepare(name: string, poison: string | null): Promise<{ directory: string; config: string }> {
    const directory = path.join(folder, name)
    const config = path.join(folder, `${name}.yaml`)
    const parts = { log: { directory }, http: { listen: '127.0.0.1:0' }, state: { directory: path.join(folder, `${name}-state`) } } // prettier-ignore
    writeFileSync(config, JSON.stringify(shopConfig({ start: 'earliest' }, parts)))
    const log = await FileLog.open(directory)
    await log.createTopics([{ topic: 'shop.events', partitions: 1, replicationFactor: 1, config: {} }])
    await log.append('shop.events', EVENTS.map((event, at) => ({
      key: event.user, value: at === POISONED ? poison : JSON.stringify(event),
    }))) // prettier-ignore
    await log.close()
    return { directory, config }
  }

  const poisoned = JSON.stringify({ ...EVENTS[POISONED], country: 'poison-pill' }).replace(
    'poison-pill',
    'poison\\u002dpill',
  )

  async function read(directory: string, topic: string): Promise<LogRecord[]> {
    const log = await FileLog.open(directory)
    const records = await readAll(log, topic)
    await log.close()
    return records
  }

  async function finish(config: string, env: Record<string, string>): Promise<void> {
    const service = await startRun(config, [], { env })
    await eventually(() => scrape(service.url), (each) => each.sum('evenkeel_slices_total') >= SLICES, 'all slices') // prettier-ignore
    service.kill('SIGTERM')
    assert.equal((await service.ended).code, 0, service.stderr)
  }

  it('dies three times, names it in the ledger, goes on as if it were undecodable, and whoever takes over does not die', async () => {
    const { directory, config } = await prepare('poisoned', poisoned)
    const env = { NODE_OPTIONS: `--import=${HOOK}` }
    for (let death = 1; death <= 3; death++) {
      const { signal, stderr } = await new Program(['run', '--config', config], { env }).ended
      assert.equal(signal, 'SIGABRT', `death ${death}: ${stderr}`)
    }
    await finish(config, env)

    const plain = await prepare('plain', null)
    await finish(plain.config, {})
    const panesOf = async (from: string): Promise<string[]> =>
      (await read(from, 'evenkeel.panes'))
        .filter((record) => kindOf(record) === 'pane')
        .map(({ headers }) => `${headers['start']!.toString()} ${headers['digest']!.toString()}`)
    const panes = await panesOf(directory)
    assert.equal(panes.length, SLICES)
    assert.deepEqual(panes, await panesOf(plain.directory))

    const ledger = (await read(directory, 'evenkeel.ledger')).map(({ value }) => JSON.parse(value!.toString()) as { body: Record<string, unknown> }) // prettier-ignore
    const named = ledger.filter(({ body }) => body['type'] === 'record-quarantined')
    assert.deepEqual(named.map(({ body }) => body['offset']), [POISONED]) // prettier-ignore
    const [quarantined] = (await read(directory, 'evenkeel.quarantine')).map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>) // prettier-ignore
    assert.deepEqual([quarantined!['offset'], quarantined!['reason'], quarantined!['hash']], [POISONED, 'undecodable', named[0]!.body['hash']]) // prettier-ignore

    const verified = await evenkeel(['verify', '--config', config])
    assert.equal(verified.code, 0, verified.stdout)

    // An instance that has never died of it, with a state folder of its own, reads the same events from their beginning.
    const heir = await prepare('heir', poisoned)
    const log = await FileLog.open(heir.directory)
    await log.createTopics([{ topic: 'evenkeel.ledger', partitions: 1, replicationFactor: 1, config: {} }])
    await log.append('evenkeel.ledger', (await read(directory, 'evenkeel.ledger')).map(({ key, value }) => ({ key: key!.toString(), value }))) // prettier-ignore
    await log.close()
    await finish(heir.config, env)
    assert.deepEqual(await panesOf(heir.directory), panes)
    assert.equal((await read(heir.directory, 'evenkeel.ledger')).filter(({ value }) => value!.includes('record-quarantined')).length, 1) // prettier-ignore
  })
})
