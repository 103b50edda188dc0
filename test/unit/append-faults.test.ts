import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { MonitorError } from '../../src/errors.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { AppendFaults } from '../../src/service/append-faults.ts'
import { machineClock } from '../../src/service/clock.ts'
import { feedFile } from '../../src/service/feed.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { readAll } from '../support/event-topic.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson, shopConfig, shopEvents } from '../support/traffic.ts'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

const full = new MonitorError('EVENKEEL_STATE_IO', 'no space', { retriable: true })

describe('appends that fail', () => {
  function told(): { faults: AppendFaults; lines: string[]; pass: (ms: number) => void } {
    const lines: string[] = []
    let nowMs = 0
    const logger = {
      error: (error: Error, facts: { topic: string }) => void lines.push(`${error.message} (${facts.topic})`),
      recovered: (code: string) => void lines.push(`${code} is over`),
    } as unknown as Logger
    const faults = new AppendFaults(logger, { ...machineClock, elapsed: () => nowMs })
    return { faults, lines, pass: (ms) => void (nowMs += ms) }
  }

  it('are said once for each topic, and that it is over when it is for all', () => {
    const { faults, lines } = told()
    for (const topic of ['panes', 'alerts', 'panes']) faults.failed(topic, full)
    assert.equal(faults.detail, 'EVENKEEL_STATE_IO: no space; EVENKEEL_STATE_IO: no space')
    for (const topic of ['panes', 'slices', 'alerts']) faults.succeeded(topic)
    assert.equal(faults.detail, '')
    const [panes, alerts, ...over] = lines
    assert.deepEqual([panes, alerts], ['panes', 'alerts'].map((topic) => `EVENKEEL_STATE_IO: no space (${topic})`)) // prettier-ignore
    assert.deepEqual(over, ['EVENKEEL_STATE_IO is over'])
  })

  it('are forgotten where nobody tries again', () => {
    const { faults, pass } = told()
    faults.failed('panes', full)
    pass(59_000)
    assert.notEqual(faults.detail, '')
    pass(2_000)
    assert.equal(faults.detail, '')
  })
})

it('a file that is fed while there is no room is fed when there is, and no line of it twice', async () => {
  const folder = temporaryFolder()
  const file = path.join(folder, 'events.ndjson')
  const events = shopEvents({ hours: 1 })
  writeFileSync(file, ndjson(events))
  const log = new MemoryLog()
  await log.createTopics([{ topic: 'shop.events', partitions: 3, replicationFactor: 1, config: {} }])
  const append = log.append.bind(log)
  let attempts = 0
  // The first partition takes its lines, the second has no room for them at first.
  log.append = async (topic, records) => {
    if (++attempts === 2) throw full
    await append(topic, records)
  }
  const config = readConfig(JSON.stringify(shopConfig({}, { log: { directory: folder } })), 'test.yaml', {})
  assert.equal(await feedFile(log, config, config.streams[0]!, file), events.length)
  const fed = (await readAll(log, 'shop.events')).map(({ value }) => (JSON.parse(value!.toString()) as { id: string }).id) // prettier-ignore
  assert.deepEqual(fed.sort(), events.map(({ id }) => id).sort()) // prettier-ignore
})
