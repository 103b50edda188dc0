import type { Loss, LossState } from './loss.ts'
import type { Watermark, WatermarkState } from './watermark.ts'

/** A place in the partition's log from which a restart can begin: the offset, and all that classified the record there. */
export interface Place {
  readonly offset: number
  readonly closedThroughMs: number
  readonly watermark: WatermarkState
  /** What was lost before it, while panes are open that may miss some of it. */
  readonly loss: LossState | null
}

/** The place of the record being read. Few records' places are ever kept, so the state is only copied on demand. */
export class CurrentPlace {
  offset = 0
  closedThroughMs = -Infinity
  private isTimed = false
  private readonly watermark: Watermark
  private readonly loss: Loss
  private lossBefore: LossState | null = null

  constructor(watermark: Watermark, loss: Loss) {
    this.watermark = watermark
    this.loss = loss
  }

  /** Before the record moves anything but the watermark; `isTimed` = it has moved that. */
  begin(offset: number, closedThroughMs: number, isTimed: boolean): void {
    this.offset = offset
    this.closedThroughMs = closedThroughMs
    this.isTimed = isTimed
    this.lossBefore = this.loss.isOpen ? this.loss.state() : null
  }

  keep(): Place {
    const watermark = this.isTimed ? this.watermark.stateBeforeLast() : this.watermark.state()
    return { offset: this.offset, closedThroughMs: this.closedThroughMs, watermark, loss: this.lossBefore }
  }
}

/** Either kind; `keep` where it must outlive the record. */
export function keepPlace(place: Place | CurrentPlace): Place {
  return place instanceof CurrentPlace ? place.keep() : place
}

export function earlier(a: Place | null, b: Place | null): Place | null {
  if (a === null || b === null) return a ?? b
  return b.offset < a.offset ? b : a
}
