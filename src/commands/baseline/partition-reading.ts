import type { LogRecord } from '../../log/log.ts'
import { Observer } from '../../observe.ts'
import type { Pane } from '../../pane/pane.ts'
import type { ObservedStream } from '../../service/observed-partition.ts'
import type { Progress } from '../../slice/progress.ts'
import type { StreamRange } from './offset-ranges.ts'

/** One partition of an event topic between two offsets, observed. Its position outlives every rebalance: nothing is committed. */
export class PartitionReading {
  readonly range: StreamRange
  readonly stream: ObservedStream
  position: number
  private readonly observer: Observer
  private isFinished = false

  constructor(range: StreamRange, stream: ObservedStream) {
    const { plan, panes, paneConfigDigest, decoder } = stream
    const { partition, from } = range
    this.range = range
    this.stream = stream
    this.position = from
    this.observer = new Observer({ plan, partition, panes, paneConfigDigest, decoder, offset: from, checkpoint: null })
  }

  get isEnded(): boolean {
    return this.position >= this.range.to
  }

  /** How far event time has come here; -Infinity before anybody knows. */
  get watermarkMs(): number {
    return this.observer.watermarkMs
  }

  get closedThroughMs(): number {
    return this.observer.closedThroughMs
  }

  observe(record: LogRecord): void {
    this.observer.observe(record)
    this.position = record.offset + 1
  }

  /** Everything below `offset` was read: behind the last record there may be gaps and markers. */
  advance(offset: number): void {
    this.position = Math.max(this.position, offset)
    // Its panes close now, so that nobody keeps them open until the others have ended as well.
    if (this.isEnded && this.observer.settledMs > -Infinity) this.finish(-Infinity)
  }

  /** `fallbackMs`: where to count what came, if not one record had a usable time. */
  finish(fallbackMs: number): void {
    if (!this.isFinished) this.observer.finish(fallbackMs)
    this.isFinished = true
  }

  takePanes(): readonly Pane[] {
    return this.observer.takeOutbox().panes
  }

  /** `floorMs`: through which time all those are closed that still read. Who has ended holds nobody up before it. */
  progress(partitions: number, floorMs: number): Progress {
    const { stream, partition } = this.range
    const ownMs = this.observer.closedThroughMs
    const throughMs = this.isEnded ? Math.max(ownMs, floorMs) : ownMs
    return {
      ...{ stream, partition, partitions, paneConfigDigest: this.stream.paneConfigDigest },
      closedThroughMs: throughMs === -Infinity ? null : throughMs,
      ...{ position: this.position, highWatermark: this.range.to, caughtUp: false, silentSinceMs: null, nowMs: 0 },
      reporter: 'baseline',
    }
  }
}
