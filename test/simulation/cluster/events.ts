import { readConfig } from '../../../src/config/load.ts'
import { Random } from './random.ts'

/** What is fed to every cluster of one world: who clicked what, and when it reached which partition. */
export const PARTITIONS = 3
export const PANE_MS = 120_000
export const START_MS = Date.UTC(2026, 2, 1, 6)
const SLICES = 20
/** Of slices, from 0: here a field of the candidate goes missing. */
const FAULT = { from: 8, to: 12 }
/** Late events are ten minutes old: they begin when everybody watches the pane that they belong to. */
const LATE_FROM_SLICE = 6
export const LAST_MS = START_MS + SLICES * PANE_MS
const EVENTS_PER_SLICE = 420
const UNITS = 900

export const CONFIG = readConfig(
  `
instance: simulated
log: {directory: ./unused}
panes: {length: 2m, lateness: 20s, ahead: 10m, idle: 5m, completeWithin: 30m}
streams:
  - name: views
    topic: shop.views
    start: earliest
    format: json
    eventTime: {field: ts, unit: ms}
    id: id
    unit: user
    cohort: {field: model, control: [a], candidate: [b]}
    synthetic: {field: test, equals: true}
    fields:
      - {name: price, kind: numeric}
      - {name: age, kind: numeric}
      - {name: country, kind: categorical}
    engagement:
      - {name: click_rate, rate: {field: clicked, equals: true}}
policy: {horizon: 1d, clear: 2}
`,
  'simulated.yaml',
  {},
)

export interface ProducedEvent {
  partition: number
  /** When it reaches the log. */
  producedMs: number
  value: Buffer
  /** What became of it, for whoever counts by hand; `paneMs` by its own time. */
  truth: Truth
}

export interface Truth {
  kind: 'accepted' | 'repeat' | 'late' | 'synthetic' | 'undecodable'
  paneMs: number
  cohort: 'control' | 'candidate'
  isAgeMissing: boolean
  isClicked: boolean
}

/** The topic gets more partitions, and whoever writes uses them at once. */
export interface Growth {
  atMs: number
  partitions: number
}

/** What is left out is as in the largest world. */
export interface EventsShape {
  slices?: number
  partitions?: number
  eventsPerSlice?: number
  fault?: { from: number; to: number }
  growth?: Growth | null
}

/**
 * In the order in which the partitions get them. On time means at most 5 s on the way, late means ten minutes, and the lateness is 20 s:
 * so nobody who counts by hand has to know how a watermark works.
 */
export function produce(variant: number, shape: EventsShape = {}): ProducedEvent[] {
  const { slices = SLICES, partitions = PARTITIONS, eventsPerSlice = EVENTS_PER_SLICE, fault = FAULT } = shape
  const { growth = null } = shape
  const random = new Random(7_000 + variant)
  const events: ProducedEvent[] = []
  const spacingMs = PANE_MS / eventsPerSlice
  for (let number = 0; number < slices * eventsPerSlice; number++) {
    const tsMs = Math.floor(START_MS + number * spacingMs + random.between(0, spacingMs))
    const unit = random.whole(0, UNITS - 1)
    const partition = unit % (growth !== null && tsMs >= growth.atMs ? growth.partitions : partitions)
    const cohort = unit % 2 === 0 ? 'control' : 'candidate'
    const slice = Math.floor((tsMs - START_MS) / PANE_MS)
    const isAgeMissing = cohort === 'candidate' && slice >= fault.from && slice < fault.to && random.chance(0.5)
    const isClicked = random.chance(0.2)
    const body = {
      ...{ ts: tsMs, id: `${variant}-${number}`, user: `u${unit}`, model: cohort === 'control' ? 'a' : 'b' },
      ...{ price: Math.round(random.between(100, 10_000)) / 100, age: isAgeMissing ? null : random.whole(18, 90) },
      ...{ country: random.of(['de', 'fr', 'it', 'pl']), clicked: isClicked },
    }
    const producedMs = tsMs + Math.floor(random.between(0, 5_000))
    const truth = { paneMs: START_MS + slice * PANE_MS, cohort, isAgeMissing, isClicked } as const
    const add = (kind: Truth['kind'], atMs: number, value: string): void => {
      events.push({ partition, producedMs: atMs, value: Buffer.from(value), truth: { kind, ...truth } })
    }
    add('accepted', producedMs, JSON.stringify(body))
    const oddity = random.next()
    if (oddity < 0.01) add('repeat', producedMs + 50, JSON.stringify(body))
    else if (oddity < 0.02) add('synthetic', producedMs, JSON.stringify({ ...body, id: `t${number}`, test: true }))
    else if (oddity < 0.03) add('undecodable', producedMs, '{"ts": ')
    else if (oddity < 0.04 && slice > LATE_FROM_SLICE)
      add('late', producedMs, JSON.stringify({ ...body, id: `l${number}`, ts: tsMs - 600_000 }))
  }
  return events.sort((one, other) => one.producedMs - other.producedMs)
}
