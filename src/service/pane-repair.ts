import { MonitorError } from '../errors.ts'
import type { WatchStarted } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import { toChunks } from '../pane/chunks.ts'
import { encodePane } from '../pane/codec.ts'
import type { Pane } from '../pane/pane.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { SchemaSource } from '../registry/registry.ts'
import type { DoubtedPane } from '../slice/closing.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import { Comparison } from '../verify/comparison.ts'
import { readEvents } from '../verify/events-reading.ts'
import { partitionsToRebuild } from '../verify/events-start.ts'
import { readPanes, RecordedPanes } from '../verify/recorded-panes.ts'
import { extentOf } from '../verify/topic.ts'
import type { Clock } from './clock.ts'
import type { GroupState } from './follower.ts'
import type { ObservedStream } from './observed-partition.ts'
import type { PoisonBook } from './poison-book.ts'

/**
 * Makes panes again whose records cannot be read: from their events, as `verify` does, and publishes them once more. A slice that
 * needs one waits for it, as for any that is late.
 *
 * What was made again counts if it has the digest that the broken record names, or if it can have been no other: the log of events
 * reaches back far enough, and no clock had a say in it.
 */
export class PaneRepair {
  private readonly options: PaneRepairOptions
  private readonly found = new Map<string, { found: Found; atMs: number }>()
  private isLooking = false
  private isStopped = false
  private retryAtMs = -Infinity

  constructor(options: PaneRepairOptions) {
    this.options = options
  }

  stop(): void {
    this.isStopped = true
  }

  /** Says what is known of these by now, and begins to look for the others. */
  ask({ assembler }: Pick<GroupState, 'assembler'>, missing: readonly DoubtedPane[]): void {
    const nowMs = this.options.clock.elapsed()
    const unknown = missing.filter((pane) => {
      const known = this.found.get(keyOf(pane))
      if (known === undefined) return true
      // What was made again and is missing still cannot be read either.
      if (known.found === 'published') return nowMs >= known.atMs + RETRY_MS
      assembler.settlePane(pane, known.found)
      return false
    })
    if (unknown.length === 0 || this.isLooking || this.isStopped || nowMs < this.retryAtMs) return
    this.isLooking = true
    void this.lookFor(unknown)
  }

  private async lookFor(panes: readonly DoubtedPane[]): Promise<void> {
    const { logger, telemetry, clock } = this.options
    try {
      for (const pane of panes) {
        const found = await this.lookForOne(pane)
        if (this.isStopped) return
        this.remember(keyOf(pane), found)
        const { stream, partition, startMs } = pane
        telemetry.repaired(stream, 'pane', found !== 'gone')
        logger.warn('a pane that cannot be read was looked for in its events', { stream, partition, startMs, found })
      }
    } catch (error) {
      this.retryAtMs = clock.elapsed() + RETRY_MS
      logger.error(error)
    } finally {
      this.isLooking = false
    }
  }

  private async lookForOne({ stream: name, partition, startMs, digest }: DoubtedPane): Promise<Found> {
    const { log, panesTopic, streams, watchOf, segmentsOf, schemas, poison, prefix } = this.options
    const stream = streams.find(({ plan }) => plan.stream === name)!
    const toMs = startMs + stream.panes.lengthMs
    const events = await extentOf(log, stream.plan.topic)
    const own = { ...events, partitions: events.partitions.filter((each) => each.partition === partition) }
    const comparison = new Comparison({ fromMs: startMs, toMs }, false)
    const era = { digest: stream.paneConfigDigest, panes: new RecordedPanes() }
    await readPanes(log, await extentOf(log, panesTopic), {
      comparison,
      eraAt: (_, atMs) => (atMs < (stream.fromMs ?? -Infinity) ? undefined : era),
      eraOf: (_, digest) => (digest === era.digest ? era : undefined),
      lowOf: () => own.partitions[0]?.low ?? 0,
      isSkipped: (other) => other !== name,
    })
    // Somebody was faster.
    if (era.panes.of(name, partition).panes.has(startMs)) return 'published'
    const made: { pane: Pane; isGood: boolean }[] = []
    const [rebuilding] = await partitionsToRebuild(log, {
      eras: [{ stream, panes: era.panes, watch: watchOf(name), segments: segmentsOf(name), next: null }],
      ...{ eventTopic: own, comparison, fromMs: startMs, throughMs: toMs },
      differs: () => undefined,
      onUnrecorded: (pane, found, isSure) => {
        if (pane.startMs === startMs) made.push({ pane, isGood: isSure || found === digest })
      },
    })
    if (rebuilding === undefined) return 'gone'
    const failure = await readEvents(log, [rebuilding], { schemas, poison, prefix })
    if (failure !== null) throw new MonitorError('EVENKEEL_LOG_FAILED', `${stream.plan.topic}: ${failure}`)
    const [first] = made
    if (first?.isGood === true) await this.publish(first.pane, stream.group)
    if (first !== undefined) return first.isGood ? 'published' : 'gone'
    const isSure = rebuilding.closedThroughMs >= toMs && rebuilding.isSure(startMs)
    return digest === null && isSure ? 'empty' : 'gone'
  }

  private async publish(pane: Pane, group: string): Promise<void> {
    const { stream, partition, startMs } = pane
    const records = toChunks({ kind: 'pane', stream, partition, startMs }, encodePane(pane), { key: group })
    if (!this.isStopped) await this.options.log.append(this.options.panesTopic, records)
  }

  private remember(key: string, found: Found): void {
    this.found.delete(key)
    this.found.set(key, { found, atMs: this.options.clock.elapsed() })
    if (this.found.size > FOUND_MAX) this.found.delete(this.found.keys().next().value!)
  }
}

/** `empty`: there was no such pane. `gone`: nobody can say what it was. */
type Found = 'published' | 'empty' | 'gone'

export interface PaneRepairOptions {
  log: Log
  panesTopic: string
  streams: readonly ObservedStream[]
  watchOf: (stream: string) => WatchStarted | null
  segmentsOf: (stream: string) => SegmentKnowledge
  schemas: Pick<SchemaSource, 'prepare'>
  poison: PoisonBook
  /** Of our own groups. */
  prefix: string
  logger: Logger
  telemetry: Telemetry
  clock: Clock
}

const RETRY_MS = 30_000
const FOUND_MAX = 10_000

function keyOf({ stream, partition, startMs }: DoubtedPane): string {
  return `${startMs} ${partition} ${stream}`
}
