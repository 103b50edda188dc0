import type { BucketCounts } from '../../../src/sketch/bucket-counts.ts'

import type { ProducedEvent, Truth } from './events.ts'
import type { Outcome } from './outcome.ts'

/** What went wrong in a run, in words; empty = nothing. */
export interface Faults {
  /** Events that a pane does not have, or has once too often; by hand, from what was produced. */
  lost: string[]
  twice: string[]
  /** Panes, slices, alerts and verdicts that are not what an undisturbed run makes of the same events. */
  differing: string[]
}

/**
 * `with losses`: the broker has deleted events that nobody had read; then what must hold is that it is said wherever it shows. It also
 * serves where the first slice was written after partitions had been added, and so lists more of them.
 */
export function compareOutcomes(
  run: Outcome,
  undisturbed: Outcome,
  events: readonly ProducedEvent[],
  kind: 'whole' | 'with losses',
): Faults {
  const faults: Faults = { lost: [], twice: [], differing: [] }
  const byHand = countByHand(events)
  if (kind === 'with losses') {
    compareLosses(run, undisturbed, byHand, faults)
    return faults
  }
  compareWithHand(run, byHand, faults)
  comparePanes(run, undisturbed, faults)
  compareSlices(run, undisturbed, faults)
  compareAlerts(run, undisturbed, faults)
  compareVerdicts(run, undisturbed, faults)
  return faults
}

/** Of each partition's panes: what anybody would count who reads the events one by one. Shares no code with the pipe. */
interface Counted {
  accepted: number
  repeats: number
  agesMissing: number
  clicks: number
}

function countByHand(events: readonly ProducedEvent[]): Map<string, Counted> {
  const counts = new Map<string, Counted>()
  for (const { partition, truth } of events) {
    if (truth.kind !== 'accepted' && truth.kind !== 'repeat') continue
    const key = `${partition}@${truth.paneMs}`
    const count = counts.get(key) ?? { accepted: 0, repeats: 0, agesMissing: 0, clicks: 0 }
    counts.set(key, count)
    add(count, truth)
  }
  return counts
}

function add(count: Counted, { kind, isAgeMissing, isClicked }: Truth): void {
  if (kind === 'repeat') {
    count.repeats++
    return
  }
  count.accepted++
  count.agesMissing += isAgeMissing ? 1 : 0
  count.clicks += isClicked ? 1 : 0
}

function compareWithHand(run: Outcome, byHand: ReadonlyMap<string, Counted>, faults: Faults): void {
  for (const [key, { pane }] of run.panes) {
    if (pane.idle) continue
    const hand = byHand.get(key)
    const { cohorts, fields } = pane.tallies
    const both = (of: (cohort: 0 | 1) => BucketCounts): number => of(0).total + of(1).total
    const found: Counted = {
      accepted: both((cohort) => cohorts[cohort].accepted),
      repeats: both((cohort) => cohorts[cohort].repeats),
      agesMissing: both((cohort) => fields[1]!.counts[cohort].nulls),
      clicks: both((cohort) => cohorts[cohort].rates[0]!),
    }
    for (const name of ['accepted', 'repeats', 'agesMissing', 'clicks'] as const) {
      const difference = found[name] - (hand?.[name] ?? 0)
      if (difference < 0) faults.lost.push(`pane ${key}: ${-difference} ${name}`)
      if (difference > 0) faults.twice.push(`pane ${key}: ${difference} ${name}`)
    }
  }
}

/**
 * Where less is counted than was produced the slice says that its partition is not whole; more is counted nowhere. But nobody knows
 * from when on a partition should have been counted before its first pane, nor in what part of that; and so for the watch.
 */
function compareLosses(run: Outcome, undisturbed: Outcome, byHand: ReadonlyMap<string, Counted>, faults: Faults): void {
  const starts = [...run.panes.values()].map(({ pane }) => pane)
  for (const [startMs, { slice }] of run.slices) {
    for (const { partition, pane, idle, lost } of slice.streams[0]!.partitions) {
      const key = `${partition}@${startMs}`
      const isBegun = starts.some((each) => each.partition === partition && each.startMs < startMs)
      const produced = byHand.get(key)?.accepted ?? 0
      const found = run.panes.get(key)?.pane.tallies.cohorts
      const counted =
        pane === 'empty' || pane === 'incomplete' ? 0 : found![0].accepted.total + found![1].accepted.total
      const isTold = lost > 0 || idle || pane === 'incomplete' || !isBegun
      if (counted < produced && !isTold)
        faults.lost.push(`slice ${slice.number}: ${produced - counted} of ${key}, untold`)
      if (counted > produced) faults.twice.push(`slice ${slice.number}: ${counted - produced} of ${key}`)
    }
  }
  for (const [key, { digests, pane }] of run.panes) {
    const isDisputed = digests.size > 1 && !pane.idle
    if (isDisputed) faults.differing.push(`pane ${key}: ${digests.size} digests`)
  }
  const watchedFromMs = Math.min(...run.slices.keys())
  for (const startMs of undisturbed.slices.keys()) {
    if (startMs >= watchedFromMs && !run.slices.has(startMs))
      faults.lost.push(`slice at ${startMs} was never published`)
  }
  for (const [id, bodies] of run.alerts)
    if (bodies.size > 1) faults.differing.push(`alert ${id}: ${bodies.size} bodies`)
  const [first] = run.verdicts
  if (run.verdicts.some(({ digest }) => digest !== first!.digest)) faults.differing.push('verdicts differ')
}

function comparePanes(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const [key, { digests, pane }] of undisturbed.panes) {
    if (pane.idle) continue
    const found = run.panes.get(key)
    if (found === undefined) faults.lost.push(`pane ${key} was never published`)
    else if (found.digests.size > 1 || [...digests][0] !== [...found.digests][0]) {
      faults.differing.push(`pane ${key}: ${found.digests.size} digests, ${[...digests][0]} is right`)
    }
  }
}

function compareSlices(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const [startMs, { digest, slice }] of undisturbed.slices) {
    const isWhole = slice.streams.every(({ partitions }) =>
      partitions.every(({ pane, idle }) => !idle && pane !== 'incomplete'),
    )
    const found = run.slices.get(startMs)
    if (!isWhole) continue
    if (found === undefined) faults.lost.push(`slice ${slice.number} was never published`)
    else if (found.digest !== digest) faults.differing.push(`slice ${slice.number} (${describe(found.slice)})`)
  }
}

function describe({ streams }: { streams: { partitions: { pane: string; idle: boolean }[] }[] }): string {
  const entries = streams.flatMap(({ partitions }) => partitions)
  return entries.map(({ pane, idle }) => `${pane.slice(0, 12)}${idle ? ' idle' : ''}`).join(', ')
}

function compareAlerts(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const [id, bodies] of undisturbed.alerts) {
    const found = run.alerts.get(id)
    if (found === undefined) faults.lost.push(`alert ${id} was never sent`)
    else if (found.size > 1 || [...bodies][0] !== [...found][0])
      faults.differing.push(`alert ${id}: ${found.size} bodies`)
  }
  for (const id of run.alerts.keys())
    if (!undisturbed.alerts.has(id)) faults.differing.push(`alert ${id} follows from nothing`)
}

function compareVerdicts(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  const [right] = undisturbed.verdicts
  if (run.verdicts.length === 0) faults.lost.push('nobody runs at the end')
  for (const { instance, folded, digest } of run.verdicts) {
    if (folded !== right!.folded) faults.differing.push(`${instance} has folded ${folded} of ${right!.folded} slices`)
    else if (digest !== right!.digest) faults.differing.push(`${instance} comes to other verdicts`)
  }
}
