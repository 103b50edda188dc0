import type { WatchStarted } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import type { Pane } from '../pane/pane.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { ObservedStream } from '../service/observed-partition.ts'
import type { Comparison } from './comparison.ts'
import { RebuiltPartition } from './rebuilt-partition.ts'
import type { RecordedPanes } from './recorded-panes.ts'
import type { TopicExtent } from './topic.ts'

export interface EventsStartOptions {
  streams: readonly ObservedStream[]
  /** By stream. */
  eventTopics: ReadonlyMap<string, TopicExtent>
  panes: RecordedPanes
  comparison: Comparison
  /** Event time from which panes are wanted; -Infinity: all. */
  fromMs: number
  watchOf: (stream: string) => WatchStarted | null
  segmentsOf: (stream: string) => SegmentKnowledge
  differs: (stream: string, partition: number, startMs: number) => void
  /** Nothing is wanted from here on. */
  throughMs?: number
  onUnrecorded?: (pane: Pane, digest: string, isSure: boolean) => void
}

/**
 * Every partition of every stream with where its events are read from: the first that the log still has, or a little before
 * what is wanted. `latest` is resolved when a watch begins, and nobody writes down to which offset: there the first panes of a
 * partition cannot be made again with certainty, unless they are older than the panes topic anyway.
 */
export async function partitionsToRebuild(log: Log, options: EventsStartOptions): Promise<RebuiltPartition[]> {
  const found: RebuiltPartition[] = []
  for (const stream of options.streams) {
    const { stream: name, topic } = stream.plan
    const { start } = stream.config
    const { lengthMs, aheadMs } = stream.panes
    const wanted = options.fromMs === -Infinity ? null : await log.offsetsAt(topic, Math.max(0, options.fromMs - aheadMs - WARM_UP_MS - 4 * lengthMs)) // prettier-ignore
    const started = typeof start === 'number' ? await log.offsetsAt(topic, start) : null
    for (const { partition, low, high } of options.eventTopics.get(name)!.partitions) {
      const recorded = options.panes.of(name, partition)
      const begun = started?.find((each) => each.partition === partition)?.offset ?? low
      const from = Math.min(high, Math.max(begun, wanted?.find((each) => each.partition === partition)?.offset ?? low))
      // Where nothing was deleted, or more than the records before the start, it begins as it did the first time.
      const isFromStart = start !== 'latest' && from === begun && (low === 0 || begun > low)
      found.push(
        new RebuiltPartition({
          ...{ stream, partition, from, end: high, recorded },
          certainFromMs: isFromStart ? eraReachMs(stream) : null,
          certainFromMinMs: Math.max(eraReachMs(stream), start === 'latest' ? latestReachMs(stream, options, partition) : -Infinity), // prettier-ignore
          segments: options.segmentsOf(name),
          comparison: options.comparison,
          differs: options.differs,
          throughMs: options.throughMs ?? Infinity,
          onUnrecorded: options.onUnrecorded,
        }),
      )
    }
  }
  return found
}

/** So much by the clock of the broker is read more than the panes need: events may be as late as that. */
const WARM_UP_MS = 3_600_000

/** Through which event time the pace of the era before reaches: with another lateness its watermark stood elsewhere. */
function eraReachMs({ fromMs, panes }: ObservedStream): number {
  return fromMs == null ? -Infinity : fromMs + panes.aheadMs + 3 * panes.lengthMs
}

/** Through which event time the unknown beginning of a partition reaches. */
function latestReachMs({ plan, panes }: ObservedStream, options: EventsStartOptions, partition: number): number {
  const watch = options.watchOf(plan.stream)
  const own = options.panes.of(plan.stream, partition)
  if (watch === null || options.panes.firstStartMs(plan.stream) > watch.fromMs) return -Infinity
  const firstMs = Math.min(...own.panes.keys(), ...own.broken.keys())
  const fromMs = firstMs === Infinity ? watch.fromMs : Math.max(watch.fromMs, firstMs)
  return fromMs + panes.aheadMs + 3 * panes.lengthMs
}
