import type { LogRecord, RecordToAppend, TopicSpec } from '../../../src/log/log.ts'
import { partitionFor } from '../../../src/log/murmur2.ts'
import { Coordinator } from './coordinator.ts'
import type { Scheduler } from './scheduler.ts'
import type { Damage } from './spoil.ts'
import { spoil } from './spoil.ts'
import { note } from './tally.ts'
import type { Tally } from './tally.ts'

const NEWS_WITHIN_MS = 60_000

/** The one thing that never crashes here: topics, groups and commits, as Kafka keeps them. */
export class Broker {
  readonly topics = new Map<string, BrokerPartition[]>()
  readonly tally: Tally = new Map()
  private readonly groups = new Map<string, Coordinator>()
  private readonly scheduler: Scheduler
  /** By topic: what becomes of the next record that is written. */
  private readonly spoilNext = new Map<string, Damage>()
  /** Of records that were spoilt: as they were written. */
  private readonly written = new Map<LogRecord, LogRecord>()
  private readonly waiting = new Map<string, Set<() => void>>()

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  createTopic({ topic, partitions }: Pick<TopicSpec, 'topic' | 'partitions'>): void {
    if (this.topics.has(topic)) return
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ low: 0, records: [] })),
    )
  }

  /** Groups hear of it as clients do that look for news of a topic now and then. */
  addPartitions(topic: string, partitions: number): void {
    const places = this.topics.get(topic)!
    note(this.tally, 'partitions added')
    while (places.length < partitions) places.push({ low: 0, records: [] })
    for (const group of this.groups.values()) {
      this.scheduler.after(this.scheduler.random.between(0, NEWS_WITHIN_MS), () => group.topicChanged(topic))
    }
  }

  partition(topic: string, partition: number): BrokerPartition {
    const found = this.topics.get(topic)?.[partition]
    if (found === undefined) throw new RangeError(`no ${topic}[${partition}]`)
    return found
  }

  append(topic: string, record: RecordToAppend): void {
    const partitions = this.topics.get(topic)!
    const partition = record.partition ?? (record.key === null ? 0 : partitionFor(record.key, partitions.length))
    const { low, records } = partitions[partition]!
    const headers = Object.fromEntries(
      Object.entries(record.headers ?? {}).map(([name, value]) => [name, Buffer.from(value as Buffer)]),
    )
    records.push({
      ...{ topic, partition, offset: low + records.length, timestampMs: this.scheduler.nowMs, headers },
      key: record.key === null ? null : Buffer.from(record.key),
      value: record.value === null ? null : Buffer.from(record.value as Buffer),
    })
    const damage = this.spoilNext.get(topic)
    if (damage !== undefined && damage.fits(records.at(-1)!)) {
      this.spoilNext.delete(topic)
      this.spoilAt(records, records.length - 1, damage)
    }
    this.wake(topic)
  }

  /** One record of the topic rots: the next that is written, or one that stands there. */
  damage(topic: string, damage: Damage): void {
    if (damage.place === 'next') {
      this.spoilNext.set(topic, damage)
      return
    }
    const all = this.topics.get(topic)!.flatMap(({ records }) => records.map((record, at) => ({ record, records, at })))
    const fitting = all.filter(({ record }) => damage.fits(record) && !this.written.has(record))
    const found = fitting[Math.floor(damage.place * fitting.length)]
    if (found !== undefined) this.spoilAt(found.records, found.at, damage)
  }

  private spoilAt(records: LogRecord[], at: number, damage: Damage): void {
    const record = records[at]!
    const spoilt = spoil(record, damage)
    this.written.set(spoilt, record)
    records[at] = spoilt
    note(this.tally, `${damage.how} in ${record.topic}`)
  }

  /** Once something was written, or after so long: a fetch that finds nothing waits here. */
  whenWritten(topic: string, withinMs: number, work: () => void): void {
    const waiting = this.waiting.get(topic) ?? new Set()
    this.waiting.set(topic, waiting.add(work))
    this.scheduler.after(withinMs, () => {
      if (waiting.delete(work)) work()
    })
  }

  private wake(topic: string): void {
    const waiting = this.waiting.get(topic) ?? new Set()
    this.waiting.delete(topic)
    for (const work of waiting) {
      waiting.delete(work)
      this.scheduler.after(0, work)
    }
  }

  bounds(topic: string): { partition: number; low: number; high: number }[] | null {
    return this.topics.get(topic)?.map((each, partition) => ({ partition, low: each.low, high: highOf(each) })) ?? null
  }

  group(name: string): Coordinator {
    const group = this.groups.get(name) ?? new Coordinator(name, this, this.scheduler)
    this.groups.set(name, group)
    return group
  }

  /** Every record of a topic as it was written, whatever became of it. */
  allWritten(topic: string): LogRecord[] {
    return this.all(topic).map((record) => this.written.get(record) ?? record)
  }

  /** Every record of a topic, partition by partition. */
  all(topic: string): LogRecord[] {
    return (this.topics.get(topic) ?? []).flatMap(({ records }) => records)
  }
}

/** Offsets rise by one; `low` is where the log begins by now. */
export interface BrokerPartition {
  low: number
  records: LogRecord[]
}

export function highOf({ low, records }: BrokerPartition): number {
  return low + records.length
}
