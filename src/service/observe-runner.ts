import type { StreamConfig } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'
import type { Assignment, Batch, BatchResult, GroupConsumer, GroupHandler, Log } from '../log/log.ts'
import { Observer } from '../observe.ts'
import { decodeCheckpoint } from '../pane/checkpoint.ts'
import type { Checkpoint } from '../pane/checkpoint.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Cancel } from './clock.ts'
import { ObservedPartition } from './observed-partition.ts'
import type { NextEra, ObservedStream, Publishing } from './observed-partition.ts'
import { SharedQuestion } from './shared-question.ts'

/**
 * The outside of observe: event topics in, panes, progress and quarantine out, offsets committed after that.
 *
 * Every generation of the group begins from the commits: what was open before is void (docs/architecture.md, invariant 2). That is also the
 * only recovery there is, so a rebalance, a crash and a deployment are one and the same thing.
 */
export class ObserveRunner implements GroupHandler {
  private readonly log: Log
  private readonly streams: ReadonlyMap<string, ObservedStream>
  private readonly publishing: Publishing
  private readonly logger: Logger
  private readonly isWatched: (stream: string) => boolean
  private readonly segmentsOf: (stream: string) => SegmentKnowledge
  private readonly nextEraOf: (stream: string) => NextEra | null
  /** By topic: its partitions close at about the same time, and each of them has to know. */
  private readonly partitionCounts: ReadonlyMap<string, SharedQuestion<number>>
  private partitions = new Map<string, ObservedPartition>()
  private consumer: GroupConsumer | null = null
  private stopTicking: Cancel | null = null
  private isTicking = false
  private isStopping = false

  constructor(options: {
    log: Log
    streams: readonly ObservedStream[]
    publishing: Publishing
    logger: Logger
    /** Whether slices of the stream exist: then a partition without a commit is a new one, and starts at its beginning. */
    isWatched: (stream: string) => boolean
    /** What the ledger, as far as it is read, says of the stream's segments. */
    segmentsOf: (stream: string) => SegmentKnowledge
    /** The era that the ledger, as far as it is read, announces for the stream. */
    nextEraOf?: (stream: string) => NextEra | null
  }) {
    this.log = options.log
    this.streams = new Map(options.streams.map((each) => [each.plan.topic, each]))
    const count = async (topic: string): Promise<number> => (await this.log.bounds(topic))?.length ?? 0
    this.partitionCounts = new Map([...this.streams.keys()].map((topic) => [topic, new SharedQuestion(() => count(topic))])) // prettier-ignore
    this.publishing = options.publishing
    this.logger = options.logger
    this.isWatched = options.isWatched
    this.segmentsOf = options.segmentsOf
    this.nextEraOf = options.nextEraOf ?? (() => null)
  }

  async start(group: string): Promise<void> {
    this.consumer = await this.log.consume(group, [...this.streams.keys()], this)
    if (this.isStopping) return this.consumer.stop()
    this.stopTicking = this.publishing.clock.every(TICK_MS, () => void this.tick())
  }

  /** Stops reading, publishes and commits what is closed, leaves the group. */
  async stop(): Promise<void> {
    this.isStopping = true
    this.stopTicking?.()
    for (const partition of this.partitions.values()) await partition.flush(true)
    await this.consumer?.stop()
    this.partitions.clear()
  }

  get isAssigned(): boolean {
    return this.consumer !== null
  }

  /** Records between what was read and the end of the log, by stream. */
  lag(): Map<string, number> {
    const lag = new Map<string, number>()
    for (const each of this.partitions.values()) lag.set(each.stream, (lag.get(each.stream) ?? 0) + each.lag)
    return lag
  }

  async assigned(assignments: readonly Assignment[]): Promise<{ topic: string; partition: number; offset: number }[]> {
    for (const old of this.partitions.values()) old.abandon()
    this.partitions = new Map()
    const starts = []
    // Who had the partition before may have named a record there that nobody must read.
    await this.publishing.readLedger?.()
    for (const assignment of assignments) {
      const stream = this.streams.get(assignment.topic)!
      const from = await this.startOf(assignment, stream.config)
      const partition = new ObservedPartition({
        stream,
        partition: assignment.partition,
        publishing: this.publishing,
        high: assignment.high,
        segments: () => this.segmentsOf(stream.plan.stream),
        next: () => this.nextEraOf(stream.plan.stream),
        commit: (offset, metadata) =>
          this.consumer!.commit([{ topic: assignment.topic, partition: assignment.partition, offset, metadata }]),
        countPartitions: () => this.partitionCounts.get(assignment.topic)!.ask(),
        observer: new Observer({
          plan: stream.plan,
          partition: assignment.partition,
          panes: stream.panes,
          paneConfigDigest: stream.paneConfigDigest,
          decoder: stream.decoder,
          offset: from.offset,
          checkpoint: inEra(from.checkpoint, stream.fromMs ?? null),
        }),
      })
      if (from.lost > 0) partition.lose(from.lost)
      this.partitions.set(keyOf(assignment), partition)
      starts.push({ topic: assignment.topic, partition: assignment.partition, offset: from.offset })
    }
    return starts
  }

  async batch(batch: Batch): Promise<BatchResult> {
    return this.partitions.get(keyOf(batch))!.read(batch)
  }

  /** Progress, idle partitions and first commits: all that happens by the clock and not by a record. */
  private async tick(): Promise<void> {
    // While the log does not answer a tick takes long: those that would pile up behind it have nothing else to say.
    if (this.isTicking) return
    this.isTicking = true
    try {
      for (const partition of [...this.partitions.values()]) {
        if (this.isStopping) break // what is closed has been published, and nobody commits any more
        await this.tickOf(partition)
      }
    } finally {
      this.isTicking = false
    }
  }

  private async tickOf(partition: ObservedPartition): Promise<void> {
    try {
      await partition.tick()
    } catch (error) {
      // The next tick tries again; batches of the partition meet the same error and park it.
      this.logger.error(error, { stream: partition.stream, partition: partition.partition })
    }
  }

  private async startOf(
    { topic, partition, committed, low, high }: Assignment,
    stream: StreamConfig,
  ): Promise<{ offset: number; checkpoint: Checkpoint | null; lost: number }> {
    if (committed === null) {
      const offset = await this.freshStart(topic, partition, stream, low, high)
      // A partition that was added: what it no longer holds nobody has read.
      return { offset, checkpoint: null, lost: this.isWatched(stream.name) ? offset : 0 }
    }
    const checkpoint = committed.metadata === '' ? null : decodeCheckpoint(committed.metadata)
    if (committed.offset < low)
      return { offset: low, checkpoint: passing(checkpoint, low), lost: low - committed.offset }
    // The topic was deleted and created again: its offsets begin anew, and what the old one still held is gone.
    if (committed.offset > high) return { offset: low, checkpoint: passing(checkpoint, Infinity), lost: committed.offset - high } // prettier-ignore
    return { offset: committed.offset, checkpoint, lost: 0 }
  }

  private async freshStart(
    topic: string,
    partition: number,
    stream: StreamConfig,
    low: number,
    high: number,
  ): Promise<number> {
    if (this.isWatched(stream.name) || stream.start === 'earliest') return low
    if (stream.start === 'latest') return high
    const at = await this.log.offsetsAt(topic, stream.start)
    const found = at.find((each) => each.partition === partition)
    if (found === undefined) throw new MonitorError('EVENKEEL_TOPIC_MISSING', `${topic} has no partition ${partition}`)
    return found.offset
  }
}

const TICK_MS = 1_000

/** The era has begun, so the one before is over for everybody: what is left of that nobody waits for. */
function inEra(checkpoint: Checkpoint | null, fromMs: number | null): Checkpoint | null {
  if (checkpoint === null || fromMs === null) return checkpoint
  return { ...checkpoint, publishedThroughMs: Math.max(checkpoint.publishedThroughMs, fromMs) }
}

/** Turns of eras that were before an offset at which reading goes on: nobody comes by there any more. */
function passing(checkpoint: Checkpoint | null, offset: number): Checkpoint | null {
  if (checkpoint === null) return null
  const passed = checkpoint.turns.filter((turn) => turn.offset < offset)
  const closedThroughMs = passed.reduce((max, { untilMs }) => Math.max(max, untilMs), checkpoint.closedThroughMs)
  return { ...checkpoint, closedThroughMs, turns: checkpoint.turns.slice(passed.length) }
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
