import type { LocalGroup } from './local-group.ts'
import { LocalLog, type LocalLogOptions } from './local-log.ts'
import type { Commit, LogStore, PartitionStore, ReadLimit, RecordToStore } from './local-store.ts'
import type { LogRecord, TopicSpec } from './log.ts'
import { Signal } from './signal.ts'

/**
 * Logs in the memory of one process: for the demo and for tests.
 *
 * Two logs over one store (`new MemoryLog({store: other.store})`) are two instances of a service on one broker: they
 * share topics and groups, and closing one leaves the other at work.
 */
export class MemoryLog extends LocalLog<MemoryStore> {
  constructor(options: LocalLogOptions & { store?: MemoryStore } = {}) {
    super(options.store ?? new MemoryStore(), options)
  }
}

export class MemoryStore implements LogStore {
  readonly changed = new Signal()
  readonly groups = new Map<string, LocalGroup>()
  readonly #topics = new Map<string, MemoryPartition[]>()
  readonly #commits = new Map<string, Map<string, Commit>>()

  partitions(topic: string): readonly MemoryPartition[] | null {
    return this.#topics.get(topic) ?? null
  }

  async createTopic({ topic, partitions }: TopicSpec): Promise<void> {
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, (_, index) => new MemoryPartition(topic, index)),
    )
  }

  /** What an operator does to a busy topic: groups that read it rebalance. */
  async addPartitions(topic: string, partitions: number): Promise<void> {
    const list = this.#topics.get(topic)!
    while (list.length < partitions) list.push(new MemoryPartition(topic, list.length))
    this.changed.notify()
    await Promise.all([...this.groups.values()].map((group) => group.rebalance()))
  }

  /** Retention, from outside: records below the offset are gone. */
  deleteRecords(topic: string, partition: number, before: number): void {
    this.#topics.get(topic)![partition]!.deleteBefore(before)
    this.changed.notify()
  }

  /** A control marker, or a record that compaction removed: an offset that no reader ever sees. */
  addGap(topic: string, partition: number): void {
    this.#topics.get(topic)![partition]!.addGap()
    this.changed.notify()
  }

  /** Deletes the topic and creates it again with as many partitions: offsets begin again at 0. */
  async recreateTopic(topic: string): Promise<void> {
    const partitions = this.#topics.get(topic)!.length
    await this.createTopic({ topic, partitions, replicationFactor: 1, config: {} })
    this.changed.notify()
  }

  commits(group: string): Map<string, Commit> {
    const commits = this.#commits.get(group) ?? new Map<string, Commit>()
    this.#commits.set(group, commits)
    return commits
  }

  async saveCommits(): Promise<void> {
    // They live in the map that the group wrote into.
  }

  async close(): Promise<void> {
    // Another log may be open over this store.
  }
}

class MemoryPartition implements PartitionStore {
  readonly #topic: string
  readonly #partition: number
  /** Ascending offsets, possibly with gaps. */
  #records: LogRecord[] = []
  low = 0
  high = 0

  constructor(topic: string, partition: number) {
    this.#topic = topic
    this.#partition = partition
  }

  async append(records: readonly RecordToStore[]): Promise<void> {
    for (const record of records) {
      this.#records.push({ topic: this.#topic, partition: this.#partition, offset: this.high++, ...record })
    }
  }

  async read(from: number, limit: ReadLimit): Promise<{ records: LogRecord[]; end: number }> {
    const records: LogRecord[] = []
    let at = this.#indexOf(from)
    for (let bytes = 0; at < this.#records.length && records.length < limit.records; at++) {
      const record = this.#records[at]!
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
      if (bytes > limit.bytes && records.length > 0) break
      records.push(record)
    }
    return { records, end: this.#records[at]?.offset ?? this.high }
  }

  async offsetAt(timestampMs: number): Promise<number> {
    return this.#records.find((record) => record.timestampMs >= timestampMs)?.offset ?? this.high
  }

  addGap(): void {
    this.high++
  }

  deleteBefore(offset: number): void {
    this.low = Math.max(this.low, Math.min(offset, this.high))
    this.#records = this.#records.slice(this.#indexOf(this.low))
  }

  /** Index of the first record at or behind the offset. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#records[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
