import type { Consumer, Kafka } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { checkCommit } from './commit.ts'
import { Exclusive } from './exclusive.ts'
import type { FetchedPartition } from './fetched-partition.ts'
import type { KafkaAdmin } from './kafka-admin.ts'
import { assignerFor } from './kafka-assigner.ts'
import { errorType, kafkaError } from './kafka-errors.ts'
import type { FetchOwner, Runner } from './kafka-patches.ts'
import { KafkaPlace, type PlaceSetup } from './kafka-place.ts'
import { consumerConfig, type KafkaOptions } from './kafka-settings.ts'
import type { Assignment, GroupConsumer, GroupHandler, OffsetToCommit } from './log.ts'
import { withinMs } from './time-limit.ts'

const STOP_WITHIN_MS = 2_500
const COMMIT_TRIES = 5
/** What the coordinator answers to a member that has lost its place. */
const NOT_OURS = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'])

export interface GroupSetup {
  kafka: Kafka
  admin: KafkaAdmin
  group: string
  topics: readonly string[]
  handler: GroupHandler
  options: KafkaOptions
  /** A tail has no commits to ask for. */
  hasCommits: boolean
  /** The log is broken for good. */
  onFailure: (error: unknown) => void
}

/**
 * One member of a Kafka consumer group, with the promises of `GroupHandler` built on KafkaJS, which has none of them:
 *
 *   GROUP_JOIN (an event nobody waits for)
 *     at once, in the same turn:  generation + 1, no places -> whatever still comes of the old generation is dropped
 *     then, behind the running batch: commits and bounds -> handler.assigned -> a place for each partition -> resume
 *   fetch -> its place (kafka-place.ts) -> pieces -> handler.batch -> seek to what it answered
 *
 * The handler is never in two calls at once. Partitions are paused until they have a place: a fetch would be for nothing.
 */
export class KafkaGroup implements GroupConsumer, FetchOwner {
  readonly #setup: GroupSetup
  readonly #consumer: Consumer
  readonly #exclusive = new Exclusive()
  readonly #places = new Map<string, KafkaPlace>()
  readonly #heartbeatIntervalMs: number
  #assigned: ReadonlySet<string> = new Set()
  #generation = 0
  #stopping = false
  #stopped: Promise<void> | null = null

  private constructor(setup: GroupSetup) {
    this.#setup = setup
    const config = consumerConfig(setup.group, setup.options)
    this.#heartbeatIntervalMs = config.heartbeatInterval!
    this.#consumer = setup.kafka.consumer({ ...config, partitionAssigners: [assignerFor(this)] })
    const { GROUP_JOIN, REBALANCING, CRASH } = this.#consumer.events
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#joined(payload.memberAssignment))
    this.#consumer.on(REBALANCING, () => this.#revoke())
    this.#consumer.on(CRASH, ({ payload }) => this.#crashed(payload.error, payload.restart))
  }

  static async start(setup: GroupSetup): Promise<KafkaGroup> {
    const group = new KafkaGroup(setup)
    const doing = `joining group ${setup.group}`
    try {
      await group.#consumer.connect()
      await group.#consumer.subscribe({ topics: [...setup.topics], fromBeginning: true })
      await group.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1,
        eachBatch,
      })
    } catch (error) {
      await group.stop()
      throw kafkaError(error, doing)
    }
    return group
  }

  /**
   * Fenced by the generation: checked here in the same turn in which KafkaJS binds the request to its own, and again by
   * the broker. Failures that may pass are tried again while the generation lasts.
   */
  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    checkCommit(offsets)
    const generation = this.#generation
    for (let attempt = 0; ; attempt++) {
      for (const { topic, partition } of offsets) {
        if (generation !== this.#generation || !this.#assigned.has(keyOf(topic, partition))) {
          throw this.#notOurs(`${topic}[${partition}]`)
        }
      }
      try {
        await this.#consumer.commitOffsets(offsets.map((commit) => ({ ...commit, offset: String(commit.offset) })))
        return
      } catch (error) {
        if (NOT_OURS.has(errorType(error) ?? '')) throw this.#notOurs(offsets[0]!.topic, error)
        if (attempt + 1 >= COMMIT_TRIES) throw kafkaError(error, `committing in group ${this.#setup.group}`)
        await sleep(backoffMs(attempt, 100, 2_000))
      }
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping = true // the running batch sees itself stale, and may still commit
    // Who hangs is left behind: the session ends for the broker, and the process is about to end for us.
    const doing = `leaving group ${this.#setup.group}`
    const idle = this.#exclusive.run(async () => undefined)
    await withinMs(idle, STOP_WITHIN_MS / 2, doing).catch(() => undefined)
    await withinMs(this.#consumer.disconnect(), STOP_WITHIN_MS / 2, doing).catch(() => undefined)
    this.#revoke()
  }

  /** Called by KafkaJS's runner with each fetch, in the place of `eachBatch`. Never throws. */
  async fetched(fetched: FetchedPartition, runner: Runner): Promise<void> {
    const place = this.#places.get(keyOf(fetched.topic, fetched.partition))
    if (place === undefined) return
    const generation = this.#generation
    const heartbeat = () => this.#heartbeat(runner, generation)
    // While a handler waits for somebody else, say for an append during an election, the session must live.
    const beats = setInterval(() => void heartbeat(), this.#heartbeatIntervalMs)
    try {
      await this.#exclusive.run(() => place.deliver(fetched, heartbeat))
    } catch (error) {
      this.#fail(error)
    } finally {
      clearInterval(beats)
    }
  }

  /** Called by KafkaJS's consumer group when the broker has nothing at our position. */
  async outOfRange(topic: string, partition: number): Promise<void> {
    const place = this.#places.get(keyOf(topic, partition))
    if (place === undefined) return
    await this.#exclusive.run(async () => {
      const bounds = await this.#setup.admin.bounds(topic)
      const here = bounds?.find((bound) => bound.partition === partition)
      if (here !== undefined) await place.outOfRange(here)
    })
  }

  /** Runs inside KafkaJS's join, before anything of the new generation is fetched. */
  #joined(memberAssignment: Readonly<Record<string, readonly number[]>>): void {
    this.#revoke()
    const generation = this.#generation
    const partitions = sortedPartitions(memberAssignment)
    this.#assigned = new Set(partitions.map(({ topic, partition }) => keyOf(topic, partition)))
    this.#consumer.pause(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })))
    void this.#begin(generation, partitions)
  }

  async #begin(generation: number, partitions: readonly { topic: string; partition: number }[]): Promise<void> {
    for (let attempt = 0; !this.#isStale(generation); attempt++) {
      try {
        return await this.#exclusive.run(() => this.#assign(generation, partitions))
      } catch (error) {
        if (!mayPass(error)) return this.#fail(error)
        this.#report('handler-failed', 'taking over partitions failed; trying again', error)
        await sleep(backoffMs(attempt, 200, 10_000))
      }
    }
  }

  async #assign(generation: number, partitions: readonly { topic: string; partition: number }[]): Promise<void> {
    if (this.#isStale(generation)) return
    const assignments = await this.#assignments(partitions)
    if (this.#isStale(generation)) return
    const starts = await this.#setup.handler.assigned(assignments)
    if (this.#isStale(generation)) return
    const setup = this.#placeSetup(generation)
    for (const { topic, partition } of partitions) {
      const start = starts.find((candidate) => candidate.topic === topic && candidate.partition === partition)
      if (start === undefined) throw new RangeError(`handler gave no start offset for ${topic}[${partition}]`)
      this.#places.set(keyOf(topic, partition), new KafkaPlace(setup, topic, partition, start.offset))
    }
    this.#consumer.resume(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })))
  }

  #placeSetup(generation: number): PlaceSetup {
    const { handler, options } = this.#setup
    return {
      consumer: this.#consumer,
      handler,
      checkCrc: options.checkCrc ?? true,
      decompressedBytesMax: options.decompressedBytesMax ?? 64 << 20,
      isStale: () => this.#isStale(generation),
      onProblem: (problem) => options.onProblem?.(problem),
      onBroken: (error) => this.#fail(error),
    }
  }

  async #assignments(partitions: readonly { topic: string; partition: number }[]): Promise<Assignment[]> {
    const { admin, group, hasCommits } = this.#setup
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const commits = hasCommits && topics.length > 0 ? await admin.commits(group, topics) : new Map<string, never>()
    const bounds = new Map(await Promise.all(topics.map(async (topic) => [topic, await admin.bounds(topic)] as const)))
    return partitions.map(({ topic, partition }) => {
      const here = bounds.get(topic)?.find((bound) => bound.partition === partition)
      if (here === undefined) throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no ${topic}[${partition}]`)
      const { low, high } = here
      return { topic, partition, committed: commits.get(keyOf(topic, partition)) ?? null, low, high }
    })
  }

  /** Must not throw into the handler: the runner meets the same failure itself, right after the batch. */
  async #heartbeat(runner: Runner, generation: number): Promise<void> {
    try {
      await runner.heartbeat()
    } catch (error) {
      if (generation === this.#generation && NOT_OURS.has(errorType(error) ?? '')) this.#revoke()
    }
  }

  #revoke(): void {
    this.#generation++
    this.#assigned = new Set()
    for (const place of this.#places.values()) place.close()
    this.#places.clear()
  }

  #isStale(generation: number): boolean {
    return this.#stopping || generation !== this.#generation
  }

  #crashed(error: Error, restart: boolean): void {
    this.#revoke()
    if (!restart) return this.#fail(kafkaError(error, `consuming in group ${this.#setup.group}`))
    this.#report('restarted', 'the consumer starts again', error)
  }

  #fail(error: unknown): void {
    if (this.#stopping) return
    this.#setup.onFailure(error)
    void this.stop()
  }

  #notOurs(what: string, cause?: unknown): MonitorError {
    const message = `${what} is no longer ours in group ${this.#setup.group}`
    return new MonitorError('EVENKEEL_LOG_FAILED', message, { retriable: true, cause })
  }

  #report(kind: 'restarted' | 'handler-failed', what: string, cause: unknown): void {
    this.#setup.options.onProblem?.({ kind, message: `group ${this.#setup.group}: ${what}`, cause })
  }
}

/** KafkaJS sorts partitions as strings, if at all. */
export function sortedPartitions(
  memberAssignment: Readonly<Record<string, readonly number[]>>,
): { topic: string; partition: number }[] {
  return Object.keys(memberAssignment)
    .sort()
    .flatMap((topic) => memberAssignment[topic]!.toSorted((a, b) => a - b).map((partition) => ({ topic, partition })))
}

/** A topic that is missing now may be about to be created again. */
function mayPass(error: unknown): boolean {
  return error instanceof MonitorError && (error.retriable || error.code === 'EVENKEEL_TOPIC_MISSING')
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

/** KafkaJS wants one; the patched runner calls `fetched` instead. */
async function eachBatch(): Promise<void> {}
