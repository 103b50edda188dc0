import { PANE_MS, START_MS, produce } from './events.ts'
import type { EventsShape, Growth, ProducedEvent } from './events.ts'

/** What happens in a cluster whatever its seed: the events, and what people do to the topic and to the shape of panes. */
export interface World {
  name: string
  variant: number
  slices: number
  shape: EventsShape
  growth: Growth | null
  /** From this pane on there is one field more; null = never. */
  turnMs: number | null
}

const LARGE = { slices: 20, shape: {} }
/** A fifth of the large one's work: still every kind of event, and a field that goes missing and comes back. */
const SMALL = { slices: 10, shape: { slices: 10, eventsPerSlice: 180, fault: { from: 2, to: 6 } } }
const NEVER = { growth: null, turnMs: null }

const LARGE_WORLDS: readonly World[] = [
  { name: 'large', variant: 0, ...LARGE, ...NEVER },
  {
    name: 'large, one partition more, then one field more',
    variant: 1,
    ...LARGE,
    growth: growthAt(6),
    turnMs: atSlice(12),
  },
]
const SMALL_WORLDS: readonly World[] = [
  { name: 'small', variant: 2, ...SMALL, ...NEVER },
  { name: 'small, one partition more', variant: 3, ...SMALL, ...NEVER, growth: growthAt(4.5) },
  { name: 'small, one field more', variant: 4, ...SMALL, ...NEVER, turnMs: atSlice(5) },
]

/** One seed in twenty gets a large one. */
export function worldOf(seed: number): World {
  const isLarge = seed % 20 === 0
  return isLarge ? LARGE_WORLDS[(seed / 20) % LARGE_WORLDS.length]! : SMALL_WORLDS[seed % SMALL_WORLDS.length]!
}

export const LARGE_TURNING: World = LARGE_WORLDS[1]!

export function lastMsOf({ slices }: World): number {
  return START_MS + slices * PANE_MS
}

/** Until all is read and judged, and before anybody can take the end of the events for silence. */
export function endMsOf(world: World): number {
  return lastMsOf(world) + 4 * 60_000
}

export function eventsOf({ variant, shape, growth }: World): ProducedEvent[] {
  return produce(variant, { ...shape, growth })
}

function growthAt(slice: number): Growth {
  return { atMs: atSlice(slice), partitions: 4 }
}

function atSlice(slice: number): number {
  return START_MS + slice * PANE_MS
}
