import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it, mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MonitorError } from '../../src/errors.ts'
import { KafkaAdmin } from '../../src/log/kafka-admin.ts'
import { kafkaClient } from '../../src/log/kafka-client.ts'
import { KafkaLog } from '../../src/log/kafka.ts'
import { openLog } from '../../src/log/open.ts'
import { eventually, numbered, Recorder } from '../contract/log-recorder.ts'
import { BOUNCING } from '../real/broker.ts'
import { freePorts } from '../real/kafka-local.mjs'
import { setUp, type Setup } from './kafka-setup.ts'

/** A broker of its own: its disk is damaged, it is killed, it asks for a password. */
describe('a Kafka that breaks', { timeout: 900_000 }, () => {
  let setup: Setup | null
  before(async () => {
    setup = await setUp({
      config: ({ port, controllerPort, sparePort }) => ({
        ...BOUNCING,
        listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SECURE://127.0.0.1:${sparePort}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${sparePort}`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_PLAINTEXT',
        'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.secure.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required user_eve="secret";',
      }),
    })
  })
  after(() => setup?.close())

  const check = (title: string, body: (setup: Setup) => Promise<void>) =>
    it(title, { timeout: 240_000 }, async (t) => (setup === null ? t.skip('no broker on this machine') : body(setup)))

  check('6: a batch damaged on the broker’s disk is tried again, then left out, counted and told', async (setup) => {
    const topic = await setup.topic()
    const log = setup.log()
    for (const value of ['before', 'damage-me', 'after']) await log.append(topic, [{ key: null, value }])
    flipOnDisk(setup, topic, 'damage-me')
    const recorder = new Recorder()
    const startMs = performance.now()
    const consumer = await log.consume(`g-${topic}`, [topic], recorder)
    await eventually(
      () => recorder.records.length === 2,
      () => recorder.values(),
    )
    assert.deepEqual([recorder.values(), recorder.lost], [['before', 'after'], 1])
    assert.ok(performance.now() - startMs > 1_000, 'it was tried again')
    const problem = setup.problems.find((candidate) => candidate.topic === topic)
    assert.deepEqual([problem?.kind, problem?.count], ['unreadable', 1])
    await consumer.stop()
    const trusting = new Recorder()
    const other = await setup.log({ checkCrc: false }).consume(`h-${topic}`, [topic], trusting)
    await eventually(
      () => trusting.records.length === 3,
      () => trusting.values(),
    )
    assert.equal(trusting.values()[1], 'Damage-me', 'what an unchecked reader would have believed')
    await other.stop()
  })

  check('a killed broker costs nothing: every record is seen, none twice, appends wait', async (setup) => {
    const topic = await setup.topic(2)
    // Short: the members of before the kill are waited for as long.
    const log = setup.log({ sessionTimeoutMs: 6_000 })
    const recorder = new Recorder()
    const consumer = await log.consume(`g-${topic}`, [topic], recorder)
    const seenByTail: string[] = []
    const tail = await log.tail(topic, new Map(), async (records) => void seenByTail.push(...records.map(({ value }) => String(value)))) // prettier-ignore
    const committed: string[] = []
    recorder.onBatch = async ({ partition, records, end }) => {
      const isCommitted = await consumer.commit([{ topic, partition, offset: end, metadata: '' }]).then(
        () => true,
        () => false, // a broker that has just come back may ask the group to join again: then the batch comes again
      )
      if (isCommitted) committed.push(...records.map(({ value }) => String(value)))
      return { next: end }
    }
    await log.append(topic, numbered(5, 'a'))
    await eventually(
      () => recorder.records.length === 5,
      () => recorder.values(),
    )
    await setup.broker.local!.kill()
    const appended = log.append(topic, numbered(5, 'b'))
    await sleep(500)
    await setup.broker.local!.restart()
    await appended
    await eventually(
      () => recorder.values().includes('b4') && committed.includes('b4') && seenByTail.length >= 10,
      () => [recorder.values(), committed, seenByTail],
    )
    await sleep(300)
    const expected = [...numbered(5, 'a'), ...numbered(5, 'b')].map(({ value }) => value)
    assert.deepEqual([...new Set(recorder.values())], expected)
    assert.deepEqual(committed, expected)
    assert.deepEqual(seenByTail, expected)
    await Promise.all([consumer.stop(), tail.stop()])
  })

  check('an append that nobody takes fails in bounded time and says why; the next one can succeed', async (setup) => {
    const topic = await setup.topic()
    const log = setup.log({ appendTimeoutMs: 800 })
    await log.append(topic, numbered(1))
    await setup.broker.local!.kill()
    // It is the bound that ends it, not KafkaJS, whose own retries take a dozen seconds.
    await assert.rejects(log.append(topic, numbered(1, 'lost')), {
      code: 'EVENKEEL_LOG_UNREACHABLE',
      retriable: true,
      message: /no answer within 800 ms/,
    })
    await setup.broker.local!.restart()
    const patient = setup.log()
    await patient.append(topic, numbered(1, 'again'))
    const { high } = (await patient.bounds(topic))![0]!
    assert.ok(high === 2 || high === 3, 'the one that failed may have been written; the one that succeeded was')
  })

  check('10: a broker that dies when it is asked for the coordinator of a group has not said no', async (setup) => {
    const topic = await setup.topic()
    const config = { brokers: [setup.broker.bootstrap], clientId: 'asking', ssl: false, sasl: null }
    const admin = new KafkaAdmin(kafkaClient(config, {}, 2))
    await admin.bounds(topic) // connected
    const FIND_COORDINATOR = 10
    const { write } = Socket.prototype
    let cuts = 0
    const cutting = mock.method(Socket.prototype, 'write', function (this: Socket, ...[bytes, ...more]: never[]) {
      const isAsked = Buffer.isBuffer(bytes) && (bytes as Buffer).readInt16BE(4) === FIND_COORDINATOR
      if (!isAsked || cuts++ > 0) return Reflect.apply(write, this, [bytes, ...more]) as boolean
      this.destroy(new Error('read ECONNRESET'))
      return false
    })
    try {
      assert.equal((await admin.commits('nobody', [topic])).size, 0)
      assert.ok(cuts > 1)
    } finally {
      cutting.mock.restore()
      await admin.close()
    }
    await assert.rejects(admin.commits('nobody', [topic]), /the log is closed/)
  })

  check('a wrong password is not tried again; the right one is let in', async (setup) => {
    const sasl = { mechanism: 'plain', username: 'eve', password: 'wrong' } as const
    const config = { brokers: [`127.0.0.1:${setup.broker.local!.sparePort}`], clientId: 'sasl', ssl: false, sasl }
    const retries: MonitorError[] = []
    const opening = openLog({ log: null, kafka: config }, { onRetry: (error) => retries.push(error) })
    await assert.rejects(opening, { code: 'EVENKEEL_LOG_FAILED', retriable: false })
    assert.deepEqual(retries, [])
    const log = await openLog({ log: null, kafka: { ...config, sasl: { ...sasl, password: 'secret' } } })
    assert.equal(await log.bounds('nowhere'), null)
    await log.close()
  })
})

describe('a Kafka that is not there', { timeout: 240_000 }, () => {
  const configFor = (port: number) => ({ brokers: [`127.0.0.1:${port}`], clientId: 'nobody', ssl: false, sasl: null })

  it('is tried again with growing waits, as often as the caller wants', async () => {
    const [port] = await freePorts(1)
    const waitsMs: number[] = []
    const opening = openLog(
      { log: null, kafka: configFor(port!) },
      {
        retries: 2,
        onRetry: (error, waitMs) => (assert.equal(error.code, 'EVENKEEL_LOG_UNREACHABLE'), waitsMs.push(waitMs)),
      },
    )
    await assert.rejects(opening, {
      code: 'EVENKEEL_LOG_UNREACHABLE',
      retriable: true,
      message: new RegExp(`127.0.0.1:${port}`),
    })
    assert.equal(waitsMs.length, 2)
    assert.ok(waitsMs[0]! >= 250 && waitsMs[0]! <= 500 && waitsMs[1]! >= 500 && waitsMs[1]! <= 1000, String(waitsMs))
  })

  it('stops being tried when the caller gives up', async () => {
    const [port] = await freePorts(1)
    const giveUp = new AbortController()
    const opening = openLog(
      { log: null, kafka: configFor(port!) },
      { onRetry: () => giveUp.abort(), signal: giveUp.signal },
    )
    await assert.rejects(opening, { name: 'AbortError' })
  })

  it('and is given up in the middle of an attempt, too', async () => {
    const { createServer } = await import('node:net')
    const asked = Promise.withResolvers<void>()
    const silent = createServer(() => asked.resolve())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const giveUp = new AbortController()
    const onRetry = () => assert.fail('the attempt was waited for')
    const opening = openLog({ log: null, kafka: configFor(port) }, { onRetry, signal: giveUp.signal })
    await asked.promise
    giveUp.abort()
    await assert.rejects(opening, { name: 'AbortError' })
    silent.close()
  })

  it('bounds one attempt at an address that swallows everything', async () => {
    const { createServer } = await import('node:net')
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const log = new KafkaLog(configFor(port))
    await assert.rejects(log.connect(400), {
      code: 'EVENKEEL_LOG_UNREACHABLE',
      retriable: true,
      message: /no answer within 400 ms/,
    })
    await log.close()
    silent.close()
  })
})

/** Turns one small letter of the value into a capital in the broker's own file. */
function flipOnDisk(setup: Setup, topic: string, value: string): void {
  const folder = join(setup.broker.local!.dir, 'data', `${topic}-0`)
  const path = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.log'))!,
  )
  const bytes = readFileSync(path)
  const at = bytes.indexOf(value)
  assert.ok(at > 0)
  bytes[at]! ^= 0x20
  writeFileSync(path, bytes, { flag: 'r+' })
}
