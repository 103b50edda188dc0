import { setTimeout as sleep } from 'node:timers/promises'
import type { Assignment, GroupHandler, Log, OffsetToCommit } from '../../log/log.ts'
import { withinMs } from '../../log/time-limit.ts'

export interface Tried {
  partitions: number
  isEmpty: boolean
  /** Whether a record came. */
  hasRead: boolean
}

const JOIN_MS = 30_000
/** A fetch waits a quarter of a second for more; a refusal comes at once. */
const RECORDS_MS = 5_000
const REFUSAL_MS = 1_000

/**
 * Does what the service will do: joins a group, reads the last record there is, commits. What the brokers refuse is thrown.
 *
 * It commits what is committed already, or else where the topic ends; nobody but this check reads that group.
 */
export async function tryReading(log: Log, topic: string, group: string): Promise<Tried> {
  const joined = Promise.withResolvers<readonly Assignment[]>()
  const read = Promise.withResolvers<boolean>()
  const done = new AbortController()
  const handler: GroupHandler = {
    assigned: async (assignments) => {
      joined.resolve(assignments)
      return assignments.map((each) => ({ ...each, offset: Math.max(each.low, each.high - 1) }))
    },
    batch: async ({ end }) => {
      read.resolve(true)
      return { next: end }
    },
  }
  const consumer = await orFailed(log, log.consume(group, [topic], handler))
  try {
    const assignments = await orFailed(log, withinMs(joined.promise, JOIN_MS, `joining group ${group}`))
    await orFailed(log, consumer.commit(assignments.map(commitOf)))
    const isEmpty = assignments.every(({ low, high }) => low === high)
    const waiting = sleep(isEmpty ? REFUSAL_MS : RECORDS_MS, false, { signal: done.signal })
    waiting.catch(() => undefined)
    return {
      partitions: assignments.length,
      isEmpty,
      hasRead: await orFailed(log, Promise.race([read.promise, waiting])),
    }
  } finally {
    done.abort()
    await consumer.stop()
  }
}

function commitOf({ topic, partition, committed, high }: Assignment): OffsetToCommit {
  return { topic, partition, offset: committed?.offset ?? high, metadata: 'evenkeel check' }
}

function orFailed<T>(log: Log, promise: Promise<T>): Promise<T> {
  return Promise.race([promise, log.failed])
}
