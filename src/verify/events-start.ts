import type { WatchStarted } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import type { Pane } from '../pane/pane.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { NextEra, ObservedStream } from '../service/observed-partition.ts'
import type { Comparison } from './comparison.ts'
import { RebuiltEras } from './rebuilt-eras.ts'
import { RebuiltPartition } from './rebuilt-partition.ts'
import type { RecordedPanes } from './recorded-panes.ts'
import type { TopicExtent } from './topic.ts'

export interface EventsStartOptions {
  /** In order, those of one stream one after the other; at least one. */
  eras: readonly EraOfEvents[]
  eventTopic: TopicExtent
  comparison: Comparison
  /** Event time from which panes are wanted; -Infinity: all. */
  fromMs: number
  differs: (stream: string, partition: number, startMs: number) => void
  /** Nothing is wanted from here on. */
  throughMs?: number
  onUnrecorded?: (pane: Pane, digest: string, isSure: boolean) => void
}

/** A stream in one era, and what is known of that. */
export interface EraOfEvents {
  stream: ObservedStream
  panes: RecordedPanes
  watch: WatchStarted | null
  segments: SegmentKnowledge
  next: NextEra | null
}

/**
 * Every partition of one stream with where its events are read from: the first that the log still has, or a little before
 * what is wanted. `latest` is resolved when a watch begins, and nobody writes down to which offset: there the first panes of a
 * partition cannot be made again with certainty, unless they are older than the panes topic anyway.
 */
export async function partitionsToRebuild(log: Log, options: EventsStartOptions): Promise<RebuiltEras[]> {
  const { eventTopic, eras } = options
  const { config, plan } = eras[0]!.stream
  const offsetsAt = async (timeMs: number | null): Promise<Map<number, number>> => {
    const found = timeMs === null ? [] : await log.offsetsAt(plan.topic, Math.max(0, timeMs))
    return new Map(found.map(({ partition, offset }) => [partition, offset]))
  }
  const wanted = await offsetsAt(options.fromMs === -Infinity ? null : options.fromMs - reachMs(eras[0]!.stream))
  const started = await offsetsAt(typeof config.start === 'number' ? config.start : null)
  return eventTopic.partitions.map(({ partition, low, high }) => {
    const begun = started.get(partition) ?? low
    const from = Math.min(high, Math.max(begun, wanted.get(partition) ?? low))
    // Where nothing was deleted, or more than the records before the start, it begins as it did the first time.
    const isFromStart = config.start !== 'latest' && from === begun && (low === 0 || begun > low)
    return new RebuiltEras(
      eras.map(({ stream, panes, watch, segments, next }) => {
        const latestMs = config.start === 'latest' ? latestReachMs(stream, { panes, watch, partition }) : -Infinity
        return new RebuiltPartition({
          ...{ stream, partition, from, end: high, segments, next, recorded: panes.of(plan.stream, partition) },
          certainFromMs: isFromStart ? eraReachMs(stream) : null,
          certainFromMinMs: Math.max(eraReachMs(stream), latestMs),
          comparison: options.comparison,
          differs: options.differs,
          throughMs: options.throughMs ?? Infinity,
          onUnrecorded: options.onUnrecorded,
        })
      }),
    )
  })
}

/** How far before what is wanted is read: what may be in the first pane, and so much by the clock of the broker for late events. */
function reachMs({ panes: { aheadMs, lengthMs } }: ObservedStream): number {
  return aheadMs + WARM_UP_MS + 4 * lengthMs
}

const WARM_UP_MS = 3_600_000

/** Through which event time the pace of the era before reaches: with another lateness its watermark stood elsewhere. */
function eraReachMs({ fromMs, panes }: ObservedStream): number {
  return fromMs == null ? -Infinity : fromMs + panes.aheadMs + 3 * panes.lengthMs
}

/** Through which event time the unknown beginning of a partition reaches. */
function latestReachMs(
  { plan, panes: { aheadMs, lengthMs } }: ObservedStream,
  { panes, watch, partition }: { panes: RecordedPanes; watch: WatchStarted | null; partition: number },
): number {
  const own = panes.of(plan.stream, partition)
  if (watch === null || panes.firstStartMs(plan.stream) > watch.fromMs) return -Infinity
  const firstMs = Math.min(...own.panes.keys(), ...own.broken.keys())
  const fromMs = firstMs === Infinity ? watch.fromMs : Math.max(watch.fromMs, firstMs)
  return fromMs + aheadMs + 3 * lengthMs
}
