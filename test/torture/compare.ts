import type { BucketCounts } from '../../src/sketch/bucket-counts.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { LAST_MS } from './events.ts'
import type { ProducedEvent } from './events.ts'
import type { Outcome } from './outcome.ts'

/** What went wrong, in words; empty = nothing. */
export interface Faults {
  /** Events, panes, slices, alerts that are not there. */
  lost: string[]
  /** Events counted more than once, an alert under a second id. */
  twice: string[]
  /** Anything that is there and is not what an undisturbed run makes of the same events. */
  differing: string[]
}

/** Of each partition's panes: what anybody would count who reads the events one by one. Shares no code with the pipe. */
interface Counted {
  accepted: number
  repeats: number
  agesMissing: number
  clicks: number
}

export function compareOutcomes(run: Outcome, undisturbed: Outcome, events: readonly ProducedEvent[]): Faults {
  const faults: Faults = { lost: [], twice: [], differing: [] }
  compareWithHand(run, events, faults)
  comparePanes(run, undisturbed, faults)
  compareSlices(run, undisturbed, faults)
  compareAlerts(run, undisturbed, faults)
  compareQuarantine(run, undisturbed, faults)
  return faults
}

export function faultCount({ lost, twice, differing }: Faults): number {
  return lost.length + twice.length + differing.length
}

export function faultLines({ lost, twice, differing }: Faults): string[] {
  return [...lost.map((line) => `lost: ${line}`), ...twice.map((line) => `twice: ${line}`), ...differing.map((line) => `differing: ${line}`)] // prettier-ignore
}

function countByHand(events: readonly ProducedEvent[]): Map<string, Counted> {
  const counts = new Map<string, Counted>()
  for (const { partition, truth } of events) {
    if ((truth.kind !== 'accepted' && truth.kind !== 'repeat') || truth.paneMs >= LAST_MS) continue
    const key = `${partition}@${truth.paneMs}`
    const count = counts.get(key) ?? { accepted: 0, repeats: 0, agesMissing: 0, clicks: 0 }
    counts.set(key, count)
    if (truth.kind === 'repeat') {
      count.repeats++
      continue
    }
    count.accepted++
    count.agesMissing += truth.isAgeMissing ? 1 : 0
    count.clicks += truth.isClicked ? 1 : 0
  }
  return counts
}

function compareWithHand(run: Outcome, events: readonly ProducedEvent[], faults: Faults): void {
  const byHand = countByHand(events)
  for (const key of byHand.keys()) if (!run.panes.has(key)) faults.lost.push(`all of pane ${key}`)
  for (const [key, { pane }] of run.panes) {
    if (pane.startMs >= LAST_MS) continue
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
      if (difference < 0) faults.lost.push(`${-difference} ${name} of pane ${key}`)
      if (difference > 0) faults.twice.push(`${difference} ${name} of pane ${key}`)
    }
  }
}

function comparePanes(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const [key, { digests }] of undisturbed.panes) {
    const found = run.panes.get(key)
    if (found === undefined) faults.lost.push(`pane ${key} was never published`)
    else if (found.digests.size > 1 || [...digests][0] !== [...found.digests][0]) {
      faults.differing.push(`pane ${key} has digests ${[...found.digests].join()}; ${[...digests].join()} is right`)
    }
  }
  if (run.panesIn.size > 1) faults.differing.push(`panes stand in partitions ${[...run.panesIn].join()} of their topic`)
  for (const key of run.panes.keys())
    if (!undisturbed.panes.has(key)) faults.differing.push(`pane ${key} follows from nothing`)
}

function compareSlices(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const [startMs, { digest, slice }] of undisturbed.slices) {
    const found = run.slices.get(startMs)
    if (found === undefined) faults.lost.push(`slice ${slice.number} was never published`)
    else if (found.digest !== digest)
      faults.differing.push(`slice ${slice.number} (${describe(found.slice)}; ${describe(slice)} is right)`)
  }
  for (const [startMs, { slice }] of run.slices)
    if (!undisturbed.slices.has(startMs)) faults.differing.push(`slice ${slice.number} follows from nothing`)
}

function describe({ streams }: Slice): string {
  const entries = streams.flatMap(({ partitions }) => partitions)
  return entries.map(({ pane, idle }) => `${pane.slice(0, 12)}${idle ? ' idle' : ''}`).join(', ')
}

function compareAlerts(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const [id, { bodies }] of undisturbed.alerts) {
    const found = run.alerts.get(id)
    if (found === undefined) faults.lost.push(`alert ${id} was never sent`)
    else if (found.bodies.size > 1 || [...bodies][0] !== [...found.bodies][0])
      faults.differing.push(`alert ${id} has ${found.bodies.size} bodies, or another one`)
  }
  for (const id of run.alerts.keys())
    if (!undisturbed.alerts.has(id)) faults.twice.push(`alert ${id} follows from nothing: the same under a second id`)
}

function compareQuarantine(run: Outcome, undisturbed: Outcome, faults: Faults): void {
  for (const record of undisturbed.quarantined)
    if (!run.quarantined.has(record)) faults.lost.push(`${record} is not in quarantine`)
  for (const record of run.quarantined)
    if (!undisturbed.quarantined.has(record)) faults.differing.push(`${record} is in quarantine`)
}
