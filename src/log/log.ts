/**
 * The port to ordered, partitioned logs. Three makers keep one contract: Kafka, files, memory (test/contract/log.test.ts).
 *
 * Offsets are safe integers. A record's place never changes; offsets rise but may have gaps (compaction, control records).
 */
export interface LogRecord {
  topic: string
  partition: number
  offset: number
  /** The broker's timestamp; never used for a verdict. */
  timestampMs: number
  key: Buffer | null
  /** null is a tombstone. */
  value: Buffer | null
  headers: Readonly<Record<string, Buffer>>
}

export interface RecordToAppend {
  key: string | null
  value: Buffer | string | null
  headers?: Readonly<Record<string, string | Buffer>>
  /** Default: by murmur2 of the key, as Kafka's own partitioner does; without key, partition 0. */
  partition?: number
}

export interface Batch {
  topic: string
  partition: number
  /** May be empty: then only control markers, or records that are lost, stood there. */
  records: readonly LogRecord[]
  /** Where to go on when all of this was handled: behind the last record, and behind control markers and gaps after it. */
  end: number
  /** Offset that the next record written will get, as known when this batch was fetched. */
  highWatermark: number
  /**
   * Records that vanished between our position and the first record here (retention), or that stood here and cannot be
   * read (a damaged batch, a decompression bomb). When the topic was created again (our position lay above its end)
   * nobody can know how many: it is 1, and the offsets begin again at the log's start.
   */
  lost: number
  /** True once the partition was taken away: stop, and publish nothing more for it. */
  isStale(): boolean
  /** Await at least every 5,000 records or 20 ms, so that the session lives and probes answer. */
  heartbeat(): Promise<void>
}

/** Where to go on, at most `Batch.end`. `pauseMs` parks the partition (say, while the registry is down): then `next` is fetched again. */
export interface BatchResult {
  next: number
  pauseMs?: number
}

export interface Assignment {
  topic: string
  partition: number
  /** The group's committed offset with its metadata; null = none yet. */
  committed: { offset: number; metadata: string } | null
  /** The log's bounds now: a committed offset below `low` means records were lost. */
  low: number
  high: number
}

export interface GroupHandler {
  /**
   * The partitions that are ours from now on; all state of others, and of these, is void: resume from the commit.
   * Answers, for each, the offset to start from. Called once per generation, before any batch of it.
   */
  assigned(assignments: readonly Assignment[]): Promise<readonly { topic: string; partition: number; offset: number }[]>
  /**
   * Thrown retriable MonitorErrors park this partition for a moment and bring the same records again, without a new
   * `assigned`; anything else thrown stops all delivery and rejects `Log.failed`.
   */
  batch(batch: Batch): Promise<BatchResult>
}

export interface OffsetToCommit {
  topic: string
  partition: number
  offset: number
  /** At most 4,096 bytes. */
  metadata: string
}

export interface GroupConsumer {
  /** Fails when the partition is no longer ours. */
  commit(offsets: readonly OffsetToCommit[]): Promise<void>
  /** Leaves the group after the running batch; nothing is delivered afterwards. */
  stop(): Promise<void>
}

export interface Tail {
  /** Resolves when every record that stood in the log at the call of `tail` was delivered (position >= end, never "saw the last record"). */
  caughtUp: Promise<void>
  stop(): Promise<void>
}

export interface TopicSpec {
  topic: string
  partitions: number
  replicationFactor: number
  /** Kafka's own keys: cleanup.policy, retention.ms, max.message.bytes, ... */
  config: Readonly<Record<string, string>>
}

export interface Log {
  /** Partitions of a topic with their bounds; null when the topic does not exist. */
  bounds(topic: string): Promise<readonly { partition: number; low: number; high: number }[] | null>
  /** First offset at or after the time, per partition (the high end when there is none). */
  offsetsAt(topic: string, timestampMs: number): Promise<readonly { partition: number; offset: number }[]>
  createTopics(specs: readonly TopicSpec[]): Promise<void>
  /** Resolves after every record is acknowledged by all in-sync replicas. Bounded retries; then a retriable MonitorError. */
  append(topic: string, records: readonly RecordToAppend[]): Promise<void>
  consume(group: string, topics: readonly string[], handler: GroupHandler): Promise<GroupConsumer>
  /**
   * Every partition from its start (or from the given offsets), without a group: what every instance reads for itself.
   * A retriable MonitorError thrown by `onRecords` brings the same records again; anything else rejects `Log.failed`.
   */
  tail(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
  ): Promise<Tail>
  /** Rejects when the log failed for good: the service then stops with exit 69. */
  readonly failed: Promise<never>
  close(): Promise<void>
}
