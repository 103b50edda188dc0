import type avsc from 'avsc'
import type { StreamConfig } from '../src/config/shape.ts'
import type { LogRecord } from '../src/log/log.ts'

/**
 * The reference event: 32 fields, some 250 bytes as Avro, 500 as JSON. Ten of its fields (five doubles, one nullable, an
 * int, two words, a boolean), or all 28 beside the keys, are monitored. What a field holds follows from its first letter.
 */
export const FIELDS = [
  'd0', 'd1', 'd2', 'd3', 'd4', 'n0', 'i0', 's0', 's1', 'b0',
  'd5', 'd6', 'd7', 'd8', 'd9', 'n1', 'n2', 'n3', 'i1', 'i2', 'i3', 's2', 's3', 's4', 'b1', 'b2', 'l0', 'l1',
] // prettier-ignore
export const TEN_FIELDS = FIELDS.slice(0, 10)

/** A wider event, for memory and for closing panes. */
export const FIFTY_FIELDS = [
  ...FIELDS,
  'd10', 'd11', 'd12', 'd13', 'd14', 'd15', 'd16', 'd17', 'd18', 'd19', 'd20', 'd21', 'd22', 'd23', 'd24',
  's5', 's6', 's7', 's8', 'b3', 'b4', 'b5',
] // prettier-ignore

export const SCHEMA = schemaOf(FIELDS)
export const SCHEMA_ID = 7

export function schemaOf(fields: readonly string[]): avsc.Schema {
  return {
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'event_id', type: 'string' },
      { name: 'ts', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'user_id', type: 'string' },
      { name: 'model_version', type: 'string' },
      ...fields.map((name) => ({ name, type: typeOf(name) })),
    ],
  }
}

export const START_MS = 1_772_672_400_000

/** Event time between two events: what decides how many fall into five minutes. */
export const STEP_MS = { largePane: 1.25, slicesOf300000: 1, slicesOf100000: 3, slicesOf20000: 15, panesOf5000: 60 }

export function event(index: number, stepMs: number, fields: readonly string[] = FIELDS): Record<string, unknown> {
  const values = fields.map((name, at) => [name, valueOf(name, index * 31 + at * 17)])
  return {
    event_id: `e${String(index * 7919).padStart(15, '0')}`,
    ts: START_MS + Math.floor(index * stepMs),
    user_id: `u${String(userOf(index)).padStart(15, '0')}`,
    model_version: modelOf(userOf(index)),
    ...Object.fromEntries(values),
  }
}

/** One of 100,000. */
export function userOf(index: number): number {
  return (index * 104_729) % 100_000
}

/** By unit, and independent of the values, so that nothing differs between the cohorts. */
function modelOf(user: number): string {
  return Math.floor(user / 10) % 2 === 0 ? 'm41' : 'm42'
}

/** Avro with Confluent's prefix, as a record of the topic. */
export function recordOf(offset: number, body: Buffer): LogRecord {
  return { topic: 'bench', partition: 0, offset, timestampMs: 0, key: null, value: withPrefix(body), headers: {} }
}

export function withPrefix(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 0, SCHEMA_ID]), body])
}

/** The stream's part of a configuration file. */
export function streamYaml(fields: readonly string[], overrides: object = {}): object {
  return {
    name: 'bench',
    topic: 'bench',
    start: 'earliest',
    format: 'avro',
    eventTime: 'ts',
    unit: 'user_id',
    salt: 'bench',
    cohort: { field: 'model_version', control: ['m41'], candidate: ['m42'] },
    fields: fields.map((name) => ({ name, kind: kindOf(name) })),
    ...overrides,
  }
}

function kindOf(name: string): StreamConfig['fields'][number]['kind'] {
  return name.startsWith('s') ? 'categorical' : name.startsWith('b') ? 'boolean' : 'numeric'
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

const WORDS = [
  'search results', 'home page', 'DE, Hamburg', 'FR, Toulouse', 'premium account', 'free account',
  'mobile, Android', 'desktop, Linux', 'checkout step 2', 'spring campaign',
] // prettier-ignore

function valueOf(name: string, seed: number): unknown {
  switch (name[0]) {
    case 'd':
      return decimal(Math.sin(seed) * 100)
    case 'n':
      return seed % 10 === 0 ? null : decimal(Math.cos(seed))
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

/** Four places, as prices and scores have them. */
function decimal(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
