import { randomUUID } from 'node:crypto'
import { MonitorError } from '../errors.ts'
import type { Assignment, Batch, BatchResult, GroupHandler, Log } from '../log/log.ts'
import type { SchemaSource } from '../registry/registry.ts'
import type { PoisonBook } from '../service/poison-book.ts'
import type { RebuiltEras } from './rebuilt-eras.ts'

/**
 * Reads event topics from where each partition begins to where it ended when we began. As the only member of a group that nobody
 * else knows, and without committing: a reader without a group would not be told of records that cannot be read.
 *
 * Answers null, or why it stopped before the end: what was read until then counts.
 */
export async function readEvents(
  log: Log,
  partitions: readonly RebuiltEras[],
  { schemas, poison, prefix, registryWithinMs = REGISTRY_WITHIN_MS }: EventsReadingOptions,
): Promise<string | null> {
  const reading = new EventsReading(partitions, { schemas, poison, registryWithinMs })
  let seen = -1
  const timer = setInterval(() => {
    if (reading.position === seen) reading.fail(`nothing came for ${STALLED_MS / 1000} s`)
    seen = reading.position
  }, STALLED_MS)
  try {
    if (reading.topics.length === 0) return null
    const consumer = await log.consume(`${prefix}.verify.${randomUUID()}`, reading.topics, reading)
    const failure = await Promise.race([reading.ended, log.failed])
    await consumer.stop()
    return failure
  } finally {
    clearInterval(timer)
  }
}

export interface EventsReadingOptions {
  schemas: Pick<SchemaSource, 'prepare'>
  /** Records that nobody reads, as the ledger has them. */
  poison: PoisonBook
  /** Of our own groups and topics. */
  prefix: string
  /** How long the registry may be silent. */
  registryWithinMs?: number | undefined
}

class EventsReading implements GroupHandler {
  /** null: every partition was read to its end. */
  readonly ended: Promise<string | null>
  private readonly ending = Promise.withResolvers<string | null>()
  private readonly partitions: readonly RebuiltEras[]
  private readonly schemas: Pick<SchemaSource, 'prepare'>
  private readonly poison: PoisonBook
  private readonly registryWithinMs: number
  private registrySilentSinceMs: number | null = null
  private isOver = false

  constructor(
    partitions: readonly RebuiltEras[],
    {
      schemas,
      poison,
      registryWithinMs,
    }: { schemas: Pick<SchemaSource, 'prepare'>; poison: PoisonBook; registryWithinMs: number },
  ) {
    this.ended = this.ending.promise
    this.partitions = partitions
    this.schemas = schemas
    this.poison = poison
    this.registryWithinMs = registryWithinMs
  }

  /** Those of which something is to be read. */
  get topics(): string[] {
    return [...new Set(this.partitions.filter(({ isEnded }) => !isEnded).map(({ topic }) => topic))]
  }

  get position(): number {
    return this.partitions.reduce((sum, { position }) => sum + position, 0)
  }

  fail(reason: string): void {
    this.isOver = true
    this.ending.resolve(reason)
  }

  async assigned(assignments: readonly Assignment[]): Promise<{ topic: string; partition: number; offset: number }[]> {
    return assignments.map(({ topic, partition, high }) => {
      return { topic, partition, offset: this.find(topic, partition)?.position ?? high }
    })
  }

  async batch(batch: Batch): Promise<BatchResult> {
    const { topic, partition, end } = batch
    const first = batch.records[0]?.offset ?? end
    const reading = this.find(topic, partition)
    if (this.isOver || reading === undefined || reading.isEnded) return { next: first, pauseMs: PARKED_MS }
    if (batch.lost > 0) reading.lose(batch.lost)
    const wanted = batch.records.filter(({ offset }) => offset < reading.end && offset >= reading.position)
    const records = this.poison.guarded(wanted)
    const prepared = await this.schemas.prepare(records, reading.stream.plan)
    if (prepared !== 'ready') return { next: first, pauseMs: this.waitForRegistry(prepared) }
    this.registrySilentSinceMs = null
    let breathedAt = performance.now()
    for (const [at, record] of records.entries()) {
      reading.observe(record)
      // Another era began, and goes back to what the one before left aside.
      if (reading.position <= record.offset) return { next: reading.position }
      if ((at & 255) !== 255 || performance.now() - breathedAt < BREATH_MS) continue
      await batch.heartbeat()
      if (batch.isStale()) return { next: reading.position } // it comes again, from there on
      breathedAt = performance.now()
    }
    reading.advance(Math.min(end, reading.end))
    if (this.partitions.every(({ isEnded }) => isEnded)) this.ending.resolve(null)
    return reading.isEnded ? { next: end, pauseMs: PARKED_MS } : { next: Math.min(end, reading.position) }
  }

  private waitForRegistry({ retryInMs, reason }: { retryInMs: number; reason: string }): number {
    const nowMs = performance.now()
    this.registrySilentSinceMs ??= nowMs
    if (nowMs - this.registrySilentSinceMs < this.registryWithinMs) return retryInMs
    this.fail(new MonitorError('EVENKEEL_REGISTRY_UNREACHABLE', reason).message)
    return PARKED_MS
  }

  private find(topic: string, partition: number): RebuiltEras | undefined {
    return this.partitions.find((each) => each.topic === topic && each.partition === partition)
  }
}

/** A broker that is gone, or an open transaction that holds back what follows. */
const STALLED_MS = 120_000
/** There is nothing more to read: until the group is left. */
const PARKED_MS = 3_600_000
const BREATH_MS = 20
const REGISTRY_WITHIN_MS = 30_000
