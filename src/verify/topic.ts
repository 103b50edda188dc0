import { MonitorError } from '../errors.ts'
import type { Log, LogRecord } from '../log/log.ts'

/** A topic as it stood when we began: what comes later is not looked at. */
export interface TopicExtent {
  topic: string
  partitions: readonly { partition: number; low: number; high: number }[]
}

export async function extentOf(log: Log, topic: string): Promise<TopicExtent> {
  const partitions = await log.bounds(topic)
  if (partitions === null) throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}`)
  return { topic, partitions }
}

/** Every record between the bounds, partition by partition in order; several partitions may take turns. */
export async function readTopic(
  log: Log,
  { topic, partitions }: TopicExtent,
  onRecord: (record: LogRecord) => void,
): Promise<void> {
  const ends = new Map(partitions.map(({ partition, high }) => [partition, high]))
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined) // raced against below
  const tail = await log.tail(topic, new Map(), async (records) => {
    try {
      for (const record of records) if (record.offset < (ends.get(record.partition) ?? 0)) onRecord(record)
    } catch (error) {
      broken.reject(error)
    }
  })
  try {
    await Promise.race([tail.caughtUp, broken.promise, log.failed])
  } finally {
    await tail.stop()
  }
}
