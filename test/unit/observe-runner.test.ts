import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordToAppend } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { machineClock } from '../../src/service/clock.ts'
import { SHOP_TOPIC, shopObserver } from '../support/observe-runner.ts'

/** Slices of a silent stream close by the clock: by then somebody must have looked whether a partition was added. */
it('progress of a silent stream tells of partitions that were added before anybody reads them', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const log = new MemoryLog()
  await log.createTopics([{ topic: SHOP_TOPIC, partitions: 1, replicationFactor: 1, config: {} }])
  const bounds = log.bounds.bind(log)
  let isGrown = false
  log.bounds = async (of) => [...(await bounds(of))!, ...(isGrown ? [{ partition: 1, low: 0, high: 0 }] : [])]
  const told: number[] = []
  const append = async (_: string, [record]: readonly RecordToAppend[]): Promise<void> => {
    told.push((JSON.parse(record!.value!.toString()) as { partitions: number }).partitions)
  }
  let elapsedMs = 0
  const runner = shopObserver({ log, append, clock: { ...machineClock, elapsed: () => elapsedMs } })
  await runner.start('group')
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second++) {
      elapsedMs += 1_000
      t.mock.timers.tick(1_000)
      for (let turn = 0; turn < 5; turn++) await nextTurn()
    }
  }
  await seconds(2)
  isGrown = true
  elapsedMs += 3_600_000
  await seconds(2)
  assert.equal(told.at(0), 1)
  assert.equal(told.at(-1), 2)
  await runner.stop()
  await log.close()
})
