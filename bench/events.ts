import type avsc from 'avsc'
import type { Config, StreamConfig } from '../src/config/shape.ts'

/**
 * The reference event: 32 fields, 255 bytes as Avro, some 500 as JSON. Ten of its fields (five doubles, one nullable, an
 * int, two words, a boolean), or all 28 beside the keys, are monitored.
 */
export const FIELDS = [
  'd0', 'd1', 'd2', 'd3', 'd4', 'n0', 'i0', 's0', 's1', 'b0',
  'd5', 'd6', 'd7', 'd8', 'd9', 'n1', 'n2', 'n3', 'i1', 'i2', 'i3', 's2', 's3', 's4', 'b1', 'b2', 'l0', 'l1',
] // prettier-ignore

export const SCHEMA: avsc.Schema = {
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

export const START_MS = 1_772_672_400_000

/** @param stepMs event time between two events: what decides how many fall into one pane */
export function event(index: number, stepMs: number): Record<string, unknown> {
  const fields = FIELDS.map((name, at) => [name, valueOf(name, index * 31 + at * 17)])
  return {
    event_id: `e${String(index * 7919).padStart(15, '0')}`,
    ts: START_MS + Math.floor(index * stepMs),
    user_id: `u${String((index * 104_729) % 100_000).padStart(15, '0')}`,
    model_version: index % 2 === 0 ? 'm41' : 'm42',
    ...Object.fromEntries(fields),
  }
}

export function benchStream(fields: readonly string[], overrides: Partial<StreamConfig> = {}): StreamConfig {
  return {
    name: 'bench',
    topic: 'bench',
    start: 'earliest',
    format: 'avro',
    eventTime: { field: 'ts', unit: null },
    id: null,
    unit: 'user_id',
    salt: 'bench',
    cohort: { field: 'model_version', control: ['m41'], candidate: ['m42'] },
    allocation: null,
    synthetic: null,
    fields: fields.map((name) => {
      return { name, kind: kindOf(name), role: 'feature', range: null, values: null, required: false }
    }),
    engagement: [],
    ...overrides,
  }
}

export const PANES: Config['panes'] = {
  lengthMs: 300_000,
  latenessMs: 60_000,
  aheadMs: 3_600_000,
  idleMs: 600_000,
  completeWithinMs: 3_600_000,
}

function kindOf(name: string): 'numeric' | 'categorical' | 'boolean' {
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
