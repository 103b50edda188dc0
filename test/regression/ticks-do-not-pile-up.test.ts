import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MonitorError } from '../../src/errors.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { machineClock } from '../../src/service/clock.ts'
import { SHOP_TOPIC, shopObserver } from '../support/observe-runner.ts'

/** An hour without a broker left an hour of ticks, one for each second, each with an append that takes half a minute to fail. */
it('while the log does not answer one tick waits for it, not one for every second', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const log = new MemoryLog()
  await log.createTopics([{ topic: SHOP_TOPIC, partitions: 1, replicationFactor: 1, config: {} }])
  const outages: { reject(error: Error): void }[] = []
  const append = (): Promise<void> => {
    const outage = Promise.withResolvers<void>()
    outages.push(outage)
    return outage.promise
  }
  const runner = shopObserver({ log, append, clock: machineClock })
  await runner.start('group')
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second++) {
      t.mock.timers.tick(1_000)
      for (let turn = 0; turn < 3; turn++) await nextTurn()
    }
  }
  await seconds(60)
  assert.equal(outages.length, 1)
  outages[0]!.reject(new MonitorError('EVENKEEL_LOG_UNREACHABLE', 'no answer', { retriable: true }))
  for (let turn = 0; turn < 10; turn++) await nextTurn()
  assert.equal(outages.length, 1, 'what it failed at is tried again at the next tick')
  await seconds(1)
  assert.equal(outages.length, 2)
  outages[1]!.reject(new MonitorError('EVENKEEL_LOG_UNREACHABLE', 'no answer', { retriable: true }))
  await runner.stop()
  await log.close()
})
