import type { Shape, SlotValue, Undecoded } from '../decode/decoder.ts'
import type { LogRecord } from '../log/log.ts'
import type { Place } from './place.ts'

export interface WaitingRecord {
  place: Place
  outcome: Shape | Undecoded
  /** null: undecodable or without usable time; it waits only for the first watermark. */
  timeMs: number | null
  values: SlotValue[]
  /** null in replay, which has no quarantine. */
  record: LogRecord | null
}

/**
 * Records that cannot be classified yet, in order of arrival: before there is a watermark all of them, later those more
 * than `ahead` beyond it. Of the latter at most 64 can be waiting for long: the 65th record after them settles them.
 */
export class Waiting {
  private records: WaitingRecord[] = []

  get size(): number {
    return this.records.length
  }

  add(record: WaitingRecord): void {
    this.records.push(record)
  }

  /** The earliest in the log; places rise in order of arrival. */
  firstPlace(): Place | null {
    return this.records[0]?.place ?? null
  }

  /** Hands over, in order, every record that `settle` takes; it answers false for one that has to go on waiting. */
  release(settle: (record: WaitingRecord) => boolean): void {
    // `settle` may close panes, never make others wait, so that one pass is enough.
    this.records = this.records.filter((record) => !settle(record))
  }
}
