import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { murmur3 } from '../sketch/murmur3.ts'

/**
 * The demo's traffic: visitors who see recommended items. What they see and whether they click comes from real rows of the
 * Open Bandit Dataset (NOTICE); who they are and when they come is made up, from a seed, so that every run is the same.
 *
 * Clicked rows are drawn more often than they are in the data, so that about 5 % of the impressions are clicked and a few
 * hours are enough to see a change. Both cohorts draw from the same rows: without a fault they do not differ.
 */
export interface DemoEvent {
  event_id: string
  ts: number
  visitor: string
  model_version: string
  [field: string]: unknown
}

export interface Fault {
  /** Plain words for the person who watches. */
  says: string
  fromMs: number
  fromSlice: number
  bend(event: DemoEvent, chance: number): void
}

export const DEMO_START_MS = Date.parse('2026-03-02T00:00:00Z')
/** Half a day. */
export const DEMO_SLICES = 144
const SLICE_MS = 300_000
const VISITORS_PER_SLICE = 300
const CLICK_SHARE = 0.05

/** Three hours of peace, then the candidate loses a field, and two hours later clicks. */
export const FAULTS: readonly Fault[] = [
  {
    says: 'the candidate begins to send user_feature_2 as null in 4 % of its events',
    fromSlice: 36,
    fromMs: DEMO_START_MS + 36 * SLICE_MS,
    bend: (event, chance) => {
      if (chance < 0.04) event['user_feature_2'] = null
    },
  },
  {
    says: 'the people who see the candidate begin to click 40 % less',
    fromSlice: 60,
    fromMs: DEMO_START_MS + 60 * SLICE_MS,
    bend: (event, chance) => {
      if (chance < 0.4) event['click'] = false
    },
  },
]

/** The events of one five minutes, in order of arrival: event time with a few seconds of natural disorder. */
export function demoSlice(number: number): DemoEvent[] {
  const { clicked, unclicked } = demoRows()
  const random = randomFrom(number)
  const events: DemoEvent[] = []
  for (let i = 0; i < VISITORS_PER_SLICE; i++) {
    const visitor = `v${Math.floor(random() * 40_000)}`
    const isCandidate = murmur3(visitor, 7) % 2 === 1
    const views = 1 + Math.floor(random() * random() * 8)
    for (let view = 0; view < views; view++) {
      const rows = random() < CLICK_SHARE ? clicked : unclicked
      const ts = DEMO_START_MS + number * SLICE_MS + Math.floor(random() * SLICE_MS)
      const row = rows[Math.floor(random() * rows.length)]!
      const event = { event_id: '', ts, visitor, model_version: isCandidate ? 'm2' : 'm1', ...row }
      const chances = FAULTS.map(() => random())
      FAULTS.forEach((fault, at) => {
        if (isCandidate && ts >= fault.fromMs) fault.bend(event, chances[at]!)
      })
      events.push(event)
    }
  }
  const arrival = new Map(events.map((event) => [event, event.ts + random() * 4_000]))
  events.sort((a, b) => arrival.get(a)! - arrival.get(b)!)
  events.forEach((event, at) => (event.event_id = `${number}-${at}`))
  return events
}

type Row = Readonly<Record<string, unknown>>
let rows: { clicked: Row[]; unclicked: Row[] } | undefined

function demoRows(): { clicked: Row[]; unclicked: Row[] } {
  if (rows !== undefined) return rows
  const file = new URL('../../demo/open-bandit.ndjson.gz', import.meta.url)
  const all = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Row) // prettier-ignore
  return (rows = { clicked: all.filter((row) => row['click']), unclicked: all.filter((row) => !row['click']) })
}

/** mulberry32: small, seeded, good enough to deal out rows. */
function randomFrom(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
