import { MonitorError } from '../errors.ts'
import { LocalGroup } from './local-group.ts'
import { LocalMember } from './local-member.ts'
import type { LogStore, PartitionStore, ReadLimit, RecordToStore } from './local-store.ts'
import { LocalTail } from './local-tail.ts'
import type { GroupConsumer, GroupHandler, Log, LogRecord, RecordToAppend, Tail, TopicSpec } from './log.ts'
import { partitionFor } from './murmur2.ts'

export interface LocalLogOptions {
  /** Timestamps of appended records. */
  now?: () => number
  batchRecordsMax?: number
  batchBytesMax?: number
}

/** A log inside this process over some store: what the memory log and the file log have in common. */
export class LocalLog<Store extends LogStore = LogStore> implements Log {
  readonly store: Store
  readonly failed: Promise<never>
  readonly #failing = Promise.withResolvers<never>()
  readonly #readers = new Set<{ stop(): Promise<void> }>()
  readonly #now: () => number
  readonly #limit: ReadLimit
  #closed = false

  constructor(store: Store, options: LocalLogOptions = {}) {
    this.store = store
    this.#now = options.now ?? Date.now
    this.#limit = { records: options.batchRecordsMax ?? 5000, bytes: options.batchBytesMax ?? 1 << 20 }
    this.failed = this.#failing.promise
    this.failed.catch(() => undefined) // a program that never looks must not die of an unhandled rejection
  }

  async bounds(topic: string): Promise<readonly { partition: number; low: number; high: number }[] | null> {
    const partitions = this.store.partitions(topic)
    return partitions?.map(({ low, high }, partition) => ({ partition, low, high })) ?? null
  }

  async offsetsAt(topic: string, timestampMs: number): Promise<readonly { partition: number; offset: number }[]> {
    const offsets = await Promise.all(this.#partitions(topic).map((store) => store.offsetAt(timestampMs)))
    return offsets.map((offset, partition) => ({ partition, offset }))
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) {
      if (this.store.partitions(spec.topic) === null) await this.store.createTopic(spec)
    }
    this.store.changed.notify()
  }

  async append(topic: string, records: readonly RecordToAppend[]): Promise<void> {
    if (this.#closed) throw new MonitorError('EVENKEEL_LOG_FAILED', 'the log is closed')
    const partitions = this.#partitions(topic)
    const byPartition = new Map<number, RecordToStore[]>()
    const timestampMs = this.#now()
    for (const record of records) {
      const partition = record.partition ?? (record.key === null ? 0 : partitionFor(record.key, partitions.length))
      if (partitions[partition] === undefined) throw new RangeError(`${topic} has no partition ${partition}`)
      const stored = toStore(record, timestampMs)
      const list = byPartition.get(partition)
      if (list === undefined) byPartition.set(partition, [stored])
      else list.push(stored)
    }
    for (const [partition, list] of byPartition) await partitions[partition]!.append(list)
    this.store.changed.notify()
  }

  async consume(group: string, topics: readonly string[], handler: GroupHandler): Promise<GroupConsumer> {
    for (const topic of topics) this.#partitions(topic)
    const shared = this.store.groups.get(group) ?? new LocalGroup(group, this.store)
    this.store.groups.set(group, shared)
    const member = new LocalMember(shared, this.store, topics, handler, this.#limit, (error) => this.#fail(error))
    this.#readers.add(member)
    void shared.join(member) // every failure in it reaches `failed` through the member
    return member
  }

  async tail(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
  ): Promise<Tail> {
    this.#partitions(topic)
    const tail = new LocalTail(this.store, topic, from, onRecords, this.#limit, (error) => this.#fail(error))
    this.#readers.add(tail)
    return tail
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all([...this.#readers].map((reader) => reader.stop()))
    await this.store.close()
  }

  #partitions(topic: string): readonly PartitionStore[] {
    const partitions = this.store.partitions(topic)
    if (partitions === null) throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}`)
    return partitions
  }

  #fail(error: unknown): void {
    this.#failing.reject(error)
  }
}

/** Copies, as a network would: the caller may use its buffers again. */
function toStore(record: RecordToAppend, timestampMs: number): RecordToStore {
  const headers: Record<string, Buffer> = Object.create(null)
  for (const [name, value] of Object.entries(record.headers ?? {})) headers[name] = Buffer.from(value as Buffer)
  return {
    timestampMs,
    key: record.key === null ? null : Buffer.from(record.key),
    value: record.value === null ? null : Buffer.from(record.value as Buffer),
    headers,
  }
}
