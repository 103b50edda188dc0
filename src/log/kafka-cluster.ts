import type { Admin } from 'kafkajs'
import type { KafkaConfig } from '../config/shape.ts'
import { kafkaClient } from './kafka-client.ts'
import { errorType, kafkaError } from './kafka-errors.ts'

const RETRIES = 3
/** `ConfigResourceTypes.TOPIC`, a constant of the protocol. */
const TOPIC = 2

/** Questions that only Kafka has an answer to: for `evenkeel check --online` and `evenkeel topics`. */
export class KafkaCluster {
  readonly #config: KafkaConfig

  constructor(config: KafkaConfig) {
    this.#config = config
  }

  async brokerCount(): Promise<number> {
    return this.#ask('asking for the brokers', async (admin) => (await admin.describeCluster()).brokers.length)
  }

  /** A topic's settings by Kafka's names; null without the right to see them (DescribeConfigs). */
  async settings(topic: string): Promise<ReadonlyMap<string, string> | null> {
    return this.#ask(`asking for the settings of ${topic}`, async (admin) => {
      try {
        const { resources } = await admin.describeConfigs({
          resources: [{ type: TOPIC, name: topic }],
          includeSynonyms: false,
        })
        const entries = resources[0]?.configEntries ?? []
        return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
      } catch (error) {
        if (errorType(error) === 'TOPIC_AUTHORIZATION_FAILED') return null
        throw error
      }
    })
  }

  /** Of the partition that has the fewest: its copies, and those that are up to date now. */
  async copies(topic: string): Promise<{ copies: number; inSync: number }> {
    return this.#ask(`asking for the copies of ${topic}`, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = topics[0]?.partitions ?? []
      const least = (counts: readonly number[]): number => Math.min(...counts)
      return {
        copies: least(partitions.map(({ replicas }) => replicas.length)),
        inSync: least(partitions.map(({ isr }) => isr.length)),
      }
    })
  }

  /**
   * Whether we may write to a topic, without writing to it: the request asks for an impossible acknowledgement (2), which
   * the broker refuses for every topic that it would otherwise have appended to. Rights are looked at before that.
   */
  async mayWrite(topic: string): Promise<boolean> {
    const doing = `asking whether ${topic} can be written`
    const producer = kafkaClient(this.#config, {}, RETRIES).producer({ allowAutoTopicCreation: false })
    try {
      await producer.connect()
      await producer.send({ topic, acks: 2, messages: [{ value: null }] })
      // No broker has ever said yes; one that does has at least let us write.
      return true
    } catch (error) {
      if (errorType(error) === 'INVALID_REQUIRED_ACKS') return true
      if (errorType(error) === 'TOPIC_AUTHORIZATION_FAILED') return false
      throw kafkaError(error, doing)
    } finally {
      await producer.disconnect().catch(() => undefined) // it was a question: how it ends does not matter
    }
  }

  async #ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = kafkaClient(this.#config, {}, RETRIES).admin()
    try {
      await admin.connect()
      return await question(admin)
    } catch (error) {
      throw kafkaError(error, doing)
    } finally {
      await admin.disconnect().catch(() => undefined) // as above
    }
  }
}
