import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import type { Admin, GroupDescription } from 'kafkajs'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { realBroker } from '../real/broker.ts'
import { realRegistry } from '../real/registry.ts'
import { caseCut, EVENTS_TOPIC, kafkaConfig, PARTITIONS, produceCase } from '../support/case-on-kafka.ts'
import { eventually } from '../support/metrics.ts'
import { evenkeel } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson } from '../support/traffic.ts'

const [broker, registry] = await Promise.all([realBroker({}), realRegistry()])
const skip = broker === null || registry === null

describe('a baseline of a real topic', { skip, timeout: 300_000 }, () => {
  const folder = temporaryFolder()
  const parts = { bootstrap: broker?.bootstrap ?? '', registryUrl: registry?.url ?? '' }
  const file = (name: string): string => path.join(folder, name)
  const events = caseCut('obd-aa')
  let admin: Admin
  let config: string
  let highs: number[]

  const create = (out: string, ...args: string[]) =>
    evenkeel(['baseline', 'create', '--config', config, '--out', file(out), ...args])
  const read = (name: string): Baseline => JSON.parse(readFileSync(file(name), 'utf8')) as Baseline

  before(async () => {
    admin = new Kafka({ brokers: [parts.bootstrap], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    config = kafkaConfig(folder, 'obd-aa', 'based', parts)
    await produceCase(parts.bootstrap, parts.registryUrl, 'obd-aa', events)
    const offsets = await admin.fetchTopicOffsets(EVENTS_TOPIC)
    highs = offsets.sort((left, right) => left.partition - right.partition).map(({ high }) => Number(high))
    assert.equal(highs.length, PARTITIONS)
  })
  after(async () => {
    await admin?.disconnect()
    await Promise.all([broker?.stop(), registry?.stop()])
  })

  it('has the figures that the same events have as a file', async () => {
    writeFileSync(file('events.ndjson'), ndjson(events))
    const offsets = highs.map((high, partition) => `${partition}:0-${high}`).join(',')
    for (const [out, args] of [
      ['topic.json', ['--offsets', `impressions=${offsets}`]],
      ['file.json', ['--input', file('events.ndjson'), '--partitions', String(PARTITIONS)]],
    ] as const) {
      const { code, stderr, stdout } = await create(out, ...args)
      assert.equal(code, 0, stderr)
      assert.match(stdout, new RegExp(`records {3}impressions: ${events.length.toLocaleString('en')} read: `))
    }
    const [topic, known] = [read('topic.json'), read('file.json')]
    assert.deepEqual(topic.streams, known.streams)
    // Their digests differ: the schema of a record from a topic has another name than that of a line.
    const [seen, expected] = [topic.groups[0]!.slices, known.groups[0]!.slices]
    assert.deepEqual([seen.fromMs, seen.toMs, seen.count], [expected.fromMs, expected.toMs, expected.count])
    assert.deepEqual(topic.groups[0]!.offsets, highs.map((to, partition) => ({ topic: EVENTS_TOPIC, partition, from: 0, to }))) // prettier-ignore
  })

  it('is the same by all that stands there, and by the times that Kafka gave the records', async () => {
    for (const args of [['--topics'], ['--topics', '--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00Z']]) {
      const { code, stderr } = await create('all.json', ...args)
      assert.equal(code, 0, stderr)
      assert.equal(read('all.json').digest, read('topic.json').digest)
    }
  })

  it('reads the offsets that were asked for and no other', async () => {
    const { code, stderr, stdout } = await create('some.json', '--offsets', `1:100-${highs[1]! - 50}`, '--offsets', '2:7-8') // prettier-ignore
    assert.equal(code, 0, stderr)
    assert.match(stdout, new RegExp(`impressions: ${(highs[1]! - 150 + 1).toLocaleString('en')} read: `))
  })

  it('commits nothing, and leaves its groups', async () => {
    const { groups } = await admin.listGroups()
    const ids = groups.map(({ groupId }) => groupId)
    assert.ok(
      ids.every((id) => id.startsWith('based.baseline.')),
      ids.join(),
    )
    // Who could not say goodbye in time is let go with its session.
    const left = (described: GroupDescription[]): boolean => described.every(({ members }) => members.length === 0)
    await eventually(async () => (await admin.describeGroups(ids)).groups, left, 'groups without members')
    for (const groupId of ids) {
      const [topic] = await admin.fetchOffsets({ groupId, topics: [EVENTS_TOPIC] })
      assert.ok(topic!.partitions.every(({ offset }) => offset === '-1'))
    }
  })

  it('is refused where the offsets are not in the log any more, or not yet', async () => {
    await admin.deleteTopicRecords({ topic: EVENTS_TOPIC, partitions: [{ partition: 0, offset: '40' }] })
    for (const [offsets, message] of [
      [`0:39-${highs[0]}`, 'offset 39 is below the start of its log, 40'],
      [`0:40-${highs[0]! + 1}`, `offset ${highs[0]! + 1} is above the end of its log, ${highs[0]}`],
    ] as const) {
      const { code, stderr } = await create('never.json', '--offsets', offsets)
      assert.equal(code, 69, stderr)
      assert.match(stderr, new RegExp(`^EVENKEEL_INPUT_UNREADABLE: obd\\.impressions\\[0\\]: ${message}`))
      assert.throws(() => read('never.json'))
    }
    const rest = await create('rest.json', '--offsets', `0:40-${highs[0]}`)
    assert.equal(rest.code, 0, rest.stderr)
    assert.match(rest.stdout, new RegExp(`impressions: ${(highs[0]! - 40).toLocaleString('en')} read: `))
  })
})
