import { setTimeout as sleep } from 'node:timers/promises'
import avsc from 'avsc'
import { Kafka, logLevel } from 'kafkajs'
import type { Config } from '../src/config/shape.ts'
import { ownTopicSpecs } from '../src/config/topic-specs.ts'
import { KafkaLog } from '../src/log/kafka.ts'
import { consumerConfig } from '../src/log/kafka-settings.ts'
import { openRegistry } from '../src/registry/registry.ts'
import { countedLog } from '../src/service/counted-log.ts'
import { createGroups, observedStreams } from '../src/service/groups.ts'
import { ObserveRunner } from '../src/service/observe-runner.ts'
import { ownTopics } from '../src/service/own-topics.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { Telemetry } from '../src/telemetry/metrics.ts'
import { realBroker } from '../test/real/broker.ts'
import { fakeRegistry } from '../test/real/fake-registry.ts'
import { benchConfig } from './config.ts'
import { inTurns } from './cpu-time.ts'
import { event, SCHEMA, SCHEMA_ID, STEP_MS, TEN_FIELDS, withPrefix } from './events.ts'
import { rateRow } from './row.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 300_000
const PARTITIONS = 3
const ROUNDS = 4

/**
 * The service's own way from a real topic: group, fetches, CRC, schema ids, observe, panes published with acks=all, offsets
 * and checkpoints committed, telemetry. Against K = a KafkaJS consumer with the same settings whose `eachBatch` does nothing,
 * on the unpatched library. CPU of this process; the broker's is its own.
 */
export async function kafkaRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const broker = await realBroker({ jit: 'full', heap: 1024 })
  if (broker === null) return [{ name: 'not measured', note: 'a real broker needs Java and Maven' }]
  const registry = await fakeRegistry()
  try {
    registry.answers.set(`/schemas/ids/${SCHEMA_ID}`, { schema: JSON.stringify(SCHEMA) })
    const { bootstrap } = broker
    const config = benchConfig(TEN_FIELDS, {}, { kafka: { brokers: [bootstrap] }, registry: { url: registry.url } })
    const events = EVENTS * scale
    await produce(bootstrap, events)
    const log = new KafkaLog(config.kafka!)
    await log.createTopics(ownTopicSpecs(config, { brokerCount: 1 }))

    const seconds = { k: Infinity, ours: Infinity }
    let runs = 0
    const figures = await inTurns(ROUNDS, [
      { calls: events, run: () => timed(seconds, 'k', () => consume(bootstrap, `k-${runs++}`, events)) },
      { calls: events, run: () => timed(seconds, 'ours', () => observe(log, config, `ours-${runs++}`)) },
    ])
    const [k, ours] = figures as [number, number]
    const published = (await log.bounds(ownTopics(config).panes))!.reduce((sum, { low, high }) => sum + high - low, 0)
    await log.close()
    const perSecond = (each: keyof typeof seconds): string => `${Math.round(events / seconds[each] / 1000)},000 a second` // prettier-ignore
    const records = `${Math.round(published / ROUNDS)} records published a run`
    return [
      { name: 'K: KafkaJS eachBatch that does nothing', ns: k, per: 'event', note: perSecond('k') },
      rateRow('observe, slices of 20,000 events in 3 partitions', ours, { ns: k, letter: 'K', percentMin: 55 }, {
        note: `${Math.round((100 * k) / ours)} %; ${perSecond('ours')}; ${records}`,
      }), // prettier-ignore
    ]
  } finally {
    await Promise.all([registry.close(), broker.stop()])
  }
}

async function produce(bootstrap: string, events: number): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic: 'bench', numPartitions: PARTITIONS }], waitForLeaders: true })
  const type = avsc.Type.forSchema(SCHEMA)
  for (let from = 0; from < events; from += 3000) {
    const messages = Array.from({ length: Math.min(3000, events - from) }, (_, at) => {
      const each = event(from + at, STEP_MS.slicesOf20000)
      return { partition: at % PARTITIONS, key: String(each['user_id']), value: withPrefix(type.toBuffer(each)) }
    })
    await producer.send({ topic: 'bench', messages })
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** K. */
async function consume(bootstrap: string, group: string, events: number): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer(consumerConfig(group, {}))
  await consumer.connect()
  await consumer.subscribe({ topics: ['bench'], fromBeginning: true })
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

async function observe(kafkaLog: KafkaLog, config: Config, group: string): Promise<void> {
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
      now: Date.now,
      onParked: (stream, reason) => console.error(`${stream}: ${reason}`),
    },
  })
  await runner.start(group)
  while (runner.lag().get('bench') !== 0) await sleep(5)
  await runner.stop()
  await schemas.close()
}

async function timed(seconds: Record<string, number>, name: string, run: () => Promise<void>): Promise<void> {
  const start = performance.now()
  await run()
  seconds[name] = Math.min(seconds[name]!, (performance.now() - start) / 1000)
}
