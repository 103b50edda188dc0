import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MemoryLog } from '../../src/log/memory.ts'
import { machineClock } from '../../src/service/clock.ts'
import { Follower } from '../../src/service/follower.ts'

/** What waited for a record that nobody read any more waited for ever, and the stop of the service with it: for its deadline. */
it(
  'whoever waits for logs to be read hears when they are followed no longer, and the stop does not wait for him',
  { timeout: 120_000 },
  async (t) => {
    const log = new MemoryLog()
    for (const topic of ['ledger', 'slices', 'alerts']) {
      await log.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }])
    }
    // The ledger has a record more than it gives: its reader never gets that far.
    const bounds = log.bounds.bind(log)
    t.mock.method(log, 'bounds', (topic: string) =>
      topic === 'ledger' ? Promise.resolve([{ partition: 0, low: 0, high: 1 }]) : bounds(topic),
    )
    const topics = { ledger: 'ledger', slices: 'slices', alerts: 'alerts' }
    const logger = { warn: () => undefined, error: assert.fail }
    const telemetry = { errorCounted: () => undefined }
    const follower = new Follower({
      log,
      topics,
      groups: [],
      logger,
      telemetry,
      clock: machineClock,
      onJudged: () => undefined,
    } as never)
    await follower.start()
    const waiting = follower.readToEnd('ledger')
    waiting.catch(() => undefined)
    // The slices wait for the ledger.
    await log.append('slices', [{ key: 'k', value: 'no slice' }])
    for (let turn = 0; turn < 5; turn++) await nextTurn()

    await follower.stop()
    await assert.rejects(waiting, { code: 'EVENKEEL_LOG_FAILED', retriable: true })
    await assert.rejects(
      follower.until(() => false),
      { code: 'EVENKEEL_LOG_FAILED' },
    )
    await log.close()
  },
)
