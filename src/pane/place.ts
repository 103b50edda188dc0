import type { Watermark, WatermarkState } from './watermark.ts'

/** A place in the partition's log from which a restart can begin: the offset, and all that classified the record there. */
export interface Place {
  readonly offset: number
  readonly closedThroughMs: number
  readonly watermark: WatermarkState
}

/** The place of the record being read. Few records' places are ever kept, so the state is only copied on demand. */
export class CurrentPlace {
  offset = 0
  closedThroughMs = -Infinity
  private isTimed = false
  private readonly watermark: Watermark

  constructor(watermark: Watermark) {
    this.watermark = watermark
  }

  /** Before the record moves anything but the watermark; `isTimed` = it has moved that. */
  begin(offset: number, closedThroughMs: number, isTimed: boolean): void {
    this.offset = offset
    this.closedThroughMs = closedThroughMs
    this.isTimed = isTimed
  }

  keep(): Place {
    const watermark = this.isTimed ? this.watermark.stateBeforeLast() : this.watermark.state()
    return { offset: this.offset, closedThroughMs: this.closedThroughMs, watermark }
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
