import type { ConsumerConfig, LogEntry } from 'kafkajs'

/** What a test shortens and an operator leaves alone. */
export interface KafkaOptions {
  sessionTimeoutMs?: number
  heartbeatIntervalMs?: number
  rebalanceTimeoutMs?: number
  metadataMaxAgeMs?: number
  maxWaitMs?: number
  /** How much must be there before a fetch is answered early. 1 where somebody waits for every record: a tail. */
  minBytes?: number
  maxBytesPerPartition?: number
  connectionTimeoutMs?: number
  requestTimeoutMs?: number
  appendTimeoutMs?: number
  /** CRC-32C of every batch; 0.2 µs per 250-byte record. */
  checkCrc?: boolean
  /** What one record batch may unpack to. */
  decompressedBytesMax?: number
  /** KafkaJS's own lines, from its INFO on. Default: dropped; what matters reaches the caller as errors. */
  onLog?: (entry: LogEntry) => void
  /** Once for each thing a person should know: records lost, a batch left out, a consumer started again. */
  onProblem?: (problem: LogProblem) => void
}

export interface LogProblem {
  kind: 'lost' | 'unreadable' | 'restarted' | 'handler-failed' | 'torn'
  message: string
  topic?: string
  partition?: number
  count?: number
  cause?: unknown
}

/** After this long without a sign of life the partitions of a member are given to others. */
export const SESSION_MS = 10_000

/**
 * The consumer's settings. minBytes with a short wait: full batches under load, a quarter of a second of delay when
 * quiet. The byte limits bound what one fetch puts into memory before compression (8 MiB for each broker).
 */
export function consumerConfig(groupId: string, options: KafkaOptions): ConsumerConfig {
  return {
    groupId,
    sessionTimeout: options.sessionTimeoutMs ?? SESSION_MS,
    heartbeatInterval: options.heartbeatIntervalMs ?? Math.min(2_000, (options.sessionTimeoutMs ?? SESSION_MS) / 5),
    rebalanceTimeout: options.rebalanceTimeoutMs ?? 20_000,
    minBytes: options.minBytes ?? 65_536,
    maxWaitTimeInMs: options.maxWaitMs ?? 250,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1 << 20,
    maxBytes: 8 << 20,
    metadataMaxAge: options.metadataMaxAgeMs ?? 60_000,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    // A crash that can pass is followed by a new start, for ever: `Log.failed` is for the others.
    retry: { ...RETRY, restartOnFailure: async () => true },
  }
}

/** About 13 s in all: longer than a broker takes to come back, shorter than anyone waits for an answer. */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 3_000, multiplier: 2, factor: 0.3, retries: 8 }
