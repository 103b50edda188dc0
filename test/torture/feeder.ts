import { Kafka, logLevel } from 'kafkajs'
import type { Admin, Producer } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTopic } from '../support/create-topic.ts'
import { PATIENCE_MS } from './child.ts'
import type { ProducedEvent } from './events.ts'

const BATCH = 200
const SETTLED_MS = 1_500

/**
 * Writes events to their partitions, each exactly once whatever brokers do meanwhile. Nobody else writes there: after a failure the
 * topic itself says how many of a partition's events have arrived.
 */
export class Feeder {
  readonly topic: string
  private readonly kafka: Kafka
  private readonly events: readonly ProducedEvent[]
  private readonly partitions: number
  private producer: Promise<Producer> | null = null
  private readonly admin: Admin
  private fed = 0
  /** One after the other, whoever asks. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(brokers: readonly string[], topic: string, partitions: number, events: readonly ProducedEvent[]) {
    this.kafka = new Kafka({
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1_000 },
    })
    this.admin = this.kafka.admin()
    this.topic = topic
    this.partitions = partitions
    this.events = events
  }

  async createTopic(replicationFactor = 1, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.admin.connect()
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    const { topic, partitions: numPartitions } = this
    await createTopic(this.admin, { topic, numPartitions, replicationFactor, configEntries })
  }

  get share(): number {
    return this.fed / this.events.length
  }

  /** Up to this share of all events, by number. */
  feedTo(share: number): Promise<void> {
    const fed = this.turn.then(() => this.feed(Math.round(Math.min(1, share) * this.events.length)))
    this.turn = fed.catch(() => undefined) // whoever asked hears of it
    return fed
  }

  async close(): Promise<void> {
    await this.turn
    await Promise.all([this.discard(), this.admin.disconnect()])
  }

  private async feed(to: number): Promise<void> {
    while (this.fed < to) {
      const next = Math.min(to, this.fed + BATCH)
      await this.send(this.events.slice(this.fed, next))
      this.fed = next
    }
  }

  /** To one partition after the other: KafkaJS loses or repeats what goes to several while the lead of one changes. */
  private async send(events: readonly ProducedEvent[]): Promise<void> {
    for (const partition of new Set(events.map((event) => event.partition))) {
      const values = events.filter((event) => event.partition === partition).map(({ value }) => value)
      try {
        await this.sendTo(partition, values)
      } catch {
        await this.discard().catch(() => undefined) // a new one, whatever ails the old
        await this.sendWhatIsMissing(partition, this.fed + events.length)
      }
    }
  }

  private async sendTo(partition: number, values: readonly Buffer[]): Promise<void> {
    this.producer ??= this.connect()
    const messages = values.map((value) => ({ partition, value }))
    await (await this.producer).send({ topic: this.topic, messages, acks: -1 })
  }

  /** Of the partition's events before `to` those behind its end. */
  private async sendWhatIsMissing(partition: number, to: number): Promise<void> {
    const due = this.events.slice(0, to).filter((event) => event.partition === partition)
    for (const endMs = performance.now() + PATIENCE_MS; ; await sleep(200)) {
      try {
        const missing = due.slice((await this.settledEnds()).get(partition))
        if (missing.length > 0) await this.sendTo(partition, missing.map(({ value }) => value)) // prettier-ignore
        return
      } catch (error) {
        if (performance.now() > endMs)
          throw new Error(`feeding ${this.topic} failed for ${PATIENCE_MS} ms`, { cause: error })
        await this.discard().catch(() => undefined)
      }
    }
  }

  /** What is on its way may still arrive: an end counts when it has stood still for a while. */
  private async settledEnds(): Promise<Map<number, number>> {
    let before = ''
    for (;;) {
      const ends = await this.admin.fetchTopicOffsets(this.topic)
      const text = JSON.stringify(ends.map(({ partition, high }) => [partition, high]))
      if (text === before) return new Map(ends.map(({ partition, high }) => [partition, Number(high)]))
      before = text
      await sleep(SETTLED_MS)
    }
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
    await producer.connect()
    return producer
  }

  private async discard(): Promise<void> {
    const producer = this.producer
    this.producer = null
    await producer?.then((open) => open.disconnect())
  }
}
