import { quantileOf } from './bounds.ts'
import { LOOSE_BUDGETS } from './judge-day.ts'
import type { DayResult } from './judge-day.ts'
import type { PeerResult } from './peers.ts'
import type { Scenario } from './scenario.ts'

/** What the days of a scenario gave together; tallies of parts add. */
export interface Tally {
  scenario: string
  days: number
  /** Alerts that fired; where there is a change, before it. */
  alarms: number
  /** Days on which a loose budget was reached. */
  reached: number[]
  /** Minutes from the change to the end of the slice that fired first after it; days that found nothing are left out. */
  delays: number[]
  cpuSeconds: number
  peers: Record<string, PeerTally>
}

export interface PeerTally {
  days: number
  hours: number
  alarms: number
  /** Of these, before the change. */
  before: number
  delays: number[]
  seconds: number
}

const SLICE_MINUTES = 5

export function emptyTally({ name }: Pick<Scenario, 'name'>): Tally {
  const reached = LOOSE_BUDGETS.map(() => 0)
  return { scenario: name, days: 0, alarms: 0, reached, delays: [], cpuSeconds: 0, peers: {} }
}

export function addDay(tally: Tally, { change }: Scenario, { firedAt, reachedAt }: DayResult): void {
  const after = change?.after ?? Infinity
  const found = firedAt.find((T) => T > after)
  tally.days++
  tally.alarms += firedAt.filter((T) => T <= after).length
  if (found !== undefined) tally.delays.push((found - after) * SLICE_MINUTES)
  reachedAt.forEach((T, at) => (tally.reached[at]! += T === null ? 0 : 1))
}

export function addPeers(tally: Tally, results: Record<string, PeerResult>): void {
  for (const [name, { hours, alarms, before, delay, seconds }] of Object.entries(results)) {
    const peer = (tally.peers[name] ??= { days: 0, hours: 0, alarms: 0, before: 0, delays: [], seconds: 0 })
    peer.days++
    peer.hours += hours
    peer.alarms += alarms
    peer.before += before
    peer.seconds += seconds
    if (delay !== null) peer.delays.push(delay)
  }
}

export function addTally(into: Tally, from: Tally): void {
  into.days += from.days
  into.alarms += from.alarms
  from.reached.forEach((count, at) => (into.reached[at]! += count))
  into.delays.push(...from.delays)
  into.cpuSeconds += from.cpuSeconds
  Object.assign(into.peers, from.peers)
}

export interface Delays {
  found: number
  median: number | null
  ninth: number | null
}

/** Quantiles over all days, in minutes: a day that found nothing is later than any; null = that late. */
export function delaysOf({ days, delays }: Pick<Tally, 'days' | 'delays'>): Delays {
  const all = [...delays, ...new Array<number>(days - delays.length).fill(Infinity)].sort((a, b) => a - b)
  const at = (q: number): number | null => {
    const delay = quantileOf(all, q)
    return delay === null || delay === Infinity ? null : delay
  }
  return { found: days === 0 ? 0 : delays.length / days, median: at(0.5), ninth: at(0.9) }
}
