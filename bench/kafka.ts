import { setTimeout as sleep } from 'node:timers/promises'
import avsc from 'avsc'
import { Kafka, logLevel } from 'kafkajs'
import type { Config } from '../src/config/shape.ts'
import { ownTopicSpecs } from '../src/config/topic-specs.ts'
import { KafkaLog } from '../src/log/kafka.ts'
import { consumerConfig } from '../src/log/kafka-settings.ts'
import type { Log } from '../src/log/log.ts'
import { openRegistry } from '../src/registry/registry.ts'
import { machineClock } from '../src/service/clock.ts'
import { countedLog } from '../src/service/counted-log.ts'
import { createGroups, observedStreams } from '../src/service/groups.ts'
import { ObserveRunner } from '../src/service/observe-runner.ts'
import { ownTopics } from '../src/service/own-topics.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { Telemetry } from '../src/telemetry/metrics.ts'
import { realBroker } from '../test/real/broker.ts'
import { fakeRegistry } from '../test/real/fake-registry.ts'
import { createTopic } from '../test/support/create-topic.ts'
import { benchConfig } from './config.ts'
import { inTurns } from './cpu-time.ts'
import { event, SCHEMA, SCHEMA_ID, STEP_MS, TEN_FIELDS, withPrefix } from './events.ts'
import { rateRow } from './row.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 900_000
const PARTITIONS = 3
const ROUNDS = 4

/**
 * The service's own way from a real topic: group, fetches, CRC, schema ids, observe, panes published with acks=all, offsets
 * and checkpoints committed, telemetry. Against K = a KafkaJS consumer with the same settings whose `eachBatch` does nothing,
 * on the unpatched library. CPU of this process; the broker's is its own.
 *
 * Closing and publishing a pane takes milliseconds however much is in it. A topic as busy as the goal is about fills panes of
 * 100,000 events and far more; panes of 6,667 are what catching up with a quiet topic looks like.
 */
export async function kafkaRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const broker = await realBroker({ jit: 'full', heap: 1024 })
  if (broker === null) return [{ name: 'not measured', note: 'a real broker needs Java and Maven' }]
  const registry = await fakeRegistry()
  try {
    registry.answers.set(`/schemas/ids/${SCHEMA_ID}`, { schema: JSON.stringify(SCHEMA) })
    return await measure({ bootstrap: broker.bootstrap, registryUrl: registry.url, events: EVENTS * scale })
  } finally {
    await Promise.all([registry.close(), broker.stop()])
  }
}

async function measure({ bootstrap, registryUrl, events }: Setting): Promise<Row[]> {
  const configOf = (topic: string): Config =>
    benchConfig(TEN_FIELDS, { topic }, { topics: { prefix: topic }, kafka: { brokers: [bootstrap] }, registry: { url: registryUrl } }) // prettier-ignore
  const configs = { busy: configOf('busy'), quiet: configOf('quiet') }
  await produce(bootstrap, 'busy', events, STEP_MS.slicesOf300000)
  await produce(bootstrap, 'quiet', events, STEP_MS.slicesOf20000)
  const log = new KafkaLog(configs.busy.kafka!)
  for (const config of Object.values(configs)) await log.createTopics(ownTopicSpecs(config, { brokerCount: 1 }))

  const seconds = [Infinity, Infinity, Infinity]
  let runs = 0
  const task = (at: number, run: (group: string) => Promise<void>) => ({
    calls: events,
    run: async () => {
      const start = performance.now()
      await run(`bench-${runs++}`)
      seconds[at] = Math.min(seconds[at]!, (performance.now() - start) / 1000)
    },
  })
  const figures = await inTurns(ROUNDS, [
    task(0, (group) => consume(bootstrap, 'busy', group, events)),
    task(1, (group) => observe(log, configs.busy, group)),
    task(2, (group) => observe(log, configs.quiet, group)),
  ])
  const [k, busy, quiet] = figures as [number, number, number]
  const published: number[] = []
  for (const config of Object.values(configs)) {
    const bounds = await log.bounds(ownTopics(config).panes)
    published.push(Math.round(bounds!.reduce((sum, { low, high }) => sum + high - low, 0) / ROUNDS))
  }
  await log.close()
  const wall = (at: number): string => `${Math.round(events / seconds[at]! / 1000)},000 a second by the clock`
  const row = (name: string, ns: number, at: number): Row => {
    const note = `${Math.round((100 * k) / ns)} %; ${wall(at)}; ${published[at - 1]} records published`
    return rateRow(name, ns, { ns: k, letter: 'K', percentMin: 55 }, { note })
  }
  return [
    { name: 'K: KafkaJS eachBatch that does nothing', ns: k, per: 'event', note: wall(0) },
    row('observe, 3 partitions, panes of 100,000 events', busy, 1),
    row('observe, 3 partitions, panes of 6,667 events', quiet, 2),
  ]
}

interface Setting {
  bootstrap: string
  registryUrl: string
  events: number
}

export async function produce(
  bootstrap: string,
  topic: string,
  events: number,
  stepMs: number,
  { partitions = PARTITIONS, first = 0 } = {},
): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  await createTopic(admin, { topic, numPartitions: partitions })
  const type = avsc.Type.forSchema(SCHEMA)
  for (let from = first; from < events; from += 3000) {
    const messages = Array.from({ length: Math.min(3000, events - from) }, (_, at) => {
      const each = event(from + at, stepMs)
      return { partition: at % partitions, key: String(each['user_id']), value: withPrefix(type.toBuffer(each)) }
    })
    await producer.send({ topic, messages })
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** K. */
async function consume(bootstrap: string, topic: string, group: string, events: number): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer(consumerConfig(group, {}))
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let seen = 0
  const done = Promise.withResolvers<void>()
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 1,
    eachBatch: async ({ batch }) => {
      seen += batch.messages.length
      if (seen >= events) done.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
}

export async function observe(kafkaLog: Log, config: Config, group: string): Promise<void> {
  const telemetry = new Telemetry({ version: 'bench' })
  const log = countedLog(kafkaLog, telemetry)
  const schemas = openRegistry(config.registry)
  const topics = ownTopics(config)
  const { assembler } = createGroups(config)[0]!
  const runner = new ObserveRunner({
    log,
    logger: createLogger({ instance: 'bench', level: 'error' }),
    streams: observedStreams(config, schemas),
    isWatched: () => false,
    segmentsOf: (stream) => assembler.segmentsOf(stream),
    publishing: {
      log,
      schemas,
      telemetry,
      panesTopic: topics.panes,
      quarantineTopic: topics.quarantine,
      reporter: 'bench',
      clock: machineClock,
      onParked: (stream, reason) => console.error(`${stream}: ${reason}`),
    },
  })
  await runner.start(group)
  while (runner.lag().get('bench') !== 0) await sleep(5)
  await runner.stop()
  await schemas.close()
}
