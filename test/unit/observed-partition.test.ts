import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import { MonitorError } from '../../src/errors.ts'
import type { Batch, LogRecord } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Observer } from '../../src/observe.ts'
import { kindOf } from '../../src/pane/chunks.ts'
import { NO_SEGMENTS } from '../../src/pane/segments.ts'
import type { SegmentKnowledge } from '../../src/pane/segments.ts'
import { planStream } from '../../src/pane/plan.ts'
import { machineClock } from '../../src/service/clock.ts'
import { ObservedPartition } from '../../src/service/observed-partition.ts'
import { readProgress } from '../../src/slice/progress.ts'
import type { Progress } from '../../src/slice/progress.ts'
import { Telemetry } from '../../src/telemetry/metrics.ts'
import { jsonRecord, PANES, streamConfig, streamsOf } from '../support/streams.ts'

const START_MS = 1_700_000_100_000
const config = streamConfig()
const plan = planStream(config, streamsOf(config))
const decoder = createDecoder(plan, { get: () => undefined }, { recordBytes: 1 << 20 })
const records = Array.from({ length: 300 }, (_, offset): LogRecord =>
  jsonRecord(offset, { ts: START_MS + offset * 60_000, id: `e${offset}`, user: `u${offset}`, model: 'm1', country: 'c0', plan: 'pro', member: true })) // prettier-ignore

function batchFrom(offset: number): Batch {
  return {
    ...{ topic: 't', partition: 0, records: records.slice(offset), end: records.length, lost: 0 },
    ...{ highWatermark: records.length, isStale: () => false, heartbeat: () => Promise.resolve() },
  }
}

async function partitionOf(
  segments: () => SegmentKnowledge,
  now: () => number,
  elapsed = now,
  countPartitions = () => Promise.resolve(1),
) {
  const log = new MemoryLog()
  for (const topic of ['panes', 'quarantine'])
    await log.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }])
  await log.createTopics([{ topic: plan.topic, partitions: 1, replicationFactor: 1, config: {} }])
  await log.append(plan.topic, records.map(({ value }) => ({ key: null, value }))) // prettier-ignore
  const commits: number[] = []
  const partition = new ObservedPartition({
    stream: { group: 'impressions', config, plan, panes: PANES, paneConfigDigest: 'sha256:test', decoder },
    ...{ partition: 0, countPartitions, high: records.length, segments },
    observer: new Observer({ plan, partition: 0, panes: PANES, paneConfigDigest: 'sha256:test', decoder, offset: 0, checkpoint: null }), // prettier-ignore
    publishing: {
      ...{
        log,
        panesTopic: 'panes',
        quarantineTopic: 'quarantine',
        reporter: 'one',
        onParked: () => undefined,
        clock: { ...machineClock, now, elapsed },
      },
      schemas: {
        prepare: () => Promise.resolve('ready'),
        latestSchema: () => Promise.reject(new Error('not asked')),
        lookup: { get: () => undefined },
        close: () => Promise.resolve(),
      },
      telemetry: new Telemetry({ version: 'test' }),
    },
    commit: (offset) => {
      commits.push(offset)
      return Promise.resolve()
    },
  })
  return { partition, commits, log }
}

async function told(log: MemoryLog): Promise<Progress[]> {
  const found: Progress[] = []
  const tail = await log.tail('panes', new Map(), async (all) => {
    for (const record of all) if (kindOf(record) === 'progress') found.push(readProgress(record)!)
  })
  await tail.caughtUp
  await tail.stop()
  return found
}

describe('an observed partition whose machine’s clock is set', () => {
  it('forward: nobody has fallen silent for that, and its panes stay open', async () => {
    let [nowMs, elapsedMs] = [START_MS, 7]
    const { partition, log } = await partitionOf(() => NO_SEGMENTS, () => nowMs, () => elapsedMs) // prettier-ignore
    await partition.read(batchFrom(0))
    const before = (await log.bounds('panes'))![0]!.high
    nowMs += 10 * PANES.idleMs
    elapsedMs += 1_000
    await partition.tick()
    assert.equal((await log.bounds('panes'))![0]!.high, before + 1, 'progress, and no pane')
    assert.equal((await told(log)).at(-1)!.silentSinceMs, null)
    await log.close()
  })

  it('back: silence is seen all the same, and told by the clock as it is now', async () => {
    let [nowMs, elapsedMs] = [START_MS, 7]
    const { partition, log } = await partitionOf(() => NO_SEGMENTS, () => nowMs, () => elapsedMs) // prettier-ignore
    await partition.read(batchFrom(0))
    nowMs -= 3_600_000
    elapsedMs += PANES.idleMs + 0.5
    await partition.tick()
    const { nowMs: toldMs, silentSinceMs } = (await told(log)).at(-1)!
    assert.deepEqual([toldMs, toldMs - silentSinceMs!], [nowMs, PANES.idleMs + 1])
    await log.close()
  })
})

describe('an observed partition of a topic that grows', () => {
  it('tells of a partition that was added before it publishes a pane that closed after that', async () => {
    let count = 1
    const { partition, log } = await partitionOf(() => NO_SEGMENTS, () => START_MS, () => 7, () => Promise.resolve(count)) // prettier-ignore
    await partition.tick()
    count = 2
    await partition.read(batchFrom(0))
    const said: string[] = []
    const tail = await log.tail('panes', new Map(), async (all) => {
      for (const record of all)
        said.push(kindOf(record) === 'progress' ? `${readProgress(record)!.partitions}` : 'pane')
    })
    await tail.caughtUp
    await tail.stop()
    assert.deepEqual(said.slice(0, 4), ['1', '2', 'pane', 'pane'])
    await log.close()
  })

  it('publishes nothing while nobody can say how many there are', async () => {
    const unknown = (): Promise<number> => Promise.reject(new MonitorError('EVENKEEL_LOG_UNREACHABLE', 'simulated', { retriable: true })) // prettier-ignore
    const { partition, commits, log } = await partitionOf(() => NO_SEGMENTS, () => START_MS, () => 7, unknown) // prettier-ignore
    await partition.read(batchFrom(0))
    assert.deepEqual([(await log.bounds('panes'))![0]!.high, commits], [0, []])
    await log.close()
  })
})

describe('an observed partition that hears nothing', () => {
  it('looks where the log ends before it takes that for silence', async () => {
    let elapsedMs = 7
    const { partition, log } = await partitionOf(() => NO_SEGMENTS, () => START_MS, () => elapsedMs) // prettier-ignore
    await partition.read(batchFrom(0))
    const panes = async (): Promise<number> => (await log.bounds('panes'))![0]!.high
    const before = await panes()
    // Somebody has written, and the broker that we read from has not given it to us.
    await log.append(plan.topic, [{ key: null, value: '{}' }])
    elapsedMs += 2 * PANES.idleMs
    await partition.tick()
    assert.equal(await panes(), before + 1, 'progress, and no pane')
    assert.equal(partition.lag, 1)
    await log.close()
  })

  it('does not know while the log cannot be asked', async (t) => {
    let elapsedMs = 7
    const { partition, log } = await partitionOf(() => NO_SEGMENTS, () => START_MS, () => elapsedMs) // prettier-ignore
    await partition.read(batchFrom(0))
    const [before] = (await log.bounds('panes'))!
    const asked = t.mock.method(log, 'bounds', () => Promise.reject(new Error('no answer')))
    elapsedMs += 2 * PANES.idleMs
    await assert.rejects(partition.tick(), /no answer/)
    asked.mock.restore()
    assert.equal((await log.bounds('panes'))![0]!.high, before!.high)
    await log.close()
  })
})

describe('an observed partition that is ahead of the record of its segments', () => {
  const fromMs = Math.ceil((START_MS + 2 * 3_600_000) / PANES.lengthMs) * PANES.lengthMs

  it('stops before a pane could open that it might have to count, publishes what is closed, and goes on when it knows', async () => {
    let known: SegmentKnowledge = { ...NO_SEGMENTS, holdFromMs: fromMs }
    const { partition, commits, log } = await partitionOf(() => known, () => 0) // prettier-ignore
    const held = await partition.read(batchFrom(0))
    assert.ok(held.next > 50 && held.next < 130, String(held.next))
    assert.ok(held.pauseMs! > 0)
    assert.equal(partition.lag, records.length - held.next)
    const [panes] = (await log.bounds('panes'))!
    assert.ok(panes!.high > 5, 'its closed panes are out')

    assert.deepEqual(await partition.read(batchFrom(held.next)), { next: held.next, pauseMs: held.pauseMs })
    known = { ...NO_SEGMENTS, plan: { fromMs, fields: [{ at: 1, values: ['c0'] }] } }
    assert.deepEqual(await partition.read(batchFrom(held.next)), { next: records.length })
    assert.equal(partition.lag, 0)
    assert.ok(commits.every((offset, at) => at === 0 || offset > commits[at - 1]!))
    await log.close()
  })

  it('does not take being held for silence', async () => {
    let nowMs = 0
    const held = { ...NO_SEGMENTS, holdFromMs: fromMs }
    const { partition, log } = await partitionOf(() => held, () => nowMs) // prettier-ignore
    await partition.read(batchFrom(0))
    const before = (await log.bounds('panes'))![0]!.high
    nowMs = 2 * PANES.idleMs
    await partition.tick()
    const told: string[] = []
    const tail = await log.tail('panes', new Map([[0, before]]), async (all) => void told.push(...all.map(({ value }) => value!.toString('utf8')))) // prettier-ignore
    await tail.caughtUp
    await tail.stop()
    const progress = JSON.parse(told.at(-1)!) as { caughtUp: boolean; silentSinceMs: number | null }
    assert.deepEqual([progress.caughtUp, progress.silentSinceMs, told.length], [false, null, 1])
    await log.close()
  })
})

describe('an observed partition whose panes nobody takes', () => {
  it('commits nothing until they are acknowledged, keeps them, and publishes each of them once', async (t) => {
    const { partition, commits, log } = await partitionOf(() => NO_SEGMENTS, () => START_MS) // prettier-ignore
    const refused = new MonitorError('EVENKEEL_LOG_UNREACHABLE', 'simulated', { retriable: true })
    const append = t.mock.method(log, 'append', () => Promise.reject(refused))
    const { next, pauseMs } = await partition.read(batchFrom(0))
    assert.equal(next, records.length)
    assert.ok(pauseMs! > 0)
    await assert.rejects(partition.flush(true), refused)
    assert.deepEqual(commits, [])

    append.mock.restore()
    await partition.flush(true)
    assert.equal(commits.length, 1)
    const starts: string[] = []
    const tail = await log.tail('panes', new Map(), async (all) => void starts.push(...all.map(({ headers }) => String(headers['start'])))) // prettier-ignore
    await tail.caughtUp
    await tail.stop()
    assert.ok(starts.length > 50)
    assert.deepEqual(starts, [...new Set(starts)])
    await log.close()
  })
})

describe('an observed partition that is taken away while its panes are on their way', () => {
  it('says nothing any more of how far it is closed: who hears that would take them for empty', async (t) => {
    const { partition, commits, log } = await partitionOf(() => NO_SEGMENTS, () => START_MS) // prettier-ignore
    const refused = new MonitorError('EVENKEEL_LOG_UNREACHABLE', 'simulated', { retriable: true })
    const refusing = t.mock.method(log, 'append', () => Promise.reject(refused))
    await partition.read(batchFrom(0))
    refusing.mock.restore()
    const append = log.append.bind(log)
    t.mock.method(log, 'append', (...args: Parameters<MemoryLog['append']>) => {
      partition.abandon()
      return append(...args)
    })
    await partition.tick()
    const closed = (await told(log)).filter(({ closedThroughMs }) => closedThroughMs !== null)
    assert.deepEqual([closed, commits], [[], []])
    await log.close()
  })
})
