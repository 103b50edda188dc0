import type { Consumer, Kafka } from 'kafkajs'
import { setImmediate as yieldToTimers, setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { checkCommit } from './commit.ts'
import { deliver } from './delivery.ts'
import { Exclusive } from './exclusive.ts'
import type { FetchedPartition, Piece } from './fetched-partition.ts'
import type { KafkaAdmin } from './kafka-admin.ts'
import { assignerFor } from './kafka-assigner.ts'
import { errorType, kafkaError } from './kafka-errors.ts'
import type { FetchOwner, Runner } from './kafka-patches.ts'
import { consumerConfig, type KafkaOptions } from './kafka-settings.ts'
import type { Assignment, Batch, GroupConsumer, GroupHandler, LogRecord, OffsetToCommit } from './log.ts'
import { withinMs } from './time-limit.ts'

/** A checksum may fail in passing (a bad cable); the fourth time it is the disk, and waiting longer helps nobody. */
const CORRUPT_TRIES = 3
const CORRUPT_PAUSE_MS = 500
const STOP_WITHIN_MS = 3_000
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

interface Place {
  topic: string
  partition: number
  next: number
  failures: number
  corruptTries: number
  /** Set while parked. */
  timer: NodeJS.Timeout | null
}

/**
 * One member of a Kafka consumer group, with the promises of `GroupHandler` built on KafkaJS, which has none of them:
 *
 *   GROUP_JOIN (an event nobody waits for)
 *     at once, in the same turn:  generation + 1, every partition paused -> no batch of this generation can come
 *     then, behind the running batch: commits and bounds -> handler.assigned -> seek each -> resume
 *   fetch -> is it ours, of this generation, at our position? -> pieces -> handler.batch -> seek to what it answered
 *
 * The position is ours alone: KafkaJS commits nothing, resolves nothing, and after each delivery is told where to go
 * on. A fetch that does not start at our position is an old one and is dropped; the log gives it again.
 */
export class KafkaGroup implements GroupConsumer, FetchOwner {
  readonly #setup: GroupSetup
  readonly #consumer: Consumer
  readonly #exclusive = new Exclusive()
  readonly #places = new Map<string, Place>()
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
    if (place === undefined || place.timer !== null) return
    const generation = this.#generation
    const heartbeat = () => this.#heartbeat(runner, generation)
    // While a handler waits for somebody else, say for an append during an election, the session must live.
    const beats = setInterval(() => void heartbeat(), this.#heartbeatIntervalMs)
    try {
      await this.#exclusive.run(() => this.#deliverPieces(place, generation, fetched, heartbeat))
    } catch (error) {
      this.#fail(error)
    } finally {
      clearInterval(beats)
    }
  }

  /**
   * Our position is below the log's start (retention went by, or somebody deleted records) or above its end (the topic
   * was created again, or an unclean election cut it). Both are told at once, with an empty batch.
   */
  async outOfRange(topic: string, partition: number): Promise<void> {
    const place = this.#places.get(keyOf(topic, partition))
    if (place === undefined || place.timer !== null) return
    const generation = this.#generation
    await this.#exclusive.run(async () => {
      const bounds = await this.#setup.admin.bounds(topic)
      const here = bounds?.find((bound) => bound.partition === partition)
      if (here === undefined || this.#isStale(generation)) return
      const isRecreated = place.next > here.high
      if (!isRecreated && place.next >= here.low) return // it was so for a moment only: fetch again
      const lost = isRecreated ? 1 : here.low - place.next
      this.#reportLost(place, lost, isRecreated ? 'the topic was created again' : 'they are below the start of the log')
      const heartbeat = async () => undefined // the runner heartbeats again when this fetch returns
      await this.#hand(place, generation, [], here.low, here.high, lost, heartbeat)
    })
  }

  async #deliverPieces(
    place: Place,
    generation: number,
    fetched: FetchedPartition,
    heartbeat: () => Promise<void>,
  ): Promise<void> {
    if (this.#isStale(generation) || fetched.fetchedOffset !== place.next) return
    const { checkCrc = true, decompressedBytesMax = 64 << 20 } = this.#setup.options
    let lost = lostBefore(fetched)
    if (lost > 0) this.#reportLost(place, lost, 'they are below the start of the log')
    for (const piece of fetched.pieces(place.next, { checkCrc, decompressedBytesMax, recordsPerPiece: 10_000 })) {
      if (this.#isStale(generation)) return
      if (piece.unreadable !== null) {
        if (piece.unreadable.reason === 'corrupt' && place.corruptTries++ < CORRUPT_TRIES) {
          return this.#park(place, CORRUPT_PAUSE_MS)
        }
        lost += piece.unreadable.count
        this.#reportUnreadable(place, piece.unreadable)
      }
      if (!(await this.#hand(place, generation, piece.records, piece.end, fetched.highWatermark, lost, heartbeat)))
        return
      place.corruptTries = 0
      lost = 0
    }
  }

  /** Hands one batch to the handler and does what it answers. True when it took all of it and the next may follow. */
  async #hand(
    place: Place,
    generation: number,
    records: readonly LogRecord[],
    end: number,
    highWatermark: number,
    lost: number,
    beat: () => Promise<void>,
  ): Promise<boolean> {
    const { topic, partition } = place
    const isStale = () => this.#isStale(generation)
    const heartbeat = async () => {
      await beat()
      await yieldToTimers()
    }
    const batch: Batch = { topic, partition, records, end, highWatermark, lost, isStale, heartbeat }
    const delivered = await deliver(this.#setup.handler, batch, place.failures)
    if (delivered.kind === 'broken') this.#fail(delivered.error)
    if (this.#isStale(generation) || delivered.kind === 'broken') return false
    place.failures = delivered.kind === 'again' ? place.failures + 1 : 0
    if (delivered.kind === 'next') {
      place.next = delivered.next
      this.#seek(place)
    } else {
      this.#report(
        'handler-failed',
        place,
        `the handler failed; trying again in ${delivered.pauseMs} ms`,
        delivered.error,
      )
    }
    if (delivered.pauseMs > 0) this.#park(place, delivered.pauseMs)
    return delivered.kind === 'next' && delivered.pauseMs === 0 && delivered.next >= end
  }

  #park(place: Place, pauseMs: number): void {
    const { topic, partition } = place
    this.#consumer.pause([{ topic, partitions: [partition] }])
    place.timer = setTimeout(() => {
      place.timer = null
      this.#consumer.resume([{ topic, partitions: [partition] }])
    }, pauseMs)
  }

  #seek({ topic, partition, next }: Place): void {
    this.#consumer.seek({ topic, partition, offset: String(next) })
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
        this.#report(
          'handler-failed',
          null,
          `group ${this.#setup.group}: taking over partitions failed; trying again`,
          error,
        )
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
    for (const { topic, partition } of partitions) {
      const start = starts.find((candidate) => candidate.topic === topic && candidate.partition === partition)
      if (start === undefined) throw new RangeError(`handler gave no start offset for ${topic}[${partition}]`)
      const place: Place = { topic, partition, next: start.offset, failures: 0, corruptTries: 0, timer: null }
      this.#places.set(keyOf(topic, partition), place)
      this.#seek(place)
    }
    this.#consumer.resume(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })))
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
    for (const place of this.#places.values()) clearTimeout(place.timer ?? undefined)
    this.#places.clear()
  }

  #isStale(generation: number): boolean {
    return this.#stopping || generation !== this.#generation
  }

  #crashed(error: Error, restart: boolean): void {
    this.#revoke()
    if (!restart) return this.#fail(kafkaError(error, `consuming in group ${this.#setup.group}`))
    this.#report('restarted', null, `group ${this.#setup.group}: the consumer starts again`, error)
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

  #reportLost({ topic, partition, next }: Place, count: number, why: string): void {
    const message = `${topic}[${partition}]: ${count} records from ${next} on are lost: ${why}`
    this.#setup.options.onProblem?.({ kind: 'lost', message, topic, partition, count })
  }

  #reportUnreadable({ topic, partition }: Place, { count, message }: NonNullable<Piece['unreadable']>): void {
    this.#setup.options.onProblem?.({ kind: 'unreadable', message, topic, partition, count })
  }

  #report(kind: 'restarted' | 'handler-failed', place: Place | null, message: string, cause: unknown): void {
    const where = place === null ? {} : { topic: place.topic, partition: place.partition }
    this.#setup.options.onProblem?.({ kind, message, cause, ...where })
  }
}

/** Records below the log's start are lost; an offset missing above it was compacted away or is a control marker. */
function lostBefore({ fetchedOffset, batches, logStartOffset }: FetchedPartition): number {
  return Math.max(0, Math.min(batches[0]!.baseOffset, logStartOffset) - fetchedOffset)
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
