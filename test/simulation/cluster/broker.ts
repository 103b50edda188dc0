import type { LogRecord, RecordToAppend, TopicSpec } from '../../../src/log/log.ts'
import { partitionFor } from '../../../src/log/murmur2.ts'
import { Coordinator } from './coordinator.ts'
import type { Scheduler } from './scheduler.ts'

const NEWS_WITHIN_MS = 60_000

/** The one thing that never crashes here: topics, groups and commits, as Kafka keeps them. */
export class Broker {
  readonly topics = new Map<string, BrokerPartition[]>()
  private readonly groups = new Map<string, Coordinator>()
  private readonly scheduler: Scheduler
  private readonly waiting = new Map<string, (() => void)[]>()

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
    this.wake(topic)
  }

  /** Once something was written, or after so long: a fetch that finds nothing waits here. */
  whenWritten(topic: string, withinMs: number, work: () => void): void {
    let isDone = false
    const once = (): void => {
      if (!isDone) work()
      isDone = true
    }
    this.waiting.set(topic, [...(this.waiting.get(topic) ?? []), once])
    this.scheduler.after(withinMs, once)
  }

  private wake(topic: string): void {
    const waiting = this.waiting.get(topic) ?? []
    this.waiting.delete(topic)
    for (const work of waiting) this.scheduler.after(0, work)
  }

  bounds(topic: string): { partition: number; low: number; high: number }[] | null {
    return this.topics.get(topic)?.map((each, partition) => ({ partition, low: each.low, high: highOf(each) })) ?? null
  }

  group(name: string): Coordinator {
    const group = this.groups.get(name) ?? new Coordinator(name, this, this.scheduler)
    this.groups.set(name, group)
    return group
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
