import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { ensureTopics } from '../../src/service/own-topics.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { runCommand } from '../../src/commands/main.ts'
import { Kafka } from '../../src/log/kafka-patches.ts'
import { openLog } from '../../src/log/open.ts'
import type { Log } from '../../src/log/log.ts'
import { realBroker } from '../real/broker.ts'
import type { RealBroker } from '../real/broker.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

/** A broker with rights: whoever comes by the plain door may do everything, `eve` only what she was granted. */
const GUARDED = {
  config: ({ port, controllerPort, sparePort }: { port: number; controllerPort: number; sparePort: number }) => ({
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SECURE://127.0.0.1:${sparePort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${sparePort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_PLAINTEXT',
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secure.plain.sasl.jaas.config': `${PLAIN} user_eve="secret" user_bob="secret";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  }),
}

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'ts', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'model', type: 'string' },
    { name: 'price', type: ['null', 'double'] },
    { name: 'plan', type: 'string' },
  ],
})

let directory: string
let broker: RealBroker | null
let log: Log
let registry: { url: string; close(): void }

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'evenkeel-online-'))
  broker = await realBroker(GUARDED)
  if (broker === null) return
  log = await openLog({ kafka: kafkaConfig(broker.bootstrap), log: null })
  await log.createTopics([
    { topic: 'shop.impressions', partitions: 3, replicationFactor: 1, config: {} },
    { topic: 'shop.clicks', partitions: 2, replicationFactor: 1, config: {} },
  ])
  await log.append(
    'shop.impressions',
    Array.from({ length: 10 }, (_, at) => ({ key: `u${at}`, value: 'x' })),
  )
  registry = await fakeRegistry()
})
after(async () => {
  rmSync(directory, { recursive: true })
  registry?.close()
  await log?.close()
  await broker?.stop()
})

describe('evenkeel topics --create', () => {
  it('creates the topics with their settings, and leaves them alone the second time', async (t) => {
    if (broker === null) return t.skip('no broker')
    const first = await run(['topics', '--create', '--partitions', '4', ...configured()])
    assert.deepEqual([first.code, first.err], [0, ''])
    assert.deepEqual(
      first.out.trim().split('\n'),
      ['panes: 4', 'slices: 4', 'alerts: 1', 'ledger: 1', 'quarantine: 4'].map(
        (each) => `created  evenkeel.${each} partitions, 1 copies`,
      ),
    )
    const second = await run(['topics', '--create', ...configured()])
    assert.match(second.out, /^ok {7}evenkeel\.panes: is there, 4 partitions\n/)
    assert.equal((await log.bounds('evenkeel.quarantine'))!.length, 4)
  })

  it('exits 69 where no broker answers', async (t) => {
    if (broker === null) return t.skip('no broker')
    const { code, err } = await run(['topics', '--create', ...configured({ broker: '127.0.0.1:1' })])
    assert.equal(code, 69)
    assert.match(err, /EVENKEEL_LOG_UNREACHABLE/)
  })
})

describe('evenkeel check --online', () => {
  it('says ok of everything where all is right, and writes no record', async (t) => {
    if (broker === null) return t.skip('no broker')
    const { code, out, err } = await run(['check', '--online', ...configured()])
    assert.deepEqual([code, err], [0, ''], out)
    const online = out.slice(out.indexOf('ok  brokers')).trimEnd().split('\n')
    const lines = [
      /^ok {2}brokers 127\.0\.0\.1:\d+: reached; the cluster has 1$/,
      /^ok {2}topic shop\.impressions: 3 partitions, about 10 records; read, and committed as group evenkeel\.check\.impressions$/,
      /^ok {2}topic shop\.clicks: 2 partitions, nothing to read yet; committed as group/,
      /^ok {2}topic evenkeel\.panes: 4 partitions; may be written and read; settings as they must be$/,
      /^ok {2}topic evenkeel\.slices: 4/,
      /^ok {2}topic evenkeel\.alerts: 1/,
      /^ok {2}topic evenkeel\.ledger: 1/,
      /^ok {2}topic evenkeel\.quarantine: 4/,
      /^ok {2}schema of shop\.impressions: latest schema \(7\) has all 4 fields, each of a type that fits$/,
    ]
    assert.equal(online.length, lines.length, out)
    for (const [at, line] of lines.entries()) assert.match(online[at]!, line)
    assert.equal(
      await commitsOf(broker.bootstrap, 'evenkeel.check.impressions', 'shop.impressions'),
      3,
      'one per partition',
    )
    for (const topic of ['panes', 'slices', 'alerts', 'ledger', 'quarantine']) {
      assert.ok(
        (await log.bounds(`evenkeel.${topic}`))!.every(({ high }) => high === 0),
        `${topic} is as empty as before`,
      )
    }
  })

  it('says what is missing, what does not fit and what to do', async (t) => {
    if (broker === null) return t.skip('no broker')
    await log.createTopics([
      { topic: 'other.ledger', partitions: 2, replicationFactor: 1, config: {} },
      {
        topic: 'other.slices',
        partitions: 2,
        replicationFactor: 1,
        config: { 'cleanup.policy': 'compact', 'retention.ms': '1000' },
      },
    ])
    const { code, out } = await run(['check', '--online', ...configured()], {
      EVENKEEL_TOPICS_PREFIX: 'other',
      EVENKEEL_STREAMS_1_TOPIC: 'shop.clix',
      EVENKEEL_STREAMS_0_FIELDS_0_NAME: 'prize',
      EVENKEEL_STREAMS_0_FIELDS_1_KIND: 'numeric',
    })
    assert.equal(code, 78)
    assert.match(
      out,
      /\nno {2}topic shop\.clix: there is no such topic; create it, or correct the topic of stream clicks\n/,
    )
    assert.match(out, /\nno {2}topic other\.panes: not there yet; "evenkeel topics --create" makes it/)
    assert.match(out, /\nno {2}topic other\.ledger: it has 2 partitions and must have 1/)
    assert.match(
      out,
      /\nno {2}topic other\.slices: cleanup\.policy is compact and must be delete, retention\.ms is 1000 and must be 2419200000 or more/,
    )
    assert.match(
      out,
      /\nno {2}schema of shop\.impressions: latest schema \(7\): prize \(numeric\) is not in it; plan \(numeric\) is string\n/,
    )
  })

  it('and a start say what is wrong with a topic of ours; only what would lose records is refused', async (t) => {
    if (broker === null) return t.skip('no broker')
    const one = { partitions: 1, replicationFactor: 1 }
    const kept = { 'retention.ms': '-1', 'max.message.bytes': '1048588' }
    await log.createTopics([
      { topic: 'third.panes', ...one, config: { ...kept, 'max.message.bytes': '1000' } },
      { topic: 'third.slices', ...one, config: { ...kept, 'min.insync.replicas': '2' } },
      { topic: 'third.alerts', ...one, partitions: 3, config: kept },
      { topic: 'fourth.ledger', ...one, config: { ...kept, 'cleanup.policy': 'compact' } },
    ])
    const facts = [
      'third.panes: max.message.bytes is 1000 and must be 1048588 or more: change it with kafka-configs.sh --alter',
      'third.slices: min.insync.replicas is 2 and it has only 1 copy, so nothing can be written; it must be 1: change it with kafka-configs.sh --alter',
      'third.alerts: it has 3 partitions and must have 1, as it is one chain: create it again',
    ]
    const { code, out } = await run(['check', '--online', ...configured()], { EVENKEEL_TOPICS_PREFIX: 'third' })
    assert.equal(code, 69)
    for (const fact of facts) assert.ok(out.includes(`\nno  topic ${fact}\n`), `${fact}\n${out}`)

    const told: unknown[] = []
    const logger = { warn: (_: string, { fault }: { fault: string }) => told.push(fault), info: () => undefined }
    const start = (prefix: string): Promise<string[]> => {
      const [, configPath] = configured()
      const config = loadConfig(configPath!, { EVENKEEL_TOPICS_PREFIX: prefix }, { needsLog: true })
      return ensureTopics(log, config, { logger: logger as unknown as Logger, create: true })
    }
    assert.deepEqual(await start('third'), facts)
    assert.deepEqual(told, facts)
    await assert.rejects(start('fourth'), { code: 'EVENKEEL_TOPIC_UNFIT', message: /fourth\.ledger: cleanup\.policy is compact/ }) // prettier-ignore
    assert.equal(await log.bounds('fourth.slices'), null, 'nothing is made beside it')
  })

  it('says which rights are missing', async (t) => {
    if (broker === null) return t.skip('no broker')
    const { code, out } = await run(['check', '--online', ...configured({ user: 'bob' })])
    assert.equal(code, 69)
    assert.match(
      out,
      /\nno {2}topic shop\.impressions: .*[Nn]ot authorized.*; we need Read and Describe on topic shop\.impressions, and Read on groups evenkeel\.\*/,
    )
    assert.match(out, /\nno {2}topic evenkeel\.panes: .*we need Read, Write and Describe on topics/)
  })

  it('is content with exactly the rights that topics --print asks for', async (t) => {
    if (broker === null) return t.skip('no broker')
    const { out } = await run(['topics', '--print', '--json', ...configured()])
    const { acls } = JSON.parse(out) as { acls: Acl[] }
    await grant(broker.bootstrap, 'User:eve', acls)
    const checked = await run(['check', '--online', ...configured({ user: 'eve' })])
    assert.doesNotMatch(checked.out, /^no /m)
    assert.match(checked.out, /\nok {2}topic shop\.impressions: .*read, and committed/)
    assert.match(
      checked.out,
      /\n-- {2}topic evenkeel\.panes: .*may be written and read; its settings are hidden from us/,
    )
    assert.equal(checked.code, 0)
  })

  it('notices that writing alone is not allowed', async (t) => {
    if (broker === null) return t.skip('no broker')
    const { out } = await run(['topics', '--print', '--json', ...configured()])
    const { acls } = JSON.parse(out) as { acls: Acl[] }
    const reading = acls.map((acl) => ({ ...acl, operations: acl.operations.filter((each) => each !== 'Write') }))
    await grant(broker.bootstrap, 'User:bob', reading)
    const checked = await run(['check', '--online', ...configured({ user: 'bob' })])
    assert.match(checked.out, /\nno {2}topic evenkeel\.ledger: we may not write; we need/)
    assert.match(checked.out, /\nok {2}topic shop\.impressions/)
    assert.equal(checked.code, 69)
  })

  it('exits 69 where no broker answers, and asks the registry all the same', async (t) => {
    if (broker === null) return t.skip('no broker')
    const { code, out } = await run(['check', '--online', ...configured({ broker: '127.0.0.1:1' })])
    assert.equal(code, 69)
    assert.match(out, /\nno {2}brokers 127\.0\.0\.1:1: .*; is kafka\.brokers right, are they up/)
    assert.match(out, /\nok {2}schema of shop\.impressions/)
  })

  it('exits 69 where the registry does not answer, or is none', async (t) => {
    if (broker === null) return t.skip('no broker')
    for (const url of ['http://127.0.0.1:1', `${registry.url}/nowhere`]) {
      const { code, out } = await run(['check', '--online', ...configured()], { EVENKEEL_REGISTRY_URL: url })
      assert.equal(code, 69)
      assert.match(out, /\nno {2}registry http.*: the schema registry does not answer: .*; is registry\.url right/)
    }
  })
})

describe('evenkeel check --online without Kafka', () => {
  it('looks at file logs and a folder of schemas', async () => {
    const schemas = path.join(directory, 'schemas')
    mkdirSync(schemas, { recursive: true })
    writeFileSync(path.join(schemas, 'shop.impressions-value.avsc'), SCHEMA)
    const text = configText('kafka')
      .replace(/^kafka:.*$/m, `log: {directory: ${directory}/logs}`)
      .replace(/^registry:.*$/m, `registry: {directory: ${schemas}}`)
    writeFileSync(path.join(directory, 'files.yaml'), text)
    const args = ['--config', path.join(directory, 'files.yaml')]
    const created = await run(['topics', '--create', ...args])
    assert.equal(created.code, 0, created.err)
    const { code, out } = await run(['check', '--online', ...args])
    assert.match(out, /\nok {2}logs in .*: opened\n/)
    assert.match(out, /\nno {2}topic shop\.impressions: there is no such topic/)
    assert.match(out, /\nok {2}topic evenkeel\.ledger: 1 partition\n/)
    assert.match(out, /\nok {2}schema of shop\.impressions/)
    assert.equal(code, 69)
  })

  it('needs a log to be online with', async () => {
    writeFileSync(path.join(directory, 'none.yaml'), configText('kafka').replace(/^kafka:.*$/m, ''))
    const { code, err } = await run(['check', '--online', '--config', path.join(directory, 'none.yaml')])
    assert.equal(code, 78)
    assert.match(err, /needs "kafka: /)
  })
})

interface Acl {
  resource: 'topic' | 'group' | 'cluster'
  name: string
  isPrefix: boolean
  operations: string[]
}

/** By the numbers of Kafka's protocol. */
async function grant(bootstrap: string, principal: string, acls: Acl[]): Promise<void> {
  const admin = new Kafka({ brokers: [bootstrap], logCreator: () => () => undefined }).admin()
  await admin.connect()
  const operations: Record<string, number> = { Read: 3, Write: 4, Describe: 8, IdempotentWrite: 12 }
  const resources = { topic: 2, group: 3, cluster: 4 }
  await admin.createAcls({
    acl: acls.flatMap(({ resource, name, isPrefix, operations: names }) =>
      names.map((operation) => ({
        resourceType: resources[resource],
        resourceName: resource === 'cluster' ? 'kafka-cluster' : name,
        resourcePatternType: isPrefix ? 4 : 3,
        principal,
        host: '*',
        operation: operations[operation]!,
        permissionType: 3,
      })),
    ),
  })
  await admin.disconnect()
}

async function commitsOf(bootstrap: string, groupId: string, topic: string): Promise<number> {
  const admin = new Kafka({ brokers: [bootstrap], logCreator: () => () => undefined }).admin()
  await admin.connect()
  const offsets = await admin.fetchOffsets({ groupId, topics: [topic] })
  await admin.disconnect()
  return offsets.flatMap(({ partitions }) => partitions).filter(({ offset }) => Number(offset) >= 0).length
}

function kafkaConfig(bootstrap: string) {
  return { brokers: [bootstrap], clientId: 'test', ssl: false as const, sasl: null }
}

function configText(kafka: string): string {
  return `
kafka: {${kafka}}
registry: {url: "${registry?.url ?? 'http://localhost:1'}"}
streams:
  - name: impressions
    topic: shop.impressions
    format: avro
    eventTime: ts
    cohort: {field: model, control: [m41], candidate: [m42]}
    fields: [{name: price, kind: numeric}, {name: plan, kind: categorical}]
  - name: clicks
    topic: shop.clicks
    format: json
    eventTime: ts
    cohort: {field: model, control: [m41], candidate: [m42]}
`
}

function configured({ broker: address, user }: { broker?: string; user?: string } = {}): string[] {
  const port = user === undefined ? (address ?? broker!.bootstrap) : `127.0.0.1:${broker!.local!.sparePort}`
  const sasl = user === undefined ? '' : `, sasl: {username: ${user}, password: secret}`
  const file = path.join(directory, 'evenkeel.yaml')
  writeFileSync(file, configText(`brokers: ["${port}"]${sasl}`))
  return ['--config', file]
}

/** Answers as a registry does for one subject. */
async function fakeRegistry(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const isThere = request.url === '/subjects/shop.impressions-value/versions/latest'
    response.statusCode = isThere ? 200 : 404
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify(isThere ? { subject: 'shop.impressions-value', version: 1, id: 7, schema: SCHEMA } : {}),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}

async function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await runCommand(args, { stdout, stderr, env })
  const textOf = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? ''
  return { code, out: textOf(stdout), err: textOf(stderr) }
}
