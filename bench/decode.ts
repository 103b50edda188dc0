import avsc from 'avsc'
import { createDecoder } from '../src/decode/create-decoder.ts'
import { createJsonReader } from '../src/decode/json-decoder.ts'
import type { SlotValue } from '../src/decode/decoder.ts'
import { benchConfig, planOf, schemaLookup } from './config.ts'
import { inTurns } from './cpu-time.ts'
import { event, FIELDS, recordOf, SCHEMA, TEN_FIELDS } from './events.ts'
import { ratioRow } from './row.ts'
import type { BenchOptions, Row } from './row.ts'

const EVENTS = 4096
/** Of all events, in one run. */
const PASSES = 10
const LIMITS = { recordBytes: 1_048_576 }

/**
 * What decoding alone costs, as a multiple of A = `avsc` decoding the same bytes whole, and of J = `JSON.parse` of the same
 * event as text. Time, unit and cohort are read beside the 10 or 28 fields.
 */
export async function decodeRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const events = Array.from({ length: EVENTS }, (_, index) => event(index, 37))
  const type = avsc.Type.forSchema(SCHEMA)
  const bodies = events.map((each) => type.toBuffer(each))
  const records = bodies.map((body, at) => recordOf(at, body))
  const texts = events.map((each) => JSON.stringify(each))
  const lines = texts.map((text) => Buffer.from(text))

  const few = createDecoder(planOf(benchConfig(TEN_FIELDS)), schemaLookup(), LIMITS)
  const all = createDecoder(planOf(benchConfig(FIELDS)), schemaLookup(), LIMITS)
  const json = createJsonReader(planOf(benchConfig(TEN_FIELDS, { format: 'json' })))
  const values: SlotValue[] = new Array<SlotValue>(FIELDS.length + 3).fill(undefined)
  const calls = Math.ceil(PASSES * scale) * EVENTS
  const task = (each: (index: number) => unknown) => ({
    calls,
    run: () => {
      for (let call = 0; call < calls; call++) each(call % EVENTS)
    },
  })

  const [a, fewNs, allNs, j, jsonNs] = (await inTurns(15, [
    task((index) => type.fromBuffer(bodies[index]!)),
    task((index) => few.decode(records[index]!, values)),
    task((index) => all.decode(records[index]!, values)),
    task((index) => JSON.parse(texts[index]!) as unknown),
    task((index) => json.read(lines[index]!, 0, lines[index]!.length, values)),
  ])) as [number, number, number, number, number]
  return [
    { name: 'A: avsc decodes the whole record', ns: a, per: 'event', note: `${meanLength(bodies)} bytes` },
    ratioRow('Avro, 10 of 32 fields', fewNs, { ns: a, letter: 'A', max: 0.5 }),
    ratioRow('Avro, 28 of 32 fields', allNs, { ns: a, letter: 'A', max: 1 }),
    { name: 'J: JSON.parse', ns: j, per: 'event', note: `${meanLength(lines)} bytes` },
    ratioRow('JSON, 10 of 32 fields', jsonNs, { ns: j, letter: 'J', max: 1.5 }),
  ]
}

function meanLength(buffers: readonly Buffer[]): number {
  return Math.round(buffers.reduce((total, each) => total + each.length, 0) / buffers.length)
}
