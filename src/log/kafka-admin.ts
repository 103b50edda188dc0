import type { Admin, Kafka } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { errorType, kafkaError } from './kafka-errors.ts'
import type { TopicSpec } from './log.ts'
import type { Commit } from './local-store.ts'
import { withinMs } from './time-limit.ts'

const LEADERS_WITHIN_MS = 15_000
const ASK_TRIES = 6
/** What can still be answered is by then: one request has 30 s, and the retries around it 13 s. */
const ASK_WITHIN_MS = 120_000
const PASSING = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION', // asked of another topic, see `#ask`
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'OFFSET_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
])

export interface Bounds {
  partition: number
  low: number
  high: number
}

/** Questions to the cluster that are not reading or writing. Partitions come sorted as numbers. */
export class KafkaAdmin {
  readonly #kafka: Kafka
  readonly #withinMs: number
  #admin: Promise<Admin> | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(kafka: Kafka, askWithinMs = ASK_WITHIN_MS) {
    this.#kafka = kafka
    this.#withinMs = askWithinMs
  }

  exists(topic: string): Promise<boolean> {
    return this.#ask(`asking for ${topic}`, async (admin) => (await partitionsOf(admin, topic)) !== null)
  }

  async bounds(topic: string): Promise<Bounds[] | null> {
    return this.#ask(`asking for the bounds of ${topic}`, async (admin) => {
      if ((await partitionsOf(admin, topic)) === null) return null
      const offsets = await admin.fetchTopicOffsets(topic)
      const bounds = offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
      return bounds.sort((a, b) => a.partition - b.partition)
    })
  }

  async offsetsAt(topic: string, timestampMs: number): Promise<{ partition: number; offset: number }[]> {
    return this.#ask(`asking ${topic} for offsets by time`, async (admin) => {
      if ((await partitionsOf(admin, topic)) === null) throw missing(topic)
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.floor(timestampMs)))
      const places = offsets.map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      return places.sort((a, b) => a.partition - b.partition)
    })
  }

  /** A group's commits by `topic/partition`. */
  async commits(group: string, topics: readonly string[]): Promise<Map<string, Commit>> {
    return this.#ask(`asking for the commits of group ${group}`, async (admin) => {
      const commits = new Map<string, Commit>()
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [...topics] })) {
        for (const { partition, offset, metadata } of partitions) {
          if (Number(offset) < 0) continue // -1: none
          commits.set(`${topic}/${partition}`, { offset: Number(offset), metadata: metadata ?? '' })
        }
      }
      return commits
    })
  }

  /**
   * A topic that is there is left as it is. Resolves when every partition has a leader. A new one must come so far: else it throws. One
   * that was there before may be ours too, as the answer to the first request may have been lost; it is waited for, and not for ever.
   */
  async createTopic({ topic, partitions, replicationFactor, config }: TopicSpec): Promise<void> {
    await this.#ask(`creating ${topic}`, async (admin) => {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
      const topics = [{ topic, numPartitions: partitions, replicationFactor, configEntries }]
      const isNew = await admin.createTopics({ topics, waitForLeaders: false, timeout: 10_000 })
      for (const endMs = performance.now() + LEADERS_WITHIN_MS; performance.now() < endMs; await sleep(50)) {
        const leaders = await partitionsOf(admin, topic).catch(() => null)
        if (leaders !== null && leaders.length >= (isNew ? partitions : 1) && leaders.every((leader) => leader >= 0))
          return
      }
      if (!isNew) return
      throw new MonitorError('EVENKEEL_LOG_FAILED', `${topic} was created but has no leaders yet`, { retriable: true })
    })
  }

  /** For good: a question that is being asked again finds no client any more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#discard()
  }

  async #discard(): Promise<void> {
    const admin = this.#admin
    this.#admin = null
    await admin?.then(
      (open) => open.disconnect(),
      () => undefined, // it never connected
    )
  }

  /**
   * KafkaJS remembers every topic an admin client was ever asked about, and once one of them is deleted no metadata can
   * be fetched any more: so a client that failed is thrown away. What passes by itself (a new topic whose leader does
   * not know it yet) is asked again; KafkaJS has already retried what concerns the connection.
   */
  #ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    // One question at a time: an answer that throws the client away must not pull it from under another question. So one without an
    // answer would hold up all others, and everything that waits for them: it is given up, like one that failed.
    const answer = this.#turn.then(() => this.#askNow(doing, question))
    this.#turn = answer.catch(() => undefined)
    return answer
  }

  async #askNow<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      if (this.#closed) throw new MonitorError('EVENKEEL_LOG_FAILED', `${doing}: the log is closed`)
      try {
        this.#admin ??= this.#connect()
        return await withinMs(this.#admin.then(question), this.#withinMs, doing)
      } catch (error) {
        void this.#discard().catch(() => undefined) // thrown away: how it ends does not matter
        if (attempt >= ASK_TRIES || !PASSING.has(errorType(error) ?? '')) throw kafkaError(error, doing)
        await sleep(backoffMs(attempt, 50, 2_000))
      }
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin()
    await admin.connect()
    return admin
  }
}

export function missing(topic: string): MonitorError {
  return new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}`)
}

/** The leader of each partition (negative: none), or null when there is no such topic. */
async function partitionsOf(admin: Admin, topic: string): Promise<number[] | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.map(({ leader }) => leader) ?? null
  } catch (error) {
    if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return null
    throw error
  }
}
