import type { Baseline, BaselineMetric, BaselineStream } from '../../baseline/baseline.ts'
import { dayOf, HOUR_MS } from '../../baseline/hours.ts'
import { DAYS_BY_WEEK_MIN, DAYS_MIN } from '../../baseline/profile.ts'
import { percent, utc, whole } from '../../verdict/figures.ts'

/** For people at a terminal: what is in it, and whether it is enough. */
export function describeBaseline(baseline: Baseline): string {
  const { digest, cohort, groups, streams, verified } = baseline
  const lines = [`digest    ${digest}`]
  lines.push(`verified  ${verified === null ? 'no: evenkeel baseline verify FILE --by NAME' : `by ${verified.by}, ${utc(verified.atMs)}`}`) // prettier-ignore
  lines.push(`events    of ${cohort === 'all' ? 'control and candidate together' : `the ${cohort}`}`)
  for (const { name, slices, offsets = [] } of groups) {
    lines.push(`slices    ${name}: ${whole(slices.count)} from ${utc(slices.fromMs)} to ${utc(slices.toMs)}, chain ${slices.chain}`) // prettier-ignore
    for (const { topic, partition, from, to } of offsets)
      lines.push(`offsets   ${topic}[${partition}]: ${from} to ${to}`)
  }
  return `${[...lines, ...streams.flatMap(describeStream)].join('\n')}\n`
}

function describeStream({ name, events, units, hours, metrics }: BaselineStream): string[] {
  const days = new Set(hours.map(dayOf)).size
  const about = units.estimated ? 'about ' : ''
  const first = hours.length === 0 ? '' : `, ${utc(hours[0]! * HOUR_MS)} to ${utc((hours.at(-1)! + 1) * HOUR_MS)}`
  return [
    '',
    `${name}: ${whole(events)} events of ${about}${whole(units.count)} units in ${whole(hours.length)} hours of ${days} days${first}`,
    `  ${enough(days)}`,
    ...metrics.map((metric) => `  ${metric.measure.padEnd(8)} ${metric.name}: ${describeMetric(metric)}`),
  ]
}

function enough(days: number): string {
  if (days < DAYS_MIN) return `too few days: at least ${DAYS_MIN} are needed, ${DAYS_BY_WEEK_MIN} and more are better`
  if (days < DAYS_BY_WEEK_MIN)
    return `compared by the hour of the day; from ${DAYS_BY_WEEK_MIN} days on by the hour of the week`
  return 'compared by the hour of the week'
}

function describeMetric({ cells, counts, n, x }: BaselineMetric): string {
  const events = n.reduce((sum, each) => sum + each, 0)
  if (cells !== null) return `${whole(events)} values in ${counts!.length} cells of ${cells.kind}`
  if (x.length === 0) return `${whole(events)} values: too few for cells`
  const counted = x[0]!.reduce((sum, each) => sum + each, 0)
  return events === 0 ? 'nothing to count' : `${percent(counted / events)} of ${whole(events)}`
}
