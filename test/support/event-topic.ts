import type avsc from 'avsc'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { KafkaLog } from '../../src/log/kafka.ts'
import type { Log, LogRecord } from '../../src/log/log.ts'
import { createTopic } from './create-topic.ts'

/** A topic as a team's own services fill it: by a producer and a registry client that are not ours. */
export interface Message {
  key: string | null
  value: Buffer | null
  headers?: Record<string, Buffer>
}

/** Creates the topic and writes to it, keyed, by the partitioner that Kafka's Java client has. */
export async function produce(
  bootstrap: string,
  topic: string,
  partitions: number,
  messages: readonly Message[],
): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  // Idempotent: a request that is repeated because the machine is busy must not double its records.
  const options = { idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner }
  const producer = kafka.producer(options)
  await Promise.all([admin.connect(), producer.connect()])
  await createTopic(admin, { topic, numPartitions: partitions })
  for (let at = 0; at < messages.length; at += 2_000) {
    await producer.send({ topic, messages: messages.slice(at, at + 2_000) })
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** Registers a schema by the registry's own API; answers its id. */
export async function register(registryUrl: string, subject: string, schema: avsc.Schema): Promise<number> {
  const response = await fetch(`${registryUrl}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  })
  if (!response.ok) throw new Error(`the registry refused: ${await response.text()}`)
  return ((await response.json()) as { id: number }).id
}

/** Avro behind Confluent's prefix: a zero, the schema's id, the body. */
export function withPrefix(schemaId: number, body: Buffer): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeInt32BE(schemaId, 1)
  return Buffer.concat([prefix, body])
}

/** Everything that stands on a topic now, partition by partition. */
export async function readTopic(bootstrap: string, topic: string): Promise<LogRecord[]> {
  const log = new KafkaLog({ brokers: [bootstrap], clientId: 'test', ssl: false, sasl: null })
  try {
    await log.connect()
    return await readAll(log, topic)
  } finally {
    await log.close()
  }
}

export async function readAll(log: Log, topic: string): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  const tail = await log.tail(topic, new Map(), async (records) => void found.push(...records))
  await tail.caughtUp
  await tail.stop()
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}
