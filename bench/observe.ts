import avsc from 'avsc'
import { createDecoder } from '../src/decode/create-decoder.ts'
import type { LogRecord } from '../src/log/log.ts'
import { Observer } from '../src/observe.ts'
import { benchConfig, planOf, schemaLookup } from './config.ts'
import { inTurns } from './cpu-time.ts'
import { event, FIELDS, recordOf, SCHEMA, STEP_MS, TEN_FIELDS } from './events.ts'
import { ratioRow } from './row.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 200_000

/**
 * Decode and observe in memory, everything on: contract checks, watermark, cohorts, sketches, closing of panes. As a multiple
 * of A = `avsc` decoding the same bytes whole.
 */
export async function observeRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const events = EVENTS * scale
  const dense = recordsEvery(STEP_MS.largePane, events)
  const sparse = recordsEvery(STEP_MS.panesOf5000, events)
  const cases = [
    { name: '10 of 32 fields, one large pane', max: 1.5, run: observing(dense, TEN_FIELDS) },
    { name: '10 of 32 fields, panes of 5,000 events', max: 2, run: observing(sparse, TEN_FIELDS) },
    { name: '10 of 32 fields, 32 partitions filling fresh panes', max: 2, run: observing(dense, TEN_FIELDS, { partitions: 32 }) }, // prettier-ignore
    { name: '28 of 32 fields (all but the keys), one large pane', max: 4, run: observing(dense, FIELDS) },
    { name: '10 of 32 fields, one large pane, ids against duplicates', max: 2, run: observing(dense, TEN_FIELDS, { id: 'event_id' }) }, // prettier-ignore
  ]
  const tasks = [avscDecoding(dense), ...cases.map(({ run }) => run)]
  const [a, ...ns] = await inTurns(7, tasks.map((run) => ({ calls: events, run }))) as [number, ...number[]] // prettier-ignore
  return [
    { name: 'A: avsc decodes the whole record', ns: a, per: 'event', note: `${dense[0]!.value!.length - 5} bytes` },
    ...cases.map(({ name, max }, at) => ratioRow(name, ns[at]!, { ns: a, letter: 'A', max })),
  ]
}

export function recordsEvery(stepMs: number, count: number): LogRecord[] {
  const type = avsc.Type.forSchema(SCHEMA)
  return Array.from({ length: count }, (_, index) => recordOf(index, type.toBuffer(event(index, stepMs))))
}

export function avscDecoding(records: readonly LogRecord[]): () => void {
  const type = avsc.Type.forSchema(SCHEMA)
  const bodies = records.map(({ value }) => value!.subarray(5))
  return () => bodies.forEach((body) => type.fromBuffer(body))
}

/** Records are dealt to the partitions in turns; closed panes leave, as in the service. */
export function observing(
  records: readonly LogRecord[],
  fields: readonly string[],
  { partitions = 1, id }: { partitions?: number; id?: string } = {},
): () => void {
  const config = benchConfig(fields, id === undefined ? {} : { id })
  const plan = planOf(config)
  return () => {
    const decoder = createDecoder(plan, schemaLookup(), config.limits)
    const observers = Array.from({ length: partitions }, (_, partition) => {
      return new Observer({ plan, partition, panes: config.panes, paneConfigDigest: '', decoder, offset: 0, checkpoint: null }) // prettier-ignore
    })
    records.forEach((record, index) => {
      observers[index % partitions]!.observe(record)
      if (index % 1000 === 999) for (const observer of observers) observer.takeOutbox()
    })
    for (const observer of observers) observer.finish(0)
    for (const observer of observers) observer.takeOutbox()
  }
}
