import { UnitHash } from '../sketch/unit-hash.ts'
import type { Counted } from './counted.ts'
import { IdSet } from './id-set.ts'
import type { Loss } from './loss.ts'
import { OpenPane } from './open-pane.ts'
import type { Pane } from './pane.ts'
import { CurrentPlace, earlier, keepPlace } from './place.ts'
import type { Place } from './place.ts'
import type { StreamPlan } from './plan.ts'
import type { SegmentPlan } from './segments.ts'

/**
 * The panes of one partition that are still open, and the ids of these and of the pane before.
 *
 *                 publishedThrough      closedThrough
 *   ──────────────────┤ skipped: published ├── open ──► time
 *
 * After a restart event time begins again at the checkpoint, so that for a while closedThrough is behind publishedThrough:
 * records of that stretch are classified as ever and then skipped, only their ids are learnt again.
 *
 * Where another era begins (`endAt`) nothing is opened: what belongs there is left aside, and only the place of the first such record
 * is kept, from which the era's own observer begins.
 *
 * Invariant: a pane is open ⇒ its start >= closedThroughMs and >= publishedThroughMs.
 */
export class OpenPanes {
  /** Panes that start before this are closed: their records are late. -Infinity before the first watermark. */
  closedThroughMs: number
  /** Panes that start before this are published, or in the outbox. */
  publishedThroughMs: number
  /** Counted in panes that are opened from now on. */
  segments: SegmentPlan | null = null
  /** Of all that were opened. */
  firstStartMs = Infinity
  /** Nothing that ends after this is closed, whatever the watermark says. */
  capMs = Infinity
  /** The first record that the next era needs. */
  private aside: Place | null = null
  /** Where the next era begins; Infinity: none is known of. */
  untilMs = Infinity
  /** From which time on it needs records. */
  private neededFromMs = Infinity
  private readonly plan: StreamPlan
  private readonly partition: number
  private readonly lengthMs: number
  private readonly paneConfigDigest: string
  private readonly counted: Counted
  private readonly open = new Map<number, { pane: OpenPane; place: Place }>()
  private readonly loss: Loss
  private readonly ids = new Map<number, { set: IdSet; place: Place }>()
  private readonly idHash = new UnitHash('evenkeel.id')
  private closed: Pane[] = []
  private lastStartMs = NaN
  private lastPane: OpenPane | null = null

  constructor(options: {
    plan: StreamPlan
    partition: number
    lengthMs: number
    paneConfigDigest: string
    counted: Counted
    loss: Loss
    publishedThroughMs: number
    closedThroughMs: number
  }) {
    this.plan = options.plan
    this.partition = options.partition
    this.lengthMs = options.lengthMs
    this.paneConfigDigest = options.paneConfigDigest
    this.counted = options.counted
    this.loss = options.loss
    this.publishedThroughMs = options.publishedThroughMs
    this.closedThroughMs = options.closedThroughMs
  }

  get count(): number {
    return this.open.size
  }

  isClosed(timeMs: number): boolean {
    return timeMs < this.closedThroughMs
  }

  /** The open pane of a time; null when that pane is published already: then the record is skipped. */
  at(timeMs: number, place: Place | CurrentPlace): OpenPane | null {
    const startMs = Math.floor(timeMs / this.lengthMs) * this.lengthMs
    if (startMs === this.lastStartMs && place instanceof CurrentPlace) return this.lastPane
    if (startMs + this.lengthMs > this.neededFromMs) this.setAside(place)
    if (startMs < this.publishedThroughMs || startMs >= this.untilMs) return null
    const known = this.open.get(startMs)
    if (known !== undefined) {
      // A record that waited may be earlier in the log than the one that opened the pane.
      if (place.offset < known.place.offset) known.place = keepPlace(place)
    } else {
      this.open.set(startMs, { pane: this.createPane(startMs), place: keepPlace(place) })
      if (startMs < this.firstStartMs) this.firstStartMs = startMs
    }
    this.lastStartMs = startMs
    return (this.lastPane = this.open.get(startMs)!.pane)
  }

  /** The pane that holds the watermark: where what is late, synthetic or without usable time counts. */
  holder(place: Place | CurrentPlace): OpenPane | null {
    return this.at(this.closedThroughMs, place)
  }

  /** Whether the id was seen in its pane or in the one before. Learns it. */
  isRepeat(timeMs: number, id: string | null, place: Place | CurrentPlace): boolean {
    if (id === null) return false
    const startMs = Math.floor(timeMs / this.lengthMs) * this.lengthMs
    if (startMs < this.publishedThroughMs - this.lengthMs) return false
    let own = this.ids.get(startMs)
    if (own === undefined) this.ids.set(startMs, (own = { set: new IdSet(), place: keepPlace(place) }))
    else if (place.offset < own.place.offset) own.place = keepPlace(place)
    this.idHash.hash(id)
    const { first, second } = this.idHash
    if (!own.set.add(first, second)) return true
    return this.ids.get(startMs - this.lengthMs)?.set.has(first, second) ?? false
  }

  /**
   * Another era begins at `untilMs`, and for its first ids needs records from `neededFromMs` on. What was opened behind it is left
   * aside. False: something behind it is closed already.
   */
  endAt(untilMs: number, neededFromMs: number): boolean {
    if (Math.max(this.closedThroughMs, this.publishedThroughMs) > untilMs) return false
    this.untilMs = untilMs
    this.neededFromMs = neededFromMs
    this.lastStartMs = NaN
    for (const kept of [this.open, this.ids]) {
      for (const [startMs, { place }] of kept) {
        if (startMs + this.lengthMs > neededFromMs) this.setAside(place)
        if (startMs >= untilMs) kept.delete(startMs)
      }
    }
    return true
  }

  /** Everything of this era is closed. */
  get isEnded(): boolean {
    return this.closedThroughMs >= this.untilMs
  }

  /** What was left aside waits for this era to end. */
  get isAsideOpen(): boolean {
    return this.aside !== null && !this.isEnded
  }

  /** Closes every pane that ends at or before the time. */
  closeThrough(latestMs: number, isIdle = false): void {
    const timeMs = Math.min(latestMs, this.capMs, this.untilMs)
    if (timeMs < this.closedThroughMs + this.lengthMs) return
    const boundMs = Math.floor(timeMs / this.lengthMs) * this.lengthMs
    if (!(boundMs > this.closedThroughMs)) return
    if (this.loss.isOpen) this.closeEmptied(boundMs, isIdle)
    const due = [...this.open.keys()].filter((startMs) => startMs < boundMs).sort((a, b) => a - b)
    for (const startMs of due) this.close(startMs, isIdle)
    this.closedThroughMs = boundMs
    this.loss.closed(boundMs)
    if (boundMs > this.publishedThroughMs) this.publishedThroughMs = boundMs
    for (const startMs of this.ids.keys()) if (startMs < boundMs - this.lengthMs) this.ids.delete(startMs)
  }

  /** Closes every pane there is; where something was left aside, everything of this era. */
  closeAll(isIdle: boolean): void {
    if (this.isAsideOpen) this.closeThrough(this.untilMs, isIdle)
    else if (this.open.size > 0) this.closeThrough(Math.max(...this.open.keys()) + this.lengthMs, isIdle)
  }

  /** The first place in the log that something here was made from. */
  firstNeeded(): Place | null {
    let first = this.aside
    for (const entry of this.open.values()) first = earlier(first, entry.place)
    for (const entry of this.ids.values()) first = earlier(first, entry.place)
    return first
  }

  private setAside(place: Place | CurrentPlace): void {
    if (this.aside === null || place.offset < this.aside.offset) this.aside = keepPlace(place)
  }

  get hasClosed(): boolean {
    return this.closed.length > 0
  }

  takeClosed(): Pane[] {
    const closed = this.closed
    if (closed.length > 0) this.closed = []
    return closed
  }

  /**
   * After a gap in the log a pane may have lost all its records: it closes all the same, empty, and says so. After a gap of
   * months only the last weeks do.
   */
  private closeEmptied(boundMs: number, isIdle: boolean): void {
    const knownMs = Math.max(this.closedThroughMs, this.publishedThroughMs)
    if (knownMs === -Infinity) return
    const fromMs = Math.max(knownMs, boundMs - EMPTIED_MAX * this.lengthMs)
    for (let startMs = fromMs; startMs < boundMs && this.loss.of(startMs) > 0; startMs += this.lengthMs) {
      if (!this.open.has(startMs)) this.publish(startMs, this.createPane(startMs), isIdle)
      else this.close(startMs, isIdle)
    }
  }

  private createPane(startMs: number): OpenPane {
    const segments = this.segments !== null && startMs >= this.segments.fromMs ? this.segments : null
    return new OpenPane(this.plan, this.counted, segments)
  }

  private close(startMs: number, isIdle: boolean): void {
    const { pane } = this.open.get(startMs)!
    this.open.delete(startMs)
    if (this.lastPane === pane) this.lastStartMs = NaN
    this.publish(startMs, pane, isIdle)
  }

  private publish(startMs: number, pane: OpenPane, isIdle: boolean): void {
    this.closed.push({
      stream: this.plan.stream,
      partition: this.partition,
      startMs,
      lengthMs: this.lengthMs,
      paneConfigDigest: this.paneConfigDigest,
      idle: isIdle,
      lost: this.loss.of(startMs),
      tallies: pane.close(),
    })
  }
}

/** Four weeks of five minutes. */
const EMPTIED_MAX = 8_064
