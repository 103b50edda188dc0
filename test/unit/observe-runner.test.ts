import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readConfig } from '../../src/config/load.ts'
import type { RecordToAppend } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { NO_SEGMENTS } from '../../src/pane/segments.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { machineClock } from '../../src/service/clock.ts'
import { observedStreams } from '../../src/service/groups.ts'
import { ObserveRunner } from '../../src/service/observe-runner.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import { shopConfig } from '../support/traffic.ts'

/** A Kafka consumer hears of new partitions once a minute; slices of that minute must wait for them all the same. */
it('progress tells of partitions that were added before anybody reads them', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const config = readConfig(JSON.stringify(shopConfig()), 'test', {})
  const { topic } = config.streams[0]!
  const log = new MemoryLog()
  await log.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }])
  const bounds = log.bounds.bind(log)
  let isGrown = false
  log.bounds = async (of) => [...(await bounds(of))!, ...(isGrown ? [{ partition: 1, low: 0, high: 0 }] : [])]
  const schemas = openRegistry(null)
  const told: number[] = []
  const append = async (_: string, [record]: readonly RecordToAppend[]): Promise<void> => {
    told.push((JSON.parse(record!.value!.toString()) as { partitions: number }).partitions)
  }
  let elapsedMs = 0
  const runner = new ObserveRunner({
    log,
    logger: { error: () => undefined } as never,
    streams: observedStreams(config, schemas),
    segmentsOf: () => NO_SEGMENTS,
    isWatched: () => false,
    publishing: {
      log: { append } as never,
      ...{ schemas, telemetry: new Telemetry({ version: 'test' }), panesTopic: 'panes', quarantineTopic: 'quarantine' },
      ...{ reporter: 'one', onParked: () => undefined, clock: { ...machineClock, elapsed: () => elapsedMs } },
    },
  })
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
  await seconds(12)
  assert.equal(told.at(0), 1)
  assert.equal(told.at(-1), 2)
  await runner.stop()
  await log.close()
})
