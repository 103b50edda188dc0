import type { Results } from './results.ts'
import { CHANGES } from './scenario.ts'
import { measuredOf } from './section-nulls.ts'
import { delaysOf } from './tally.ts'
import { delay, percent, table, whole } from './words.ts'

/** Something is wrong from half time on: is it found, and when? */
export function changesSection(results: Results): string {
  const measured = measuredOf(results, CHANGES)
  const rows = measured.map(({ scenario, tally }) => {
    const { found, median, ninth } = delaysOf(tally)
    const before = tally.alarms === 0 ? '0' : `**${whole(tally.alarms)}**`
    return [scenario.title, whole(tally.days), percent(found), delay(median), delay(ninth), before]
  })
  return `## Where something is wrong

The candidate changes after slice 144, at half time; found = an alert fires before the day is over (for the rates: before the week is), 12 hours later at most. Delay = from the change to the end of the slice that fired, over all days, so that a day that found nothing is later than any other.

${table(['change', 'days', 'found', 'median', '90th percentile', 'alarms before it'], rows)}

The law's targets at 6,000 events per hour and cohort, clustered: 0.1 sd in 3.5 h, 0.2 sd in 1 h, 0.3 sd in 35 min. ${targets(results)}

Units that return are found sooner than units whose five events come together: over an hour their events are nearly independent. Over a day they are not, and that is when small changes take longer.

![Share of days that found the change, by hours since it began](calibration/delays.svg)`
}

const TARGETS: readonly [scenario: string, minutes: number][] = [
  ['shift-0.1', 210],
  ['shift-0.2', 60],
  ['shift-0.3', 35],
]

function targets({ tallies }: Results): string {
  const told = TARGETS.flatMap(([name, target]) => {
    const tally = tallies[name]
    if (tally === undefined) return []
    const { median } = delaysOf(tally)
    return [`${delay(median)}${median !== null && median <= target ? '' : ` (**missed**, ${delay(target)} wanted)`}`]
  })
  return `Medians here: ${told.join(', ')}.`
}
