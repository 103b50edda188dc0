import { Doubts } from './doubts.ts'
import type { Progress } from './progress.ts'

/**
 * Through which event time one partition is closed, as panes and progress records say.
 *
 *   closed   its panes through this time are published, or it is known to have none
 *   silent   caught up and without a record for `idle`: it holds no slice up, but does not move event time either
 *   open     not read that far, or nobody reads it: a slice waits for it
 *
 * A silent partition that fell silent live (its event time was near the wall clock) moves on at the pace of the clock, from
 * where it was closed: so a stream that goes quiet gives empty slices, and its silence is seen. For old data, read from the
 * beginning, the clock says nothing: after its end there are no slices.
 */
export class PartitionClosing {
  readonly doubts = new Doubts()
  closedThroughMs = -Infinity
  isSilent = false
  /** Of the last record about it, and the reported clock then. */
  lastOffset: number | null = null
  lastClockMs = 0
  /** While silent: through which time it counts as closed. */
  private silentThroughMs = -Infinity

  addPane(startMs: number, endMs: number): void {
    this.isSilent = false
    this.doubts.hear(startMs)
    this.closedThroughMs = Math.max(this.closedThroughMs, endMs)
  }

  addProgress(progress: Progress, limits: SilenceLimits): void {
    const { closedThroughMs, caughtUp, silentSinceMs, nowMs } = progress
    this.closedThroughMs = Math.max(this.closedThroughMs, closedThroughMs ?? -Infinity)
    // Who has closed nothing yet says nothing of what was published before.
    if (closedThroughMs !== null) this.doubts.hear(closedThroughMs)
    const silentMs = silentSinceMs === null ? -Infinity : nowMs - silentSinceMs
    this.isSilent = caughtUp && silentMs >= limits.idleMs
    if (!this.isSilent) return
    const isLive = Math.abs(silentSinceMs! - this.closedThroughMs) <= limits.aheadMs + limits.lengthMs
    this.silentThroughMs = isLive ? this.closedThroughMs + silentMs - limits.idleMs : -Infinity
  }

  /** Event time through which it is closed, the clock's share while it is silent included. */
  get throughMs(): number {
    return this.isSilent ? Math.max(this.closedThroughMs, this.silentThroughMs) : this.closedThroughMs
  }

  stateAt(endMs: number): 'closed' | 'silent' | 'open' {
    if (this.throughMs >= endMs) return 'closed'
    return this.isSilent ? 'silent' : 'open'
  }
}

export interface SilenceLimits {
  idleMs: number
  aheadMs: number
  lengthMs: number
}
