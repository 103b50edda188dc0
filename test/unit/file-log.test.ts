import fc from 'fast-check'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFile, copyFile, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { FilePartition } from '../../src/log/file-partition.ts'
import { FileLog } from '../../src/log/file.ts'
import type { RecordToStore } from '../../src/log/local-store.ts'
import { openLog } from '../../src/log/open.ts'

let root: string
before(async () => void (root = await mkdtemp(join(tmpdir(), 'evenkeel-file-log-'))))
after(() => rm(root, { recursive: true }))
const place = () => join(root, randomUUID())

const record = (value: string, timestampMs = 0): RecordToStore => ({ timestampMs, key: null, value: Buffer.from(value), headers: {} }) // prettier-ignore
const ALL = { records: Infinity, bytes: Infinity }

async function reopened(path: string): Promise<{ values: string[]; high: number; tornBytes: number }> {
  const partition = await FilePartition.open('t', 0, path)
  const { records } = await partition.read(0, ALL)
  await partition.close()
  return { values: records.map(({ value }) => String(value)), high: partition.high, tornBytes: partition.tornBytes }
}

describe('a partition in a file', () => {
  it('is cut back to its last whole record, wherever a crash tore it, and goes on from there', async () => {
    const path = place()
    const partition = await FilePartition.open('t', 0, path)
    await partition.append([record('first')])
    const { size: intact } = await stat(path)
    await partition.append([record('second, torn')])
    await partition.close()
    const { size } = await stat(path)
    for (let length = intact; length < size; length++) {
      const torn = place()
      await copyFile(path, torn)
      await truncate(torn, length)
      assert.deepEqual(await reopened(torn), { values: ['first'], high: 1, tornBytes: length - intact })
      const again = await FilePartition.open('t', 0, torn)
      assert.equal(again.tornBytes, 0)
      await again.append([record('third')])
      await again.close()
      assert.deepEqual((await reopened(torn)).values, ['first', 'third'])
    }
  })

  it('takes zeros behind the last record, and a last record with a wrong checksum, for a torn end', async () => {
    const path = place()
    const partition = await FilePartition.open('t', 0, path)
    await partition.append([record('first')])
    await partition.close()
    const { size } = await stat(path)
    await appendFile(path, Buffer.alloc(5000))
    assert.deepEqual(await reopened(path), { values: ['first'], high: 1, tornBytes: 5000 })
    const bytes = await readFile(path)
    bytes[size - 3]! ^= 1
    await writeFile(path, bytes)
    assert.equal((await reopened(path)).high, 0)
  })

  it('is not opened when it is damaged before its end: those records had been acknowledged', async () => {
    const path = place()
    const partition = await FilePartition.open('t', 0, path)
    await partition.append([record('first'), record('second'), record('third')])
    await partition.close()
    const bytes = await readFile(path)
    bytes[60]! ^= 1
    await writeFile(path, bytes)
    await assert.rejects(FilePartition.open('t', 0, path), { code: 'EVENKEEL_STATE_IO', retriable: false })
    assert.deepEqual(await readFile(path), bytes, 'nothing was cut off')
    const other = place()
    await writeFile(other, 'something else entirely')
    await assert.rejects(FilePartition.open('t', 0, other), /is not a log file/)
  })

  it('reads from any offset and finds any time, across marks and reads, before and after opening again', async () => {
    const path = place()
    const values = Array.from({ length: 400 }, (_, i) => `${i} ${'x'.repeat((i * 7919) % 20_000)}`)
    values[200] = `200 ${'y'.repeat(3 << 20)}` // larger than one read
    const partition = await FilePartition.open('t', 0, path)
    for (let i = 0; i < values.length; i += 40) {
      await partition.append(values.slice(i, i + 40).map((value, j) => record(value, 1000 + (i + j) * 10)))
    }
    const check = async (opened: FilePartition) => {
      for (const from of [0, 1, 63, 199, 200, 201, 398, 399, 400]) {
        const { records, end } = await opened.read(from, { records: 3, bytes: Infinity })
        assert.deepEqual(records.map(({ value }) => String(value)), values.slice(from, from + 3)) // prettier-ignore
        assert.equal(end, Math.min(400, from + 3))
        const { records: one } = await opened.read(from, { records: 5, bytes: 1 })
        assert.equal(one.length, from < 400 ? 1 : 0, 'a record larger than the limit still comes')
        assert.equal(await opened.offsetAt(1000 + from * 10), from)
        assert.equal(await opened.offsetAt(1000 + from * 10 - 9), from)
      }
    }
    await check(partition)
    await partition.close()
    const again = await FilePartition.open('t', 0, path)
    await check(again)
    await again.close()
  })

  it('finds the first offset at a time even when times are out of order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 }), fc.integer({ min: 0, max: 21 }), async (timesMs, wantedMs) => {
        const partition = await FilePartition.open('t', 0, place())
        await partition.append(timesMs.map((timeMs) => record('z'.repeat(20_000), timeMs)))
        const naive = timesMs.findIndex((timeMs) => timeMs >= wantedMs)
        assert.equal(await partition.offsetAt(wantedMs), naive < 0 ? timesMs.length : naive)
        await partition.close()
      }), // prettier-ignore
      { verbose: 1, numRuns: 15 },
    )
  })
})

describe('a directory of logs', () => {
  const spec = { topic: 'evenkeel.panes', partitions: 2, replicationFactor: 1, config: { 'retention.ms': '1' } }
  const config = (directory: string) => ({ kafka: null, log: { directory } })

  it('keeps topics, records and commits over a restart, and tells of a torn end', async () => {
    const directory = place()
    const log = await FileLog.open(directory)
    await log.createTopics([spec])
    await log.append(spec.topic, [{ key: 'k', value: 'v', partition: 1 }])
    const assigned = Promise.withResolvers<void>()
    const consumer = await log.consume('a/group', [spec.topic], {
      assigned: async (assignments) => (assigned.resolve(), assignments.map((place) => ({ ...place, offset: 0 }))),
      batch: async ({ end }) => ({ next: end }),
    })
    await assigned.promise
    await consumer.commit([{ topic: spec.topic, partition: 1, offset: 1, metadata: 'closed' }])
    await log.close()
    await appendFile(join(directory, 'topics', spec.topic, '1.log'), 'torn')

    const problems: string[] = []
    const again = await openLog(config(directory), {
      onProblem: ({ kind, message }) => problems.push(`${kind}: ${message}`),
    })
    assert.deepEqual(problems, ['torn: evenkeel.panes[1]: an interrupted append of 4 bytes was cut off'])
    assert.deepEqual((await again.bounds(spec.topic))!.map(({ high }) => high), [0, 1]) // prettier-ignore
    const seen = Promise.withResolvers<unknown>()
    await again.consume('a/group', [spec.topic], {
      assigned: async (assignments) => (seen.resolve(assignments[1]!.committed), assignments.map((place) => ({ ...place, offset: 0 }))), // prettier-ignore
      batch: async ({ end }) => ({ next: end }),
    })
    assert.deepEqual(await seen.promise, { offset: 1, metadata: 'closed' })
    await again.close()
  })

  it('is for one process at a time', async () => {
    const directory = place()
    const log = await FileLog.open(directory)
    await assert.rejects(FileLog.open(directory), {
      code: 'EVENKEEL_STATE_IO',
      message: new RegExp(`process ${process.pid}`),
    })
    await log.close()
    await (await FileLog.open(directory)).close()
  })

  it('takes over the lock of a process that is gone, of an earlier one with our number, and a half-written one', async () => {
    const directory = place()
    await (await FileLog.open(directory)).close()
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    for (const pid of [gone, process.pid]) {
      await writeFile(join(directory, 'lock'), JSON.stringify({ pid, host: hostname(), token: 'old' }))
      await (await FileLog.open(directory)).close()
    }
    await writeFile(join(directory, 'lock'), '{"pid":')
    await utimes(join(directory, 'lock'), new Date(), new Date(Date.now() + 60_000)) // however long we need from here
    await assert.rejects(FileLog.open(directory), { code: 'EVENKEEL_STATE_IO' }, 'somebody may be writing it')
    await utimes(join(directory, 'lock'), new Date(), new Date(Date.now() - 3_000))
    await (await FileLog.open(directory)).close()
  })

  it('believes a living process, and another host until its lock is no longer refreshed', async () => {
    const directory = place()
    await (await FileLog.open(directory)).close()
    const lock = join(directory, 'lock')
    await writeFile(lock, JSON.stringify({ pid: process.ppid, host: hostname(), token: 'theirs' }))
    await assert.rejects(FileLog.open(directory), { code: 'EVENKEEL_STATE_IO' })
    await writeFile(lock, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'theirs' }))
    await utimes(lock, new Date(), new Date(Date.now() + 60_000)) // as above
    await assert.rejects(FileLog.open(directory), /in use by process 1 on elsewhere/)
    await utimes(lock, new Date(), new Date(Date.now() - 60_000))
    await (await FileLog.open(directory)).close()
  })

  it('refuses names that are no topic names', async () => {
    const log = await FileLog.open(place())
    for (const topic of ['..', '.', 'a/b', '', 'x'.repeat(250)]) {
      await assert.rejects(log.createTopics([{ ...spec, topic }]), { code: 'EVENKEEL_LOG_FAILED' })
    }
    await log.close()
  })
})
