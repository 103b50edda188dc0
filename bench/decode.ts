import avsc from 'avsc'
import { createDecoder } from '../src/decode/create-decoder.ts'
import { createJsonReader } from '../src/decode/json-decoder.ts'
import type { SlotValue } from '../src/decode/decoder.ts'
import type { LogRecord } from '../src/log/log.ts'
import type { StreamPlan } from '../src/pane/plan.ts'

/**
 * What decoding costs, as a multiple of A = `avsc` decoding the same bytes whole, and of J = `JSON.parse` of the same
 * event as text. An event has 32 fields; 10 of them, or all 30 beside id and unit, are monitored (and id, unit, cohort and
 * time are read in either case).
 */
export async function decodeRows(): Promise<readonly DecodeRow[]> {
  const events = Array.from({ length: 4096 }, (_, index) => event(index))
  const type = avsc.Type.forSchema(SCHEMA)
  const bodies = events.map((each) => type.toBuffer(each))
  const records = bodies.map((body) => record(Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), body])))
  const texts = events.map((each) => JSON.stringify(each))
  const lines = texts.map((text) => Buffer.from(text))

  const lookup = { get: () => ({ id: '7', schema: JSON.stringify(SCHEMA) }) }
  const decoderOf = (paths: readonly string[]) => createDecoder(planOf(paths, 'avro'), lookup, LIMITS)
  const few = decoderOf([...KEYS, ...FIELDS.slice(0, 10)])
  const all = decoderOf([...KEYS, ...FIELDS])
  const jsonFew = createJsonReader(planOf([...KEYS, ...FIELDS.slice(0, 10)], 'json'))
  const values: SlotValue[] = new Array<SlotValue>(KEYS.length + FIELDS.length).fill(undefined)

  const [a, fewNs, allNs, j, jsonNs] = inTurns([
    (index) => type.fromBuffer(bodies[index]!),
    (index) => few.decode(records[index]!, values),
    (index) => all.decode(records[index]!, values),
    (index) => JSON.parse(texts[index]!) as unknown,
    (index) => jsonFew.read(lines[index]!, 0, lines[index]!.length, values),
  ])
  const bytes = Math.round(bodies.reduce((total, body) => total + body.length, 0) / bodies.length)
  return [
    { name: `A: avsc, whole record of ${bytes} bytes`, ns: a!, ratio: 1, of: 'A' },
    { name: 'Avro, 10 of 32 fields', ns: fewNs!, ratio: fewNs! / a!, of: 'A' },
    { name: 'Avro, 30 of 32 fields', ns: allNs!, ratio: allNs! / a!, of: 'A' },
    { name: 'J: JSON.parse', ns: j!, ratio: 1, of: 'J' },
    { name: 'JSON, 10 of 32 fields', ns: jsonNs!, ratio: jsonNs! / j!, of: 'J' },
  ]
}

export interface DecodeRow {
  name: string
  ns: number
  ratio: number
  of: 'A' | 'J'
}

const LIMITS = { recordBytes: 1_048_576 }
const KEYS = ['event_id', 'user_id', 'model_version', 'ts']
/** The first ten: five doubles, one nullable, an int, two words, a boolean. */
const FIELDS = [
  'd0', 'd1', 'd2', 'd3', 'd4', 'n0', 'i0', 's0', 's1', 'b0',
  ...['d5', 'd6', 'd7', 'd8', 'd9', 'n1', 'n2', 'n3', 'i1', 'i2', 'i3', 's2', 's3', 's4', 'b1', 'b2', 'l0', 'l1'],
] // prettier-ignore

const SCHEMA: avsc.Schema = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'event_id', type: 'string' },
    { name: 'ts', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'user_id', type: 'string' },
    { name: 'model_version', type: 'string' },
    ...FIELDS.map((name) => ({ name, type: typeOf(name) })),
  ],
}

function typeOf(name: string): avsc.Schema {
  switch (name[0]) {
    case 'd':
      return 'double'
    case 'n':
      return ['null', 'double']
    case 'i':
      return 'int'
    case 's':
      return 'string'
    case 'b':
      return 'boolean'
    default:
      return 'long'
  }
}

const WORDS = ['search', 'home', 'DE', 'FR', 'premium', 'free', 'mobile', 'desktop', 'checkout', 'spring']

function event(index: number): Record<string, unknown> {
  const fields = FIELDS.map((name, at) => [name, valueOf(name, index * 31 + at * 17)])
  return {
    event_id: `e${String(index * 7919).padStart(15, '0')}`,
    ts: 1_772_672_400_000 + index * 37,
    user_id: `u${String((index * 104_729) % 100_000).padStart(15, '0')}`,
    model_version: index % 2 === 0 ? 'm41' : 'm42',
    ...Object.fromEntries(fields),
  }
}

function valueOf(name: string, seed: number): unknown {
  switch (name[0]) {
    case 'd':
      return Math.sin(seed) * 100
    case 'n':
      return seed % 10 === 0 ? null : Math.cos(seed)
    case 'i':
      return seed % 500
    case 's':
      return WORDS[seed % WORDS.length]
    case 'b':
      return seed % 3 === 0
    default:
      return seed * 1001
  }
}

function planOf(paths: readonly string[], format: 'avro' | 'json'): StreamPlan {
  return {
    stream: 'events',
    topic: 'events',
    format,
    paths,
    time: { slot: paths.indexOf('ts'), field: 'ts', unit: null },
    idSlot: paths.indexOf('event_id'),
    unitSlot: paths.indexOf('user_id'),
    syntheticSlot: -1,
    syntheticEquals: '',
    salt: 'bench',
    cohort: { slot: paths.indexOf('model_version'), field: 'model_version', control: new Set(), candidate: new Set() },
    fields: [],
    rates: [],
    sums: [],
  }
}

function record(value: Buffer): LogRecord {
  return { topic: 'events', partition: 0, offset: 0, timestampMs: 0, key: null, value, headers: {} }
}

/** Nanoseconds per call, the best of several short rounds taken in turns, so that a busy moment hits all alike. */
function inTurns(tasks: readonly ((index: number) => unknown)[]): number[] {
  const best = tasks.map(() => Infinity)
  for (let round = 0; round < 15; round++) {
    tasks.forEach((task, at) => {
      const start = process.hrtime.bigint()
      for (let call = 0; call < 40_960; call++) task(call & 4095)
      best[at] = Math.min(best[at]!, Number(process.hrtime.bigint() - start) / 40_960)
    })
  }
  return best
}

if (import.meta.main) console.table(await decodeRows())
