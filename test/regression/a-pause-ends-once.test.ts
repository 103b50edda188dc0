import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MemoryLog } from '../../src/log/memory.ts'
import { Recorder, eventually, numbered } from '../contract/log-recorder.ts'

/** Seen once in some hundred runs: a parked partition was never read again. */
it('a pause that ends between two looks at the clock is over, not forgotten', async (t) => {
  const log = new MemoryLog()
  await log.createTopics([{ topic: 'events', partitions: 1, replicationFactor: 1, config: {} }])
  await log.append('events', numbered(1))
  const recorder = new Recorder()
  recorder.onBatch = ({ records, end }) =>
    recorder.batches.length === 1 ? { next: records[0]!.offset, pauseMs: 50 } : { next: end }
  let nowMs = 0
  t.mock.method(performance, 'now', () => (nowMs += 30))
  await log.consume('group', ['events'], recorder)
  await eventually(
    () => recorder.records.length === 1,
    () => recorder.batches.length,
  )
  await log.close()
  assert.equal(recorder.batches.length, 2)
})
