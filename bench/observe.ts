import avsc from 'avsc'
import { createDecoder } from '../src/decode/create-decoder.ts'
import type { LogRecord } from '../src/log/log.ts'
import { Observer } from '../src/observe.ts'
import { planStream } from '../src/pane/plan.ts'
import { FIELDS, PANES, SCHEMA, benchStream, event } from './events.ts'
import { bestOf } from './row.ts'
import type { Row } from './row.ts'

const EVENTS = 200_000

/** Decode and observe, everything on, as a multiple of A = `avsc` decoding the same bytes whole. */
export async function observeRows(): Promise<Row[]> {
  const type = avsc.Type.forSchema(SCHEMA)
  const records = (stepMs: number): LogRecord[] =>
    Array.from({ length: EVENTS }, (_, index) => record(index, type.toBuffer(event(index, stepMs))))
  const dense = records(250_000 / EVENTS)
  const sparse = records(60) // 5,000 events in five minutes
  const bodies = dense.map(({ value }) => value!.subarray(5))

  const a = bestOf(5, EVENTS, () => bodies.forEach((body) => type.fromBuffer(body)))
  const row = (name: string, ns: number, max: number): Row => ({
    name,
    ns,
    per: 'event',
    ratio: ns / a,
    goal: `≤ ${max} A`,
    isMet: ns / a <= max,
  })
  return [
    { name: 'A: avsc, whole record', ns: a, per: 'event', note: `${Math.round(dense[0]!.value!.length - 5)} bytes` },
    row('observe 10 fields, one large pane', observed(dense, FIELDS.slice(0, 10), 1), 1.5),
    row('observe 10 fields, panes of 5,000 events', observed(sparse, FIELDS.slice(0, 10), 1), 2),
    row('observe 10 fields, 32 partitions filling fresh panes', observed(dense, FIELDS.slice(0, 10), 32), 2),
    row('observe all fields, one large pane', observed(dense, FIELDS, 1), 4),
    row('observe 10 fields, one large pane, duplicates too', observed(dense, FIELDS.slice(0, 10), 1, 'event_id'), 2),
  ]
}

function observed(
  records: readonly LogRecord[],
  fields: readonly string[],
  partitions: number,
  id: string | null = null,
): number {
  const stream = benchStream(fields, { id })
  const plan = planStream(stream, { streams: [stream] })
  const lookup = { get: () => ({ id: '7', schema: JSON.stringify(SCHEMA) }) }
  return bestOf(5, records.length, () => {
    const decoder = createDecoder(plan, lookup, { recordBytes: 1 << 20 })
    const observers = Array.from({ length: partitions }, (_, partition) => {
      return new Observer({ plan, partition, panes: PANES, paneConfigDigest: '', decoder, offset: 0, checkpoint: null })
    })
    records.forEach((each, index) => {
      observers[index % partitions]!.observe(each)
      // As the service does: closed panes leave.
      if (index % 1000 === 999) for (const observer of observers) observer.takeOutbox()
    })
    for (const observer of observers) observer.finish(0)
    for (const observer of observers) observer.takeOutbox()
  })
}

function record(offset: number, body: Buffer): LogRecord {
  const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), body])
  return { topic: 'bench', partition: 0, offset, timestampMs: 0, key: null, value, headers: {} }
}

if (import.meta.main) console.table(await observeRows())
