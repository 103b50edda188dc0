import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { PartitionMetadata } from 'kafkajs'
import { freePorts, start } from './kafka-local.mjs'
import type { BrokerConfig, KafkaLocal } from './kafka-local.mjs'
import { missingTools, skipLoudly } from './missing-tools.ts'

/** Brokers that are one cluster: each a process of its own, broker and controller, to be killed and started again. */
export interface RealCluster {
  bootstraps: string[]
  nodes: KafkaLocal[]
  /** Of each partition of a topic, as one of the brokers knows it; negative: none. */
  leaders(topic: string): Promise<number[]>
  /** Waits until every copy of these topics is in sync. */
  whole(topics: readonly string[]): Promise<void>
  stop(): Promise<void>
}

/** Everything is there `size` times (at most three), and is acknowledged when two brokers have it. */
const IN_SYNC_MIN = 2
const WHOLE_WITHIN_MS = 120_000

/** Null when this machine has no Java or no Maven, as `realBroker`. */
export async function realCluster(size: number, config: BrokerConfig = {}): Promise<RealCluster | null> {
  const missing = await missingTools(['java', 'mvn'])
  if (missing.length > 0) return skipLoudly('Kafka', missing)
  const ports = await freePorts(2 * size)
  const ids = Array.from({ length: size }, (_, at) => at + 1)
  const portsOf = (id: number) => ({ id, port: ports[2 * id - 2]!, controllerPort: ports[2 * id - 1]! })
  const shared: BrokerConfig = {
    'controller.quorum.voters': ids.map((id) => `${id}@127.0.0.1:${portsOf(id).controllerPort}`).join(),
    'offsets.topic.replication.factor': Math.min(3, size),
    'transaction.state.log.replication.factor': Math.min(3, size),
    'min.insync.replicas': Math.min(IN_SYNC_MIN, size),
    // Who comes back leads again soon: so every bounce is two changes of leaders.
    'leader.imbalance.check.interval.seconds': 1,
    'leader.imbalance.per.broker.percentage': 0,
    ...config,
  }
  const nodes = await Promise.all(
    ids.map((id) => start({ node: portsOf(id), config: { 'node.id': id, ...shared }, timeoutMs: 120_000 })),
  )
  const bootstraps = nodes.map(({ bootstrap }) => bootstrap)
  const kafka = new Kafka({ brokers: bootstraps, logLevel: logLevel.NOTHING })
  return {
    bootstraps,
    nodes,
    leaders: async (topic) => (await partitionsOf(kafka, [topic])).map(({ leader }) => leader),
    whole: (topics) => untilWhole(kafka, topics),
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

async function untilWhole(kafka: Kafka, topics: readonly string[]): Promise<void> {
  let last: unknown
  for (const endMs = performance.now() + WHOLE_WITHIN_MS; performance.now() < endMs; await sleep(200)) {
    try {
      const partitions = await partitionsOf(kafka, topics)
      if (partitions.every(({ replicas, isr }) => isr.length === replicas.length)) return
      last = partitions
    } catch (error) {
      last = error // somebody is down, and another will answer
    }
  }
  throw new Error(`not whole within ${WHOLE_WITHIN_MS} ms: ${JSON.stringify(last)}`)
}

/** By a client of its own: one that has seen a broker die goes on asking it for a while. */
async function partitionsOf(kafka: Kafka, names: readonly string[]): Promise<PartitionMetadata[]> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] })
    return topics.flatMap(({ partitions }) => partitions.sort((one, other) => one.partitionId - other.partitionId))
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
