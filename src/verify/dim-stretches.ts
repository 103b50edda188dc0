/**
 * Stretches of event time in which panes depend on when exactly a silence was noticed.
 *
 * Where the silence was noticed at the same offset as on record, it is the pane itself and the next one, where what came late is
 * counted. Where it was noticed at another offset, or only by one of the two, anything up to `ahead` behind it may be another;
 * and a record that waited for one of the two is settled 64 records later, in whichever pane holds the watermark by then.
 */
export class DimStretches {
  private readonly stretches: { fromMs: number; toMs: number }[] = []
  private readonly lengthMs: number
  private readonly aheadMs: number
  private open: { fromMs: number; toMs: number; recordsLeft: number } | null = null

  constructor({ lengthMs, aheadMs }: { lengthMs: number; aheadMs: number }) {
    this.lengthMs = lengthMs
    this.aheadMs = aheadMs
  }

  /** A pane was closed by silence, on record, or here, or both. */
  add(startMs: number, isEqual: boolean): void {
    const toMs = startMs + 2 * this.lengthMs
    if (isEqual) this.stretches.push({ fromMs: startMs, toMs })
    else {
      const { fromMs, toMs: beforeMs } = this.open ?? { fromMs: startMs, toMs: -Infinity }
      const reachMs = Math.max(beforeMs, toMs + this.aheadMs)
      this.open = { fromMs: Math.min(fromMs, startMs), toMs: reachMs, recordsLeft: SETTLED_RECORDS }
    }
  }

  /** After each record. */
  step(closedThroughMs: number): void {
    const { open } = this
    if (open === null || closedThroughMs < open.toMs || open.recordsLeft-- > 0) return
    this.stretches.push({ fromMs: open.fromMs, toMs: closedThroughMs + this.lengthMs })
    this.open = null
  }

  has(startMs: number): boolean {
    if (this.open !== null && startMs >= this.open.fromMs) return true
    return this.stretches.some(({ fromMs, toMs }) => startMs >= fromMs && startMs < toMs)
  }
}

/** So many records behind one that waits it is settled. */
const SETTLED_RECORDS = 64
