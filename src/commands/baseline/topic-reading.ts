import { Assembler } from '../../assemble.ts'
import type { Config } from '../../config/shape.ts'
import { MonitorError } from '../../errors.ts'
import type { Assignment, Batch, BatchResult, GroupHandler } from '../../log/log.ts'
import { paneDigest } from '../../pane/digest.ts'
import type { SchemaSource } from '../../registry/registry.ts'
import { handBack } from '../../replay/hand-back.ts'
import type { ObservedStream } from '../../service/observed-partition.ts'
import type { SealedSlice } from '../../slice/slice.ts'
import type { StreamRange } from './offset-ranges.ts'
import { unreadable } from './offset-ranges.ts'
import { PartitionReading } from './partition-reading.ts'

/**
 * Event topics of one group of streams between given offsets, through the very pipes of the service: observe, then assemble.
 *
 * Partitions advance together in event time: who is more than an hour ahead of the one behind waits, else the panes of a fast
 * one would pile up until the others are read. That never stops everybody, because the one behind is ahead of nobody. What comes
 * out does not depend on who is read when: panes are those of a partition's own records, and slices wait for all partitions.
 */
export class TopicReading implements GroupHandler {
  /** Every partition was read to its end, and every slice handed out. */
  readonly ended: Promise<void>
  private readonly ending = Promise.withResolvers<void>()
  private readonly readings: readonly PartitionReading[]
  private readonly assembler: Assembler
  private readonly schemas: Pick<SchemaSource, 'prepare'>
  private readonly onSlice: (sealed: SealedSlice) => void
  private registrySilentSinceMs: number | null = null

  constructor({ config, streams, ranges, schemas, onSlice }: TopicReadingOptions) {
    this.ended = this.ending.promise
    this.schemas = schemas
    this.onSlice = onSlice
    this.readings = streams.flatMap((stream) =>
      ranges.flatMap((range) => (range.stream === stream.plan.stream ? [new PartitionReading(range, stream)] : [])),
    )
    const { panes } = config
    const { paneConfigDigest } = streams[0]!
    this.assembler = new Assembler({ streams: streams.map(({ plan }) => plan), panes, paneConfigDigest })
    for (const { plan } of streams) this.assembler.setPartitions(plan.stream, this.partitionsOf(plan.stream))
    if (this.reading.length === 0) this.finish()
  }

  get topics(): string[] {
    return [...new Set(this.readings.map(({ range }) => range.topic))]
  }

  /** Where it is, for who waits for it. */
  describe(): string {
    const { range, position } = this.reading[0] ?? this.readings[0]!
    return `${range.topic}[${range.partition}] at offset ${position} of ${range.to}`
  }

  /** Grows with every record of any partition. */
  get position(): number {
    return this.readings.reduce((sum, { position }) => sum + position, 0)
  }

  async assigned(assignments: readonly Assignment[]): Promise<{ topic: string; partition: number; offset: number }[]> {
    return assignments.map(({ topic, partition, high }) => {
      return { topic, partition, offset: this.find(topic, partition)?.position ?? high }
    })
  }

  async batch(batch: Batch): Promise<BatchResult> {
    const { topic, partition, lost, end } = batch
    const next = batch.records[0]?.offset ?? end
    const reading = this.find(topic, partition)
    if (reading === undefined || reading.isEnded) return { next, pauseMs: PARKED_MS }
    if (lost > 0) throw unreadable(`${topic}[${partition}]: ${lost} records from offset ${reading.position} on are gone or cannot be read: no baseline is made of the rest`) // prettier-ignore
    const records = batch.records.filter(({ offset }) => offset < reading.range.to)
    if (records.length > 0) {
      if (this.isAhead(reading)) return { next, pauseMs: AHEAD_PAUSE_MS }
      const prepared = await this.schemas.prepare(records, reading.stream.plan)
      if (prepared !== 'ready') return { next, pauseMs: this.waitForRegistry(prepared) }
      this.registrySilentSinceMs = null
      if (!(await this.observe(reading, batch, records))) return { next: reading.position }
    }
    reading.advance(end)
    if (this.reading.length === 0) this.finish()
    else this.assemble()
    return reading.isEnded ? { next: reading.position, pauseMs: PARKED_MS } : { next: end }
  }

  /** False: the partition was taken away meanwhile, and comes again. */
  private async observe(reading: PartitionReading, batch: Batch, records: Batch['records']): Promise<boolean> {
    let breathedAt = performance.now()
    for (const [at, record] of records.entries()) {
      reading.observe(record)
      if ((at & 255) !== 255 || performance.now() - breathedAt < BREATH_MS) continue
      await batch.heartbeat()
      if (batch.isStale()) return false
      breathedAt = performance.now()
    }
    return true
  }

  private isAhead({ watermarkMs }: PartitionReading): boolean {
    return watermarkMs > Math.min(...this.reading.map((each) => each.watermarkMs)) + AHEAD_MS
  }

  private finish(): void {
    const lastMs = Math.max(...this.readings.map(({ watermarkMs }) => watermarkMs))
    for (const reading of this.readings) reading.finish(lastMs === -Infinity ? 0 : lastMs)
    this.assembler.finish()
    this.assemble()
    this.ending.resolve()
  }

  private assemble(): void {
    const { assembler } = this
    const floorMs = Math.min(...this.reading.map(({ closedThroughMs }) => closedThroughMs))
    for (const reading of this.readings) {
      for (const pane of reading.takePanes()) assembler.addPane(pane, paneDigest(pane), 0)
      const partitions = this.partitionsOf(reading.range.stream)
      assembler.addProgress(reading.progress(partitions, floorMs === Infinity ? -Infinity : floorMs), 0)
    }
    handBack(assembler, this.onSlice)
  }

  private waitForRegistry({ retryInMs, reason }: { retryInMs: number; reason: string }): number {
    const nowMs = performance.now()
    this.registrySilentSinceMs ??= nowMs
    if (nowMs - this.registrySilentSinceMs < REGISTRY_WITHIN_MS) return retryInMs
    throw new MonitorError('EVENKEEL_REGISTRY_UNREACHABLE', reason)
  }

  private get reading(): PartitionReading[] {
    return this.readings.filter(({ isEnded }) => !isEnded)
  }

  private find(topic: string, partition: number): PartitionReading | undefined {
    return this.readings.find(({ range }) => range.topic === topic && range.partition === partition)
  }

  private partitionsOf(stream: string): number {
    return this.readings.filter(({ range }) => range.stream === stream).length
  }
}

export interface TopicReadingOptions {
  config: Pick<Config, 'panes'>
  /** Of one group, by name ascending. */
  streams: readonly ObservedStream[]
  /** One for every partition of every topic. */
  ranges: readonly StreamRange[]
  schemas: Pick<SchemaSource, 'prepare'>
  onSlice: (sealed: SealedSlice) => void
}

const HOUR_MS = 3_600_000
/** Some panes of each partition in memory. */
const AHEAD_MS = HOUR_MS
const AHEAD_PAUSE_MS = 50
/** There is nothing more to read: until the group is left. */
const PARKED_MS = HOUR_MS
const BREATH_MS = 20
const REGISTRY_WITHIN_MS = 30_000
