import assert from 'node:assert/strict'
import avsc from 'avsc'
import type { LogRecord } from '../src/log/log.ts'
import { event, recordOf, schemaOf, START_MS } from './events.ts'

/**
 * Records without end and without the cost of making them: a fixed number of events that are sent again and again, each time
 * with another event time written over the old one.
 */
export class RecordPool {
  private readonly records: readonly LogRecord[]

  constructor(fields: readonly string[], size: number) {
    const type = avsc.Type.forSchema(schemaOf(fields))
    this.records = Array.from({ length: size }, (_, index) => recordOf(index, type.toBuffer(event(index, 0, fields))))
  }

  /** Good until the same event is asked for again. */
  record(index: number, timeMs: number): LogRecord {
    const record = this.records[index % this.records.length]!
    record.offset = index
    writeTime(record.value!, timeMs)
    return record
  }
}

/** Behind the prefix (5), the length of the id (1) and the id (16). */
const TIME_AT = 22
/** Of every time between 2004 and 2039, as zigzag varint. */
const TIME_SIZE = 6

function writeTime(value: Buffer, timeMs: number): void {
  let rest = timeMs * 2
  for (let at = TIME_AT; at < TIME_AT + TIME_SIZE; at++) {
    value[at] = (rest % 128) + (at < TIME_AT + TIME_SIZE - 1 ? 128 : 0)
    rest = Math.floor(rest / 128)
  }
  assert.equal(rest, 0, `${timeMs} takes more than ${TIME_SIZE} bytes; START_MS is ${START_MS}`)
}
