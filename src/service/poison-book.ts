import type { LedgerBody, RecordQuarantined } from '../ledger/record.ts'
import type { LogRecord } from '../log/log.ts'

/**
 * Records that kill whoever reads them, as the ledger names them. Everybody takes them for empty, which is `undecodable`: so the
 * panes are those of a run in which they were, whoever makes them, and no one dies of them again.
 */
export class PoisonBook {
  private readonly places = new Map<string, Map<number, RecordQuarantined>>()

  add(body: LedgerBody): void {
    if (body.type !== 'record-quarantined') return
    const place = placeOf(body)
    const known = this.places.get(place) ?? new Map<number, RecordQuarantined>()
    this.places.set(place, known.set(body.offset, body))
  }

  at({ topic, partition, offset }: Pick<LogRecord, 'topic' | 'partition' | 'offset'>): RecordQuarantined | null {
    return this.places.get(placeOf({ topic, partition }))?.get(offset) ?? null
  }

  /** The records of one partition as they are to be read: the very same array where nothing of it is in the book. */
  guarded(records: readonly LogRecord[]): readonly LogRecord[] {
    const known = records.length === 0 ? undefined : this.places.get(placeOf(records[0]!))
    if (known === undefined) return records
    return records.map((record) =>
      known.has(record.offset) ? { ...record, key: null, value: null, headers: {} } : record,
    )
  }
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
