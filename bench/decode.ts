import avsc from 'avsc'
import { createDecoder } from '../src/decode/create-decoder.ts'
import { createJsonReader } from '../src/decode/json-decoder.ts'
import type { SlotValue } from '../src/decode/decoder.ts'
import type { LogRecord } from '../src/log/log.ts'
import { planStream } from '../src/pane/plan.ts'
import type { StreamPlan } from '../src/pane/plan.ts'
import { benchStream, event, FIELDS, SCHEMA } from './events.ts'
import { bestOf } from './row.ts'
import type { Row } from './row.ts'

/**
 * What decoding alone costs, as a multiple of A = `avsc` decoding the same bytes whole, and of J = `JSON.parse` of the same
 * event as text. Time, unit and cohort are read beside the 10 or 28 fields.
 */
export async function decodeRows(): Promise<readonly Row[]> {
  const events = Array.from({ length: EVENTS }, (_, index) => event(index, 37))
  const type = avsc.Type.forSchema(SCHEMA)
  const bodies = events.map((each) => type.toBuffer(each))
  const records = bodies.map((body) => recordOf(Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), body])))
  const texts = events.map((each) => JSON.stringify(each))
  const lines = texts.map((text) => Buffer.from(text))

  const lookup = { get: () => ({ id: '7', schema: JSON.stringify(SCHEMA) }) }
  const few = createDecoder(planOf(FIELDS.slice(0, 10)), lookup, LIMITS)
  const all = createDecoder(planOf(FIELDS), lookup, LIMITS)
  const json = createJsonReader(planOf(FIELDS.slice(0, 10)))
  const values: SlotValue[] = new Array<SlotValue>(FIELDS.length + 3).fill(undefined)

  const [a, fewNs, allNs, j, jsonNs] = inTurns([
    (index) => type.fromBuffer(bodies[index]!),
    (index) => few.decode(records[index]!, values),
    (index) => all.decode(records[index]!, values),
    (index) => JSON.parse(texts[index]!) as unknown,
    (index) => json.read(lines[index]!, 0, lines[index]!.length, values),
  ]) as [number, number, number, number, number]
  const row = (name: string, ns: number, peer: number, goal: number, letter: string): Row => {
    return { name, ns, per: 'event', ratio: ns / peer, goal: `≤ ${goal} ${letter}`, isMet: ns <= goal * peer }
  }
  return [
    { name: 'A: avsc decodes the whole record', ns: a, per: 'event', note: `${meanLength(bodies)} bytes` },
    row('decode Avro, 10 of 32 fields', fewNs, a, 0.5, 'A'),
    row('decode Avro, 28 of 32 fields', allNs, a, 1, 'A'),
    { name: 'J: JSON.parse', ns: j, per: 'event', note: `${meanLength(lines)} bytes` },
    row('decode JSON, 10 of 32 fields', jsonNs, j, 1.5, 'J'),
  ]
}

const EVENTS = 4096
const LIMITS = { recordBytes: 1_048_576 }

function planOf(fields: readonly string[]): StreamPlan {
  const stream = benchStream(fields)
  return planStream(stream, { streams: [stream] })
}

function recordOf(value: Buffer): LogRecord {
  return { topic: 'bench', partition: 0, offset: 0, timestampMs: 0, key: null, value, headers: {} }
}

function meanLength(buffers: readonly Buffer[]): number {
  return Math.round(buffers.reduce((total, each) => total + each.length, 0) / buffers.length)
}

/** Nanoseconds per call, the best of short rounds taken in turns, so that a busy moment hits all alike. */
function inTurns(tasks: readonly ((index: number) => unknown)[]): number[] {
  const best = tasks.map(() => Infinity)
  for (let round = 0; round < 15; round++) {
    tasks.forEach((task, at) => {
      const calls = 10 * EVENTS
      const ns = bestOf(1, calls, () => {
        for (let call = 0; call < calls; call++) task(call % EVENTS)
      })
      best[at] = Math.min(best[at]!, ns)
    })
  }
  return best
}

if (import.meta.main) console.table(await decodeRows())
