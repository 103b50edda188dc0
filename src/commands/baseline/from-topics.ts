import { randomUUID } from 'node:crypto'
import type { BaselineOffsets } from '../../baseline/baseline.ts'
import type { Config } from '../../config/shape.ts'
import { streamGroups } from '../../config/stream-groups.ts'
import { MonitorError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import { openLog } from '../../log/open.ts'
import { openRegistry } from '../../registry/registry.ts'
import { observedStreams } from '../../service/groups.ts'
import type { SealedSlice } from '../../slice/slice.ts'
import { findRanges } from './offset-ranges.ts'
import type { AskedRanges } from './offset-ranges.ts'
import { TopicReading } from './topic-reading.ts'

/**
 * The slices of event topics between offsets; answers which offsets were read, by group. It reads as the only member of a group
 * that nobody else knows, and never commits: the broker forgets the group when it leaves.
 */
export async function foldTopics(
  config: Config,
  asked: AskedRanges,
  onSlice: (sealed: SealedSlice) => void,
): Promise<Map<string, BaselineOffsets[]>> {
  const log = await openLog(config, { retries: 0 })
  const schemas = openRegistry(config.streams.some(({ format }) => format === 'avro') ? config.registry : null)
  try {
    const ranges = await findRanges(log, config, asked)
    const observed = observedStreams(config, schemas)
    const offsets = new Map<string, BaselineOffsets[]>()
    for (const { name, streams } of streamGroups(config)) {
      const own = streams.map((stream) => observed.find(({ plan }) => plan.stream === stream.name)!)
      const reading = new TopicReading({ config, streams: own, ranges, schemas, onSlice })
      await read(log, reading, `${config.topics.prefix}.baseline.${randomUUID()}`)
      const isOwn = (stream: string): boolean => streams.some((each) => each.name === stream)
      offsets.set(name, ranges.flatMap(({ stream, topic, partition, from, to }) => {
        return isOwn(stream) && from < to ? [{ topic, partition, from, to }] : []
      })) // prettier-ignore
    }
    return offsets
  } finally {
    await schemas.close()
    await log.close()
  }
}

async function read(log: Log, reading: TopicReading, group: string): Promise<void> {
  const stalled = Promise.withResolvers<never>()
  stalled.promise.catch(() => undefined) // raced against below
  let seen = -1
  const timer = setInterval(() => {
    if (reading.position === seen) stalled.reject(new MonitorError('EVENKEEL_LOG_UNREACHABLE', `nothing came for ${STALLED_MS / 1000} s: ${reading.describe()}`)) // prettier-ignore
    seen = reading.position
  }, STALLED_MS)
  try {
    const consumer = await log.consume(group, reading.topics, reading)
    await Promise.race([reading.ended, log.failed, stalled.promise])
    await consumer.stop()
  } finally {
    clearInterval(timer)
  }
}

/** A broker that is gone, or an open transaction that holds back what follows. */
const STALLED_MS = 120_000
