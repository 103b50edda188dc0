import type { LogRecord, TopicSpec } from './log.ts'
import type { LocalGroup } from './local-group.ts'
import type { Signal } from './signal.ts'

/** A record on its way in, with nothing left to decide but its offset. */
export interface RecordToStore {
  timestampMs: number
  key: Buffer | null
  value: Buffer | null
  headers: Readonly<Record<string, Buffer>>
}

/** One partition's records in order. Invariant: 0 <= low <= high; a stored record's offset lies in [low, high). */
export interface PartitionStore {
  readonly low: number
  /** Offset that the next record will get. */
  readonly high: number
  append(records: readonly RecordToStore[]): Promise<void>
  /** Records from the offset on, at least one if there is any, and `end`: the offset behind them and behind gaps after them. */
  read(from: number, limit: ReadLimit): Promise<{ records: LogRecord[]; end: number }>
  /** First offset at or after the time; `high` when there is none. */
  offsetAt(timestampMs: number): Promise<number>
}

export interface ReadLimit {
  records: number
  bytes: number
}

export interface Commit {
  offset: number
  metadata: string
}

/** Where the memory log and the file log keep things. Everything above it (groups, tails) they share. */
export interface LogStore {
  /** Notified after an append, a new topic or new partitions. */
  readonly changed: Signal
  /** Coordination lives with the data, so that several clients of one store are members of one group. */
  readonly groups: Map<string, LocalGroup>
  partitions(topic: string): readonly PartitionStore[] | null
  createTopic(spec: TopicSpec): Promise<void>
  /** By `topic/partition`. The group writes into this map, then calls `saveCommits`. */
  commits(group: string): Map<string, Commit>
  saveCommits(group: string): Promise<void>
  close(): Promise<void>
}
