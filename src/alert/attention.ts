import type { AlertAcknowledged, CheckMuted, LedgerBody } from '../ledger/record.ts'

/**
 * What people have said of alerts and checks: a fold over the ledger, the same at every instance.
 *
 * Nothing here reaches a verdict: what is acknowledged still fires, and what is muted is judged, fires and stands on the alerts
 * topic as ever. A mute only keeps notices from going out, until the time that its record says, in event time.
 */
export class Attention {
  /** By alert, the first that spoke. */
  readonly #acknowledged = new Map<string, AlertAcknowledged>()
  /** By check, the last that spoke. */
  readonly #muted = new Map<string, CheckMuted>()
  #count = 0

  add(body: LedgerBody): void {
    if (body.type === 'alert-acknowledged') {
      if (!this.#acknowledged.has(body.alert)) this.#acknowledged.set(body.alert, body)
    } else if (body.type === 'check-muted') {
      this.#muted.set(body.check, body)
    } else return
    this.#count++
  }

  /** @param alert id of its firing event */
  acknowledgedBy(alert: string): Said | null {
    const record = this.#acknowledged.get(alert)
    return record === undefined ? null : saidOf(record)
  }

  /** @param timeMs event time: the end of the slice that is asked about */
  mutedBy(check: string, timeMs: number): (Said & { untilMs: number }) | null {
    const record = this.#muted.get(check)
    return record === undefined || timeMs >= record.untilMs ? null : { ...saidOf(record), untilMs: record.untilMs }
  }

  /** How many records were taken in: it changes whenever an answer may. */
  get count(): number {
    return this.#count
  }
}

export interface Said {
  by: string
  reason: string
  atMs: number
}

function saidOf({ by, reason, atMs }: Said): Said {
  return { by, reason, atMs }
}
