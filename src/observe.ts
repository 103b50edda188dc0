import { cohortReader } from './cohort/cohort.ts'
import { unitReader } from './cohort/unit.ts'
import type { PanesConfig } from './config/shape.ts'
import type { RejectingReason } from './contract/violation.ts'
import type { Decoder, Shape, SlotValue, Undecoded } from './decode/decoder.ts'
import { eventTimeMs } from './decode/event-time.ts'
import { textOf } from './decode/text.ts'
import type { LogRecord } from './log/log.ts'
import type { Checkpoint } from './pane/checkpoint.ts'
import { Counted } from './pane/counted.ts'
import { EraTurn } from './pane/era-turn.ts'
import { Loss } from './pane/loss.ts'
import { OpenPanes } from './pane/open-panes.ts'
import { UNKNOWN } from './pane/pane.ts'
import type { Cohort, Pane } from './pane/pane.ts'
import { CurrentPlace, earlier } from './pane/place.ts'
import type { Place } from './pane/place.ts'
import type { StreamPlan } from './pane/plan.ts'
import { NO_SEGMENTS } from './pane/segments.ts'
import type { SegmentKnowledge } from './pane/segments.ts'
import { Waiting } from './pane/waiting.ts'
import { Watermark } from './pane/watermark.ts'
import { UnitHash } from './sketch/unit-hash.ts'

/**
 * READ THIS FIRST. One partition of one stream: record in, pane out.
 *
 *   record ─► decode ─► event time ─► watermark ─► close what it passed ─► release who waited ─► classify ─► count in a pane
 *
 * Pure: no clock, no I/O. The same records give the same panes in any batch size and after any crash, because all that
 * classifies a record is the watermark, and a checkpoint holds the watermark as it was at the committed offset.
 *
 *                    closedThrough     watermark      watermark + ahead
 *   ──── closed: late ────┤ open, holds it ·  │ open ────────┤ waits: a gap in traffic, or a wrong clock ──► event time
 */
export class Observer {
  /** Offset of the next record. */
  position: number
  readonly counted = new Counted()
  /** From the era before, and to the next. */
  readonly turn: EraTurn
  private readonly plan: StreamPlan
  private readonly decoder: Decoder
  private readonly watermark: Watermark
  private readonly loss: Loss
  private readonly panes: OpenPanes
  private readonly waiting = new Waiting()
  private readonly current: CurrentPlace
  private readonly values: SlotValue[]
  private readonly cohortOf: (value: SlotValue) => Cohort
  private readonly unitOf: (values: readonly SlotValue[]) => string
  private readonly unit: UnitHash
  private quarantined: Quarantined[] = []
  private segments = NO_SEGMENTS

  constructor(options: ObserverOptions) {
    const { plan, panes, checkpoint, offset } = options
    this.plan = plan
    this.decoder = options.decoder
    this.position = offset
    this.loss = new Loss(panes.latenessMs, checkpoint?.loss)
    this.panes = new OpenPanes({
      ...options,
      ...{ lengthMs: panes.lengthMs, counted: this.counted, loss: this.loss },
      publishedThroughMs: checkpoint?.publishedThroughMs ?? -Infinity,
      closedThroughMs: checkpoint?.closedThroughMs ?? -Infinity,
    })
    this.turn = new EraTurn(this.panes, { pace: panes, turns: checkpoint?.turns ?? [], position: offset })
    this.watermark = new Watermark(this.turn.pace, checkpoint?.watermark)
    this.current = new CurrentPlace(this.watermark, this.loss)
    this.values = new Array<SlotValue>(plan.paths.length).fill(undefined)
    this.cohortOf = cohortReader(plan.cohort)
    this.unitOf = unitReader(plan)
    this.unit = new UnitHash(plan.salt)
  }

  /** False = it was not taken: not before the segments are known (`know`). It must be given again. */
  observe(record: LogRecord): boolean {
    return this.arrive(record.offset, this.decoder.decode(record, this.values), this.values, record)
  }

  /** After decoding: where `replay` enters, which has to decode before it can deal records out. `record` null = no quarantine. */
  arrive(offset: number, outcome: Shape | Undecoded, values: SlotValue[], record: LogRecord | null): boolean {
    const { plan, watermark, panes, waiting, current } = this
    const timeMs =
      outcome.kind === 'shape' ? eventTimeMs(values[plan.time.slot], plan.time.unit, outcome.timeUnit) : null
    current.begin(offset, panes.closedThroughMs, timeMs !== null)
    if (timeMs !== null) {
      watermark.add(timeMs)
      if (this.isHeldAt(watermark.valueMs)) {
        watermark.undoLast()
        return false
      }
    }
    this.position = offset + 1
    if (timeMs !== null && this.loss.isOpen) this.loss.timed(timeMs)
    this.turn.arriveAt(offset, watermark)
    panes.closeThrough(watermark.valueMs)
    this.turn.closedAt(offset)
    if (waiting.size > 0) this.releaseWaiting(FURTHER_RECORDS)

    const arrival: Arrival = { place: current, outcome, timeMs, values, record }
    if (panes.closedThroughMs > -Infinity && !this.isAhead(arrival)) {
      this.classify(arrival)
      return true
    }
    waiting.add({ place: current.keep(), outcome, timeMs, values: values.slice(), record })
    if (waiting.size >= GARBAGE_RECORDS && record !== null) this.settle(record.timestampMs, offset)
    return true
  }

  /** What is known of the segments by now: panes that open from here on count them. */
  know(segments: SegmentKnowledge): void {
    this.segments = segments
    this.panes.segments = segments.plan
  }

  /** Records vanished from the log before the next one: their panes are incomplete. */
  lose(count: number): void {
    this.loss.add(count)
    this.counted.lost += count
  }

  /** The partition is caught up and was silent for `idle`: what is open closes as it is, so that sparse partitions are judged too. */
  closeIdle(nowMs: number): void {
    if (this.isHeldAt(this.watermark.settledMs)) return
    this.settle(nowMs, this.position)
    // Who waited until then was the era's before to count: only what waits on is left to this one.
    if (this.turn.arriveAt(this.position, this.watermark)) this.settle(nowMs, this.position)
    this.panes.closeAll(true)
    this.turn.closedAt(this.position)
  }

  /** The input has ended (replay): nothing waits any longer, every pane closes. `fallbackMs` as in `settle`. */
  finish(fallbackMs: number): void {
    this.settle(fallbackMs, this.position)
    this.releaseWaiting(0)
    this.panes.closeAll(false)
  }

  /** What the outside has to do now. */
  takeOutbox(): ObserveOutbox {
    const quarantined = this.quarantined
    if (quarantined.length > 0) this.quarantined = []
    return { quarantined, panes: this.panes.takeClosed(), commit: this.commitPoint() }
  }

  /** Panes are in the outbox. */
  get hasClosed(): boolean {
    return this.panes.hasClosed
  }

  /** Event time that is closed; -Infinity before the first watermark. */
  get closedThroughMs(): number {
    return Math.max(this.panes.closedThroughMs, this.panes.publishedThroughMs)
  }

  get watermarkMs(): number {
    return this.watermark.valueMs
  }

  /** What the watermark would be were no more records to come; -Infinity: not one so far had a usable time. */
  get settledMs(): number {
    return this.watermark.settledMs
  }

  /** True while something is open that only more records, silence or the end of input will close. */
  get isOpen(): boolean {
    return this.waiting.size > 0 || this.panes.count > 0 || this.panes.isAsideOpen
  }

  /** The first record that open panes or waiting records need, or the next one to come. */
  commitPoint(): { offset: number; checkpoint: Checkpoint } {
    const needed = earlier(this.panes.firstNeeded(), this.waiting.firstPlace())
    const place = needed ?? {
      ...{ offset: this.position, closedThroughMs: this.panes.closedThroughMs },
      ...{ watermark: this.watermark.state(), loss: this.loss.state() },
    }
    const { offset, ...state } = place
    const { publishedThroughMs } = this.panes
    return { offset, checkpoint: { publishedThroughMs, ...state, turns: this.turn.turnsBehind(offset) } }
  }

  /**
   * No more records will come for now: the median of what came is the watermark, even of fewer than 15. Where not one had
   * a usable time, `fallbackMs` stands in for it: a stream of garbage must still be seen.
   */
  private settle(fallbackMs: number, offset: number): void {
    this.watermark.settle()
    const { valueMs } = this.watermark
    const throughMs = valueMs === -Infinity && this.waiting.size > 0 ? fallbackMs : valueMs
    if (throughMs >= this.turn.beforeUntilMs) this.turn.arriveAt(offset, this.watermark)
    this.panes.closeThrough(throughMs)
    this.turn.closedAt(offset)
    this.releaseWaiting(FURTHER_RECORDS)
  }

  /** Would a record be taken into a pane of which is not known yet whether it counts inside segments? */
  private isHeldAt(watermarkMs: number): boolean {
    const { holdFromMs, holdAfterFirstMs } = this.segments
    const reachMs = Math.max(watermarkMs, this.panes.closedThroughMs) + this.turn.pace.aheadMs
    return reachMs >= holdFromMs || reachMs >= this.panes.firstStartMs + holdAfterFirstMs
  }

  private releaseWaiting(furtherRecords: number): void {
    if (this.panes.closedThroughMs === -Infinity) return
    this.waiting.release((waiting) => {
      if (!this.isAhead(waiting)) this.classify(waiting)
      else if (this.position - 1 - waiting.place.offset >= furtherRecords) {
        this.reject(waiting, 'future-timestamp', this.plan.time.field)
      } else return false
      return true
    })
  }

  /** The first that applies (docs/architecture.md). */
  private classify(arrival: Arrival): void {
    const { plan, panes, counted } = this
    const { place, outcome, timeMs, values } = arrival
    if (outcome.kind === 'violation') return this.reject(arrival, outcome.reason, '')
    if (timeMs === null) return this.reject(arrival, 'bad-timestamp', plan.time.field)
    if (this.isSynthetic(values)) return panes.holder(place)?.synthetic()

    const cohort = this.cohortOf(values[plan.cohort.slot])
    if (cohort === UNKNOWN) return this.reject(arrival, 'missing-cohort', plan.cohort.field)
    this.unit.hash(this.unitOf(values))
    if (panes.isClosed(timeMs)) return panes.holder(place)?.late(cohort, this.unit, outcome)

    const isRepeat = plan.idSlot >= 0 && panes.isRepeat(timeMs, textOf(values[plan.idSlot]), place)
    panes.at(timeMs, place)?.accept(cohort, this.unit, outcome, values, isRepeat)
    if (timeMs > counted.lastEventTimeMs) counted.lastEventTimeMs = timeMs
  }

  private reject(arrival: Arrival, reason: RejectingReason, field: string): void {
    const { place, outcome, timeMs, values, record } = arrival
    // A record without a cohort still has its time; all others count where the watermark is.
    const hasTime = reason === 'missing-cohort' && timeMs !== null && !this.panes.isClosed(timeMs)
    const pane = hasTime ? this.panes.at(timeMs, place) : this.panes.holder(place)
    if (pane === null) return
    if (outcome.kind === 'shape') {
      this.unit.hash(this.unitOf(values))
      pane.reject(reason, field, this.cohortOf(values[this.plan.cohort.slot]), this.unit, outcome)
    } else pane.reject(reason, field, UNKNOWN, null, null)
    if (record !== null) this.quarantined.push({ record, reason, field })
  }

  private isAhead({ outcome, timeMs, values }: Arrival): boolean {
    if (timeMs === null || outcome.kind === 'violation' || this.isSynthetic(values)) return false
    // Where only garbage came so far a stand-in closed the panes, and there is no watermark yet.
    return timeMs > Math.max(this.watermark.valueMs, this.panes.closedThroughMs) + this.turn.pace.aheadMs
  }

  private isSynthetic(values: readonly SlotValue[]): boolean {
    const { syntheticSlot, syntheticEquals } = this.plan
    return syntheticSlot >= 0 && textOf(values[syntheticSlot]) === syntheticEquals
  }
}

export interface ObserverOptions {
  plan: StreamPlan
  partition: number
  panes: PanesConfig
  paneConfigDigest: string
  decoder: Decoder
  /** Where to begin, and what was remembered there; null = from a fresh start. */
  offset: number
  checkpoint: Checkpoint | null
}

/** What one step asks of the outside, in this order. */
export interface ObserveOutbox {
  quarantined: readonly Quarantined[]
  panes: readonly Pane[]
  /** Commit only AFTER everything above was acknowledged: a crash may then repeat a pane, never lose one. */
  commit: { offset: number; checkpoint: Checkpoint }
}

export interface Quarantined {
  record: LogRecord
  reason: RejectingReason
  field: string
}

interface Arrival {
  place: Place | CurrentPlace
  outcome: Shape | Undecoded
  timeMs: number | null
  values: SlotValue[]
  record: LogRecord | null
}

/** A record from the future is rejected when this many have come after it and the watermark still has not. */
const FURTHER_RECORDS = 64
/** So many records without 15 usable times among them are no stream that is about to start. */
const GARBAGE_RECORDS = 10_000
