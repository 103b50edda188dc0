import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { eventually } from '../contract/log-recorder.ts'
import { shopConfig } from '../support/traffic.ts'

/**
 * Before the service is ready it reads its logs to their end. With a long history that takes minutes, and for ever when the
 * broker dies meanwhile: SIGTERM was heard only after it, and a log that had broken for good not at all.
 */
describe('a service that still reads its history', { timeout: 180_000 }, () => {
  it('stops when it is asked to', async (t) => {
    const { log, history } = await logWithoutEnd(t)
    const asked = new AbortController()
    const starting = start(log, asked.signal)
    await eventually(
      () => history.isRead,
      () => null,
    )
    asked.abort()
    await assert.rejects(starting, { name: 'AbortError' })
    await log.close()
  })

  it('fails when the log fails', async (t) => {
    const { log, history } = await logWithoutEnd(t)
    const starting = start(log)
    await eventually(
      () => history.isRead,
      () => null,
    )
    await log.append('events', [{ key: null, value: 'x' }])
    await log.tail('events', new Map(), () => Promise.reject(new TypeError('broken')))
    await assert.rejects(starting, TypeError)
    await log.close()
  })
})

function start(log: MemoryLog, signal = new AbortController().signal): Promise<unknown> {
  const config = readConfig(JSON.stringify(shopConfig({}, { http: { listen: '127.0.0.1:0' } })), 'test', {})
  const logger = createLogger({ instance: 'test', level: 'silent' })
  return startService(config, { log, logger, memoryView: true, signal })
}

/** A tail of the slices is never caught up. */
async function logWithoutEnd(t: TestContext): Promise<{ log: MemoryLog; history: { isRead: boolean } }> {
  const log = new MemoryLog()
  await log.createTopics(['events', 'shop.events'].map((topic) => ({ topic, partitions: 1, replicationFactor: 1, config: {} }))) // prettier-ignore
  const history = { isRead: false }
  const tail = log.tail.bind(log)
  t.mock.method(log, 'tail', async (...[topic, from, onRecords]: Parameters<typeof tail>) => {
    const real = await tail(topic, from, onRecords)
    if (!topic.endsWith('.slices')) return real
    history.isRead = true
    return { stop: () => real.stop(), caughtUp: new Promise<void>(() => undefined) }
  })
  return { log, history }
}
