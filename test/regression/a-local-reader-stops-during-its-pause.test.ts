import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MonitorError } from '../../src/errors.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Recorder, eventually, numbered } from '../contract/log-recorder.ts'

const later = () => new MonitorError('EVENKEEL_STATE_IO', 'the disk is full', { retriable: true })

/** After some failures the pause before the next try is half a minute, and the stop waited for its end. Here it is hours long. */
it('a tail that is stopped during its pause stops, and tries no more', { timeout: 120_000 }, async (t) => {
  t.mock.method(Math, 'random', () => 1e6)
  const log = new MemoryLog()
  await log.createTopics([{ topic: 'events', partitions: 1, replicationFactor: 1, config: {} }])
  await log.append('events', numbered(1))
  let tries = 0
  const tail = await log.tail('events', new Map(), async () => {
    tries++
    throw later()
  })
  await eventually(
    () => tries === 1,
    () => tries,
  )
  await tail.stop()
  assert.equal(tries, 1)
  await log.close()
})

it(
  'a member that leaves while it cannot take its partitions over does not keep the others from theirs',
  { timeout: 120_000 },
  async (t) => {
    const log = new MemoryLog()
    await log.createTopics([{ topic: 'events', partitions: 1, replicationFactor: 1, config: {} }])
    await log.append('events', numbered(1))
    let tries = 0
    t.mock.method(Math, 'random', () => 1e6)
    const failing = await log.consume('group', ['events'], {
      batch: () => assert.fail('it has none'),
      async assigned() {
        tries++
        throw later()
      },
    })
    await eventually(
      () => tries === 1,
      () => tries,
    )
    const recorder = new Recorder()
    await log.consume('group', ['events'], recorder)
    await failing.stop()
    await eventually(
      () => recorder.records.length === 1,
      () => recorder.generations,
    )
    assert.equal(tries, 1)
    await log.close()
  },
)
