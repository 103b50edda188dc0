import { Kafka, logLevel } from 'kafkajs'
import type { Admin } from 'kafkajs'
import type { KafkaOptions, LogProblem } from '../../src/log/kafka-settings.ts'
import { KafkaLog } from '../../src/log/kafka.ts'
import { QUICK } from '../contract/log-makers.ts'
import { realBroker, type RealBroker } from '../real/broker.ts'
import type { StartOptions } from '../real/kafka-local.mjs'

/** One broker for a test file, our log on it, and plain KafkaJS (unpatched) as the rest of the world. */
export interface Setup {
  broker: RealBroker
  admin: Admin
  kafka: Kafka
  problems: LogProblem[]
  log(options?: KafkaOptions): KafkaLog
  topic(partitions?: number, config?: Readonly<Record<string, string>>): Promise<string>
  close(): Promise<void>
}

/** Null when this machine has no broker: the caller skips. */
export async function setUp(options?: StartOptions): Promise<Setup | null> {
  const broker = await realBroker(options)
  if (broker === null) return null
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const logs: KafkaLog[] = []
  const problems: LogProblem[] = []
  const run = Math.floor(Math.random() * 1e9).toString(36)
  let serial = 0
  const log = (more: KafkaOptions = {}) => {
    const config = { brokers: [broker.bootstrap], clientId: 'integration', ssl: false, sasl: null }
    const opened = new KafkaLog(config, { ...QUICK, onProblem: (problem) => problems.push(problem), ...more })
    logs.push(opened)
    return opened
  }
  return {
    broker,
    admin,
    kafka,
    problems,
    log,
    async topic(partitions = 1, config = {}) {
      const topic = `integration-${run}-${serial++}`
      await log().createTopics([{ topic, partitions, replicationFactor: 1, config }])
      return topic
    },
    async close() {
      await Promise.all(logs.map((opened) => opened.close()))
      await admin.disconnect()
      await broker.stop()
    },
  }
}
