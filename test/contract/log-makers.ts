import { Kafka, logLevel } from 'kafkajs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore } from '../../src/log/file-store.ts'
import type { KafkaOptions } from '../../src/log/kafka-settings.ts'
import { KafkaLog } from '../../src/log/kafka.ts'
import { LocalLog } from '../../src/log/local-log.ts'
import type { LogStore } from '../../src/log/local-store.ts'
import type { Log } from '../../src/log/log.ts'
import { MemoryLog, MemoryStore } from '../../src/log/memory.ts'
import { realBroker } from '../real/broker.ts'
import { createTopic } from '../support/create-topic.ts'

/** One kind of log under test. */
export interface Maker {
  /** A client; several of one maker see the same topics, as several instances of a service do. */
  open(): Promise<Log>
  /** What an operator or the world does to a log from outside; null where that cannot happen. */
  world: World | null
  close(): Promise<void>
}

export interface World {
  deleteRecords(topic: string, partition: number, before: number): Promise<void>
  addPartitions(topic: string, count: number): Promise<void>
  recreateTopic(topic: string, partitions: number): Promise<void>
  /** Puts an offset without a record at the end: a control marker. */
  addGap(topic: string, partition: number): Promise<void>
}

/**
 * Fast enough for a test: heartbeats carry the news of a rebalance. A session is long, so that nobody is thrown out of a
 * group because the machine stood still for some seconds.
 */
export const QUICK: KafkaOptions = {
  sessionTimeoutMs: 30_000,
  heartbeatIntervalMs: 100,
  rebalanceTimeoutMs: 30_000,
  metadataMaxAgeMs: 300,
  maxWaitMs: 50,
}

export async function memoryMaker(): Promise<Maker> {
  const store = new MemoryStore()
  return {
    open: async () => new MemoryLog({ store }),
    world: {
      deleteRecords: async (...place) => store.deleteRecords(...place),
      addPartitions: (...spec) => store.addPartitions(...spec),
      recreateTopic: (topic) => store.recreateTopic(topic),
      addGap: async (...place) => store.addGap(...place),
    },
    close: async () => undefined,
  }
}

/** Files are for one process, and nobody else changes them: several clients are one log here. */
export async function fileMaker(): Promise<Maker> {
  const directory = await mkdtemp(join(tmpdir(), 'evenkeel-log-'))
  const store = await FileStore.open(directory)
  const shared: LogStore = {
    changed: store.changed,
    groups: store.groups,
    partitions: (topic) => store.partitions(topic),
    createTopic: (spec) => store.createTopic(spec),
    commits: (group) => store.commits(group),
    saveCommits: (group) => store.saveCommits(group),
    close: async () => undefined,
  }
  return {
    open: async () => new LocalLog(shared),
    world: null,
    async close() {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}

export async function kafkaMaker(): Promise<Maker | null> {
  const broker = await realBroker()
  if (broker === null) return null
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const config = { brokers: [broker.bootstrap], clientId: 'contract', ssl: false, sasl: null }
  return {
    open: async () => new KafkaLog(config, QUICK),
    world: {
      async deleteRecords(topic, partition, before) {
        await admin.fetchTopicOffsets(topic) // KafkaJS deletes only where it has metadata
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
      },
      addPartitions: async (topic, count) => {
        await admin.createPartitions({ topicPartitions: [{ topic, count }] })
      },
      async recreateTopic(topic, partitions) {
        await admin.deleteTopics({ topics: [topic] })
        const isThere = async () => (await admin.listTopics()).includes(topic)
        while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 20))
        await createTopic(admin, { topic, numPartitions: partitions })
      },
      async addGap(topic, partition) {
        const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: `gap-${topic}` })
        await producer.connect()
        const transaction = await producer.transaction()
        await transaction.send({ topic, messages: [{ partition, value: 'never seen: its transaction is aborted' }] })
        await transaction.abort()
        await producer.disconnect()
      },
    },
    async close() {
      await admin.disconnect()
      await broker.stop()
    },
  }
}
