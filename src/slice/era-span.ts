import type { EraBody, WatchStarted } from '../ledger/record.ts'
import { checkConfig } from './group-plan.ts'
import type { GroupPlan } from './group-plan.ts'

/** The stretch of event time that an assembler may give slices of: its era, from where that begins to where the next one does. */
export class EraSpan {
  /** null: it begins with its first pane. */
  readonly fromMs: number | null
  private readonly group: GroupPlan
  /** The watch of the era that follows; null = nobody has announced one. */
  private next: WatchStarted | null = null

  constructor(group: GroupPlan) {
    this.group = group
    this.fromMs = group.fromMs ?? null
  }

  /** Of eras that follow this one there is one at most: its watch starts when the last slice of this one is there. */
  heed(body: EraBody): void {
    const { fromMs, paneConfigDigest, stream } = body
    if (fromMs === null || fromMs <= (this.fromMs ?? -Infinity)) return
    if (body.type === 'panes-withdrawn') {
      this.next = null
      return
    }
    const { paneConfig } = body
    this.next = { type: 'watch-started', stream, fromMs, lengthMs: paneConfig.panes.lengthMs, paneConfigDigest }
  }

  get nextWatch(): WatchStarted | null {
    return this.next
  }

  /** Where another era begins; Infinity: nobody has announced one. */
  get endMs(): number {
    return this.next?.fromMs ?? Infinity
  }

  holds(startMs: number): boolean {
    return startMs >= (this.fromMs ?? -Infinity) && startMs < this.endMs
  }

  /** Whether that is its watch. Where the ledger was not asked for eras there is one watch only, and it must be ours. */
  isWatch(watch: WatchStarted): boolean {
    if (this.group.fromMs === undefined) checkConfig(this.group, watch)
    return (
      watch.paneConfigDigest === this.group.paneConfigDigest && (this.fromMs === null || watch.fromMs === this.fromMs)
    )
  }
}
