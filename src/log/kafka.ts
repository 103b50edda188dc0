import type { Kafka } from 'kafkajs'
import type { KafkaConfig } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'
import { missing, KafkaAdmin } from './kafka-admin.ts'
import { KafkaAppender } from './kafka-append.ts'
import { kafkaClient } from './kafka-client.ts'
import { kafkaError } from './kafka-errors.ts'
import { KafkaGroup } from './kafka-group.ts'
import type { KafkaOptions } from './kafka-settings.ts'
import { KafkaTail } from './kafka-tail.ts'
import type { GroupConsumer, GroupHandler, Log, LogRecord, RecordToAppend, Tail, TopicSpec } from './log.ts'
import { withinMs } from './time-limit.ts'

const CONNECT_WITHIN_MS = 10_000
/** With the 2.5 s of leaving groups, inside the 5 s that a service has to stop. */
const CLOSE_WITHIN_MS = 1_500

/** Kafka behind the port. Nothing above this room knows KafkaJS. */
export class KafkaLog implements Log {
  readonly failed: Promise<never>
  readonly #failing = Promise.withResolvers<never>()
  readonly #config: KafkaConfig
  readonly #options: KafkaOptions
  readonly #kafka: Kafka
  readonly #admin: KafkaAdmin
  readonly #appender: KafkaAppender
  readonly #topicsSeen = new Set<string>()
  readonly #readers = new Set<{ stop(): Promise<void> }>()
  #closed = false

  /** Connects to nothing: see `connect`. */
  constructor(config: KafkaConfig, options: KafkaOptions = {}) {
    this.#config = config
    const { sessionTimeoutMs } = config
    this.#options = sessionTimeoutMs === undefined ? options : { sessionTimeoutMs, ...options }
    this.#kafka = kafkaClient(config, options)
    this.#admin = new KafkaAdmin(this.#kafka)
    this.#appender = new KafkaAppender(this.#kafka, options.appendTimeoutMs ?? 30_000)
    this.failed = this.#failing.promise
    this.failed.catch(() => undefined) // a program that never looks must not die of an unhandled rejection
  }

  /** One attempt, bounded in time, to reach any of the brokers and to be let in. */
  async connect(limitMs = CONNECT_WITHIN_MS): Promise<void> {
    const probe = kafkaClient(this.#config, this.#options, this.#config.brokers.length).admin()
    const doing = `connecting to ${this.#config.brokers.join(', ')}`
    try {
      await withinMs(
        probe.connect().then(() => probe.describeCluster()),
        limitMs,
        doing,
      )
    } catch (error) {
      throw kafkaError(error, doing)
    } finally {
      void probe.disconnect().catch(() => undefined) // it was a probe: how it ends does not matter
    }
  }

  bounds(topic: string): Promise<readonly { partition: number; low: number; high: number }[] | null> {
    return this.#admin.bounds(topic)
  }

  offsetsAt(topic: string, timestampMs: number): Promise<readonly { partition: number; offset: number }[]> {
    return this.#admin.offsetsAt(topic, timestampMs)
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) await this.#admin.createTopic(spec)
  }

  async append(topic: string, records: readonly RecordToAppend[]): Promise<void> {
    // KafkaJS would ask for a topic that does not exist until its retries are used up.
    if (!this.#topicsSeen.has(topic) && !(await this.#admin.exists(topic))) throw missing(topic)
    this.#topicsSeen.add(topic)
    return this.#appender.append(topic, records)
  }

  async consume(group: string, topics: readonly string[], handler: GroupHandler): Promise<GroupConsumer> {
    for (const topic of topics) if (!(await this.#admin.exists(topic))) throw missing(topic)
    const consumer = await KafkaGroup.start({ ...this.#setup(group), topics, handler, hasCommits: true })
    return this.#keep(consumer)
  }

  async tail(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
  ): Promise<Tail> {
    const tail = await KafkaTail.start(this.#setup(this.#config.clientId), topic, from, onRecords)
    return this.#keep(tail)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#readers].map((reader) => reader.stop()))
    const closing = Promise.all([this.#appender.close(), this.#admin.close()])
    await withinMs(closing, CLOSE_WITHIN_MS, 'closing').catch(() => undefined) // the process is about to end anyway
  }

  /** One that was still joining when the log was closed would read on for ever. */
  async #keep<Reader extends { stop(): Promise<void> }>(reader: Reader): Promise<Reader> {
    this.#readers.add(reader)
    if (!this.#closed) return reader
    await reader.stop()
    throw new MonitorError('EVENKEEL_LOG_FAILED', 'the log is closed')
  }

  #setup(group: string) {
    const onFailure = (error: unknown) => this.#failing.reject(error)
    return { kafka: this.#kafka, admin: this.#admin, group, options: this.#options, onFailure }
  }
}
