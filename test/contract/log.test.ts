import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../../src/errors.ts'
import type { Log, LogRecord } from '../../src/log/log.ts'
import { partitionFor } from '../../src/log/murmur2.ts'
import { fileMaker, kafkaMaker, memoryMaker, type Maker, type World } from './log-makers.ts'
import { eventually, numbered, Recorder, WITHIN_MS } from './log-recorder.ts'

/** One contract, three makers (src/log/log.ts). A new maker adds one line. */
const makers = [
  { name: 'memory', make: memoryMaker, hasWorld: true },
  { name: 'file', make: fileMaker, hasWorld: false },
  { name: 'kafka', make: kafkaMaker, hasWorld: true },
]

for (const { name, make, hasWorld } of makers) {
  describe(`the ${name} log`, { timeout: 900_000 }, () => {
    let maker: Maker | null
    let log: Log
    let serial = 0
    const logs: Log[] = []
    const run = Math.floor(Math.random() * 1e9).toString(36) // the broker may be shared with other files' tests

    before(async () => {
      maker = await make()
      if (maker !== null) log = await another()
    })
    after(async () => {
      await Promise.all(logs.map((open) => open.close()))
      await maker?.close()
    })

    const another = async () => {
      const open = await maker!.open()
      logs.push(open)
      return open
    }
    const topicOf = async (partitions: number) => {
      const topic = `contract-${run}-${serial++}`
      await log.createTopics([{ topic, partitions, replicationFactor: 1, config: {} }])
      return topic
    }
    const check = (title: string, body: () => Promise<void>) =>
      it(title, { timeout: 180_000 }, async (t) => (maker === null ? t.skip('no broker on this machine') : body()))
    /** What only an operator can do to a log; nobody can to files that are locked. */
    const checkWorld = (title: string, body: (world: World) => Promise<void>) => {
      if (hasWorld) check(title, () => body(maker!.world!))
    }

    check('says that a topic does not exist, in every question about it', async () => {
      const missing = { code: 'EVENKEEL_TOPIC_MISSING', retriable: false }
      assert.equal(await log.bounds('nowhere'), null)
      await assert.rejects(log.consume('g', ['nowhere'], new Recorder()), missing)
      await assert.rejects(
        log.tail('nowhere', new Map(), async () => undefined),
        missing,
      )
      await assert.rejects(log.offsetsAt('nowhere', 0), missing)
    })

    check('creates topics once and leaves one that exists as it is', async () => {
      const topic = await topicOf(12)
      await log.append(topic, numbered(3))
      await log.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }])
      const bounds = await log.bounds(topic)
      assert.deepEqual(bounds!.map(({ partition }) => partition), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) // prettier-ignore
      assert.deepEqual(bounds![0], { partition: 0, low: 0, high: 3 })
    })

    check('gives records back whole: key, tombstone, empty value, bytes, headers', async () => {
      const topic = await topicOf(1)
      const bytes = Buffer.from([0, 255, 1, 254])
      await log.append(topic, [
        { key: 'k', value: null },
        { key: null, value: '' },
        { key: 'ü', value: bytes, headers: { text: 'a', bytes, __proto__x: 'b' } },
      ])
      bytes.fill(7) // what was appended is the log's own
      const seen: LogRecord[] = []
      const tail = await log.tail(topic, new Map(), async (records) => void seen.push(...records))
      await tail.caughtUp
      assert.deepEqual(seen.map(({ key, value }) => [key?.toString() ?? null, value?.toString('latin1') ?? null]), [
        ['k', null],
        [null, ''],
        ['ü', '\x00\xff\x01\xfe'],
      ]) // prettier-ignore
      assert.deepEqual(seen.map(({ offset, partition }) => [partition, offset]), [[0, 0], [0, 1], [0, 2]]) // prettier-ignore
      assert.deepEqual(Object.keys(seen[2]!.headers), ['text', 'bytes', '__proto__x'])
      assert.equal(String(seen[2]!.headers['text']), 'a')
      assert.ok(seen.every(({ timestampMs }) => Math.abs(timestampMs - Date.now()) < 60_000))
      await tail.stop()
    })

    check('deals keys to partitions as Kafka does, and records without key to partition 0', async () => {
      const topic = await topicOf(5)
      const keys = Array.from({ length: 40 }, (_, i) => `unit-${i}-é`)
      await log.append(topic, [...keys.map((key) => ({ key, value: key })), { key: null, value: 'no key' }])
      const seen: LogRecord[] = []
      const tail = await log.tail(topic, new Map(), async (records) => void seen.push(...records))
      await tail.caughtUp
      assert.equal(seen.length, 41)
      for (const { key, partition } of seen) assert.equal(partition, key === null ? 0 : partitionFor(String(key), 5))
      await tail.stop()
    })

    check('finds the first offset at or after a time, and the end when there is none', async () => {
      const topic = await topicOf(2)
      await log.append(topic, numbered(3))
      const betweenMs = Date.now() + 2
      await sleep(10)
      await log.append(topic, numbered(3))
      assert.deepEqual(await log.offsetsAt(topic, 0), [
        { partition: 0, offset: 0 },
        { partition: 1, offset: 0 },
      ])
      assert.equal((await log.offsetsAt(topic, betweenMs))[0]!.offset, 3)
      assert.equal((await log.offsetsAt(topic, Date.now() + 60_000))[0]!.offset, 6)
    })

    check('tells a new group its partitions, no commit and the bounds, and starts where it says', async () => {
      const topic = await topicOf(2)
      await log.append(topic, numbered(10))
      const recorder = new Recorder()
      recorder.start = ({ partition }) => (partition === 0 ? 7 : 0)
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.records.length === 3,
        () => recorder.values(),
      )
      assert.deepEqual(recorder.generations[0], [
        { topic, partition: 0, committed: null, low: 0, high: 10 },
        { topic, partition: 1, committed: null, low: 0, high: 0 },
      ])
      assert.deepEqual(recorder.values(), ['v7', 'v8', 'v9'])
      assert.deepEqual([recorder.batches[0]!.end, recorder.batches[0]!.highWatermark], [10, 10])
      await consumer.stop()
    })

    check('resumes from the commit and gives its metadata back', async () => {
      const topic = await topicOf(1)
      await log.append(topic, numbered(5))
      const metadata = JSON.stringify({ closedThrough: 12, note: 'ü'.repeat(1900) }) // 3.8 KB
      const first = new Recorder()
      const group = `g-${topic}`
      const consumer = await log.consume(group, [topic], first)
      await eventually(
        () => first.records.length === 5,
        () => first.values(),
      )
      await consumer.commit([{ topic, partition: 0, offset: 2, metadata }])
      await consumer.stop()
      const second = new Recorder()
      const again = await (await another()).consume(group, [topic], second)
      await eventually(
        () => second.records.length === 3,
        () => second.values(),
      )
      assert.deepEqual(second.generations[0]![0]!.committed, { offset: 2, metadata })
      assert.deepEqual(second.values(), ['v2', 'v3', 'v4'])
      await again.stop()
    })

    check('refuses a commit with more than 4,096 bytes of metadata, and a commit after stop', async () => {
      const topic = await topicOf(1)
      const recorder = new Recorder()
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.generations.length === 1,
        () => null,
      )
      const commit = { topic, partition: 0, offset: 0, metadata: 'x'.repeat(4097) }
      await assert.rejects(consumer.commit([commit]), { code: 'EVENKEEL_LOG_FAILED', retriable: false })
      await consumer.commit([{ ...commit, metadata: '' }])
      await consumer.stop()
      await assert.rejects(consumer.commit([{ ...commit, metadata: '' }]), { code: 'EVENKEEL_LOG_FAILED' })
    })

    check('commits from inside `assigned`, before the first batch', async () => {
      const topic = await topicOf(1)
      await log.append(topic, numbered(4))
      const recorder = new Recorder()
      const group = `g-${topic}`
      const committed = Promise.withResolvers<void>()
      const starting = log.consume(group, [topic], {
        batch: (batch) => recorder.batch(batch),
        async assigned(assignments) {
          await (await starting).commit([{ topic, partition: 0, offset: 4, metadata: 'latest' }])
          committed.resolve()
          return assignments.map((assignment) => ({ ...assignment, offset: 4 }))
        },
      })
      await committed.promise
      await (await starting).stop()
      const second = new Recorder()
      const consumer = await log.consume(group, [topic], second)
      await eventually(
        () => second.generations.length === 1,
        () => null,
      )
      assert.deepEqual(second.generations[0]![0]!.committed, { offset: 4, metadata: 'latest' })
      await consumer.stop()
    })

    check('delivers again what the handler did not take', async () => {
      const topic = await topicOf(1)
      await log.append(topic, numbered(10))
      const recorder = new Recorder()
      recorder.onBatch = ({ records }) => ({ next: records[0]!.offset + Math.min(3, records.length) })
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.records.length === 10,
        () => recorder.values(),
      )
      assert.deepEqual(recorder.values(), ['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9'])
      await consumer.stop()
    })

    check('parks a partition while others go on', async () => {
      const topic = await topicOf(2)
      await log.append(topic, [...numbered(2), { key: null, value: 'other', partition: 1 }])
      const recorder = new Recorder()
      // Longer than any machine needs for what follows: it does not come back here.
      const pauseMs = 3_600_000
      recorder.onBatch = ({ partition, records, end }) =>
        partition === 1 ? { next: end } : { next: records[0]!.offset, pauseMs }
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      const parked = () => recorder.batches.filter(({ partition }) => partition === 0).length
      await eventually(
        () => parked() > 0,
        () => recorder.values(),
      )
      await log.append(topic, [{ key: null, value: 'while parked', partition: 1 }])
      await eventually(
        () => recorder.values(1).length === 2,
        () => recorder.values(),
      )
      assert.equal(parked(), 1)
      assert.equal(recorder.generations.length, 1)
      await consumer.stop()
    })

    check('fetches a parked partition again, and not before pauseMs are over', async () => {
      const topic = await topicOf(1)
      await log.append(topic, numbered(2))
      const recorder = new Recorder()
      const timesMs: number[] = []
      const pauseMs = 600
      recorder.onBatch = ({ records, end }) => {
        timesMs.push(performance.now())
        return timesMs.length === 1 ? { next: records[0]!.offset, pauseMs } : { next: end }
      }
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.records.length === 2,
        () => recorder.values(),
      )
      assert.ok(timesMs[1]! - timesMs[0]! >= pauseMs - 50, `came back after ${timesMs[1]! - timesMs[0]!} ms`)
      assert.deepEqual([timesMs.length, recorder.generations.length], [2, 1])
      await consumer.stop()
    })

    check('brings the same records again after a retriable error, and no other partition starts over', async () => {
      const topic = await topicOf(2)
      await log.append(topic, [...numbered(2), { key: null, value: 'other', partition: 1 }])
      const recorder = new Recorder()
      let failures = 0
      recorder.onBatch = ({ partition, end }) => {
        if (partition === 0 && failures++ < 2)
          throw new MonitorError('EVENKEEL_LOG_FAILED', 'later', { retriable: true })
        return { next: end }
      }
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.records.length === 3,
        () => recorder.values(),
      )
      assert.deepEqual([recorder.values(0), recorder.values(1)], [['v0', 'v1'], ['other']])
      assert.equal(recorder.generations.length, 1)
      assert.equal(recorder.batches.filter(({ partition }) => partition === 1).length, 1)
      await consumer.stop()
    })

    check('stops all delivery and rejects `failed` when the handler breaks', async () => {
      const topic = await topicOf(1)
      const own = await another()
      await own.append(topic, numbered(1))
      const recorder = new Recorder()
      recorder.onBatch = () => assert.fail('an impossible state')
      await own.consume(`g-${topic}`, [topic], recorder)
      await assert.rejects(own.failed, /an impossible state/)
      await own.append(topic, numbered(1))
      await sleep(300)
      assert.equal(recorder.batches.length, 1)
    })

    check('shares partitions among members, and moves them with their commits when one leaves', async () => {
      const topic = await topicOf(12)
      const group = `g-${topic}`
      const [one, two] = [new Recorder(), new Recorder()]
      const first = await log.consume(group, [topic], one)
      await eventually(
        () => one.assignment.length === 12,
        () => one.assignment,
      )
      assert.deepEqual(one.assignment, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 'in numerical order')
      const second = await (await another()).consume(group, [topic], two)
      await eventually(
        () => one.assignment.length === 6 && two.assignment.length === 6,
        () => [one.assignment, two.assignment],
      )
      assert.deepEqual([...one.assignment, ...two.assignment].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) // prettier-ignore
      const moved = one.assignment[0]!
      await log.append(
        topic,
        Array.from({ length: 4 }, (_, i) => ({ key: null, value: `m${i}`, partition: moved })),
      )
      await eventually(
        () => one.values(moved).length === 4,
        () => one.values(),
      )
      assert.equal(two.values(moved).length, 0)
      await first.commit([{ topic, partition: moved, offset: 3, metadata: 'three' }])
      await assert.rejects(second.commit([{ topic, partition: moved, offset: 4, metadata: '' }]), {
        code: 'EVENKEEL_LOG_FAILED',
      })
      await first.stop()
      await eventually(
        () => two.assignment.length === 12,
        () => two.assignment,
      )
      await eventually(
        () => two.values(moved).length === 1,
        () => two.values(),
      )
      assert.deepEqual(two.generations.at(-1)![moved]!.committed, { offset: 3, metadata: 'three' })
      assert.deepEqual(two.values(moved), ['m3'])
      await second.stop()
    })

    check('starts every partition from its commit after a rebalance, retained ones too', async () => {
      const topic = await topicOf(2)
      const group = `g-${topic}`
      await log.append(topic, [0, 1].flatMap((partition) => [1, 2, 3].map((i) => ({ key: null, value: `p${partition}-${i}`, partition })))) // prettier-ignore
      const one = new Recorder()
      const first = await log.consume(group, [topic], one)
      await eventually(
        () => one.records.length === 6,
        () => one.values(),
      )
      for (const partition of [0, 1]) await first.commit([{ topic, partition, offset: 1, metadata: '' }])
      one.records.length = 0
      const two = new Recorder()
      const second = await (await another()).consume(group, [topic], two)
      await eventually(
        () => one.records.length === 2 && two.records.length === 2,
        () => [one.values(), two.values()],
      )
      const kept = one.assignment[0]!
      assert.deepEqual(one.values(), [`p${kept}-2`, `p${kept}-3`])
      assert.deepEqual(two.values(), [`p${1 - kept}-2`, `p${1 - kept}-3`])
      await Promise.all([first.stop(), second.stop()])
    })

    check('makes a running batch stale when its group rebalances, waits for it, and refuses its commit', async () => {
      const topic = await topicOf(2)
      const group = `g-${topic}`
      await log.append(topic, numbered(1))
      const one = new Recorder()
      let commit: Promise<void> | undefined
      let assignedDuringBatch = 0
      one.onBatch = async (batch) => {
        if (one.generations.length > 1) return { next: batch.end }
        while (!batch.isStale()) await batch.heartbeat()
        await sleep(100)
        assignedDuringBatch = one.generations.length
        commit = first.commit([{ topic, partition: 0, offset: 1, metadata: 'zombie' }])
        await commit.catch(() => undefined)
        return { next: batch.end }
      }
      const first = await log.consume(group, [topic], one)
      await eventually(
        () => one.batches.length === 1,
        () => null,
      )
      const two = new Recorder()
      const second = await (await another()).consume(group, [topic], two)
      await eventually(
        () => one.generations.length === 2 && two.generations.length >= 1,
        () => [one.assignment, two.assignment],
      )
      assert.equal(assignedDuringBatch, 1, '`assigned` waits for the running batch')
      await assert.rejects(commit!, { code: 'EVENKEEL_LOG_FAILED', retriable: true })
      await Promise.all([first.stop(), second.stop()])
    })

    check('drops the answer of an `assigned` that a newer rebalance overtook', async () => {
      const topic = await topicOf(2)
      const group = `g-${topic}`
      await log.append(topic, [numbered(1)[0]!, { key: null, value: 'other', partition: 1 }])
      const one = new Recorder()
      const overtaken = Promise.withResolvers<void>()
      let isFirst = true
      const first = await log.consume(group, [topic], {
        batch: (batch) => one.batch(batch),
        async assigned(assignments) {
          const starts = await one.assigned(assignments)
          if (isFirst) {
            isFirst = false
            await overtaken.promise
          }
          return starts
        },
      })
      await eventually(
        () => one.assignment.length === 2,
        () => one.assignment,
      )
      const two = new Recorder()
      const joining = another().then((other) => other.consume(group, [topic], two))
      // Overtaken: one of both partitions is no longer its own.
      const both = [0, 1].map((partition) => ({ topic, partition, offset: 0, metadata: '' }))
      const mayCommit = () => first.commit(both).then(() => true, () => false) // prettier-ignore
      for (const endMs = performance.now() + WITHIN_MS; await mayCommit(); await sleep(20)) {
        assert.ok(performance.now() < endMs, 'the second member never joined')
      }
      assert.equal(one.batches.length, 0)
      overtaken.resolve()
      await eventually(
        () => one.records.length === 1 && two.records.length === 1,
        () => [one.values(), two.values()],
      )
      await sleep(200)
      assert.deepEqual([one.records.length, two.records.length], [1, 1])
      await Promise.all([first.stop(), (await joining).stop()])
    })

    check('delivers nothing after stop', async () => {
      const topic = await topicOf(1)
      const recorder = new Recorder()
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await log.append(topic, numbered(1))
      await eventually(
        () => recorder.records.length === 1,
        () => recorder.values(),
      )
      await consumer.stop()
      await log.append(topic, numbered(1))
      await sleep(150)
      assert.equal(recorder.batches.length, 1)
    })

    checkWorld('counts what vanished below a commit as lost, and goes on behind it', async (world) => {
      const topic = await topicOf(1)
      const group = `g-${topic}`
      await log.append(topic, numbered(10))
      const first = new Recorder()
      const consumer = await log.consume(group, [topic], first)
      await eventually(
        () => first.records.length === 10,
        () => first.values(),
      )
      await consumer.commit([{ topic, partition: 0, offset: 3, metadata: 'kept' }])
      await consumer.stop()
      await world.deleteRecords(topic, 0, 8)
      const second = new Recorder()
      const again = await log.consume(group, [topic], second)
      await eventually(
        () => second.records.length === 2,
        () => second.values(),
      )
      assert.deepEqual(second.generations[0]![0], { topic, partition: 0, committed: { offset: 3, metadata: 'kept' }, low: 8, high: 10 }) // prettier-ignore
      assert.deepEqual([second.lost, second.values()], [5, ['v8', 'v9']])
      await again.stop()
      const third = new Recorder()
      const last = await log.consume(group, [topic], third)
      await eventually(
        () => third.records.length === 2,
        () => third.values(),
      )
      assert.deepEqual(
        third.generations[0]![0]!.committed,
        { offset: 3, metadata: 'kept' },
        'nobody overwrote our commit',
      )
      await last.stop()
    })

    checkWorld(
      'begins again at the start when the topic was created again, and says that records are lost',
      async (world) => {
        const topic = await topicOf(1)
        await log.append(topic, numbered(10))
        const recorder = new Recorder()
        const consumer = await log.consume(`g-${topic}`, [topic], recorder)
        await eventually(
          () => recorder.records.length === 10,
          () => recorder.values(),
        )
        await consumer.commit([{ topic, partition: 0, offset: 10, metadata: '' }])
        await world.recreateTopic(topic, 1)
        recorder.start = () => 10 // a handler that trusts its old commit
        await log.append(topic, numbered(2, 'new'))
        await eventually(
          () => recorder.records.length === 12,
          () => recorder.values(),
        )
        assert.deepEqual(recorder.values().slice(10), ['new0', 'new1'])
        assert.ok(recorder.lost >= 1)
        await consumer.stop()
      },
    )

    checkWorld('finds partitions that were added, and starts them from nothing', async (world) => {
      const topic = await topicOf(1)
      const recorder = new Recorder()
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.assignment.length === 1,
        () => recorder.assignment,
      )
      await world.addPartitions(topic, 3)
      await eventually(
        () => recorder.assignment.length === 3,
        () => recorder.assignment,
      )
      assert.deepEqual(recorder.generations.at(-1)![2], { topic, partition: 2, committed: null, low: 0, high: 0 })
      await (await another()).append(topic, [{ key: null, value: 'in the new one', partition: 2 }])
      await eventually(
        () => recorder.values(2).length === 1,
        () => recorder.values(),
      )
      await consumer.stop()
    })

    checkWorld('moves a position behind an offset without a record, and a tail is caught up there', async (world) => {
      const topic = await topicOf(1)
      await log.append(topic, numbered(2))
      await world.addGap(topic, 0)
      // The broker writes the marker after it has answered.
      let end = 2
      for (const untilMs = performance.now() + WITHIN_MS; end === 2; await sleep(20)) {
        assert.ok(performance.now() < untilMs, 'the marker never came')
        end = (await log.bounds(topic))![0]!.high
      }
      const recorder = new Recorder()
      const consumer = await log.consume(`g-${topic}`, [topic], recorder)
      await eventually(
        () => recorder.batches.at(-1)?.end === end,
        () => recorder.batches.at(-1)?.end,
      )
      const tail = await log.tail(topic, new Map([[0, 2]]), () => assert.fail('there is no record'))
      await tail.caughtUp
      await log.append(topic, numbered(1, 'after'))
      await eventually(
        () => recorder.records.length === 3,
        () => recorder.values(),
      )
      assert.deepEqual([recorder.values(), recorder.lost], [['v0', 'v1', 'after0'], 0])
      await Promise.all([consumer.stop(), tail.stop()])
    })

    check('tails from the given offsets, catches up, goes on with what comes, and stops', async () => {
      const topic = await topicOf(3)
      const records = [0, 1, 2].flatMap((partition) => [0, 1, 2, 3].map((i) => ({ key: null, value: `p${partition}-${i}`, partition }))) // prettier-ignore
      await log.append(topic, records)
      const seen: string[] = []
      const tail = await log.tail(topic, new Map([[1, 2]]), async (batch) => void seen.push(...batch.map(({ value }) => String(value)))) // prettier-ignore
      await tail.caughtUp
      assert.deepEqual(seen.toSorted(), records.map(({ value }) => value).filter((value) => !['p1-0', 'p1-1'].includes(value))) // prettier-ignore
      await log.append(topic, [{ key: null, value: 'later', partition: 2 }])
      await eventually(
        () => seen.at(-1) === 'later',
        () => seen,
      )
      await tail.stop()
      await log.append(topic, [{ key: null, value: 'too late', partition: 2 }])
      await sleep(100)
      assert.equal(seen.at(-1), 'later')
    })

    check(
      'brings a tail the same records again while its reader fails for now, and fails for good when it breaks',
      async () => {
        const topic = await topicOf(1)
        const own = await another()
        await own.append(topic, numbered(3))
        const seen: string[] = []
        let failures = 0
        const tail = await own.tail(topic, new Map(), async (records) => {
          if (failures++ < 2) throw new MonitorError('EVENKEEL_STATE_IO', 'the disk is full', { retriable: true })
          seen.push(...records.map(({ value }) => String(value)))
          if (seen.length > 3) throw new TypeError('broken')
        })
        await tail.caughtUp
        assert.deepEqual([seen, failures], [['v0', 'v1', 'v2'], 3])
        await own.append(topic, numbered(1, 'last'))
        await assert.rejects(own.failed, TypeError)
      },
    )

    check('a tail that breaks before it has caught up never will, and says so', async () => {
      const topic = await topicOf(1)
      const own = await another()
      await own.append(topic, numbered(1))
      const tail = await own.tail(topic, new Map(), () => Promise.reject(new TypeError('broken')))
      await assert.rejects(tail.caughtUp, TypeError)
      await assert.rejects(own.failed, TypeError)
    })

    check('a tail of an empty topic is caught up at once; one beyond the end is refused', async () => {
      const topic = await topicOf(2)
      const tail = await log.tail(topic, new Map(), async () => undefined)
      await tail.caughtUp
      await tail.stop()
      await assert.rejects(log.tail(topic, new Map([[1, 5]]), async () => undefined), { code: 'EVENKEEL_LOG_FAILED', retriable: false }) // prettier-ignore
    })

    check('appends to a topic that does not exist are refused', async () => {
      await assert.rejects((await another()).append('nowhere', numbered(1)), { code: 'EVENKEEL_TOPIC_MISSING' })
    })
  })
}
