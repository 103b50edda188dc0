import { poissonUpper } from './bounds.ts'
import type { Results } from './results.ts'
import { CHANGES, nullOf, NULLS } from './scenario.ts'
import { measuredOf, pooled } from './section-nulls.ts'
import type { Measured } from './section-nulls.ts'
import { delaysOf } from './tally.ts'
import type { Delays, PeerTally } from './tally.ts'
import { delay, percent, rate, table, times, whole } from './words.ts'

export interface Rival {
  name: string
  /** Over all nulls it was tried on. */
  days: number
  alarms: number
  hours: number
  alarmsPerDay: number
  /** At least so many times our rate: against our 95 % upper bound. */
  ratio: number
  /** Changes on which it is as quick as we are, of those it was tried on. */
  quickOn: number
  triedOn: number
  secondsPerDay: number
}

/** The others, on the same numbers. */
export function rivalsSection(results: Results): string {
  if (results.peersMissing !== null) {
    return `## Rivals\n\n**Not measured in this run:** ${results.peersMissing}.`
  }
  const rivals = rivalsOf(results)
  const nulls = measuredOf(results, NULLS)
  const changes = measuredOf(results, CHANGES)
  return `## Rivals, on the same numbers

By their own code (\`bench/peers/requirements.txt\`), as child processes, on the first days of each scenario, the very values that were judged above.

- **Evidently**, hourly windows, the candidate's hour against the control's same hour (so a season is no difference, which is more than a stored reference would give it). *Default* is what its \`get_stattest\` picks: W1/std ≥ 0.1 for numbers and JS ≥ 0.1 for categories above 1,000 reference values, else a test with p < 0.05. The other columns force one method at a time: p ≤ 0.05 is KS for numbers, Z for rates, χ² for categories; PSI is held against 0.2, the customary "significant" (the package's own threshold is 0.1). The functions are called directly; at its start the process checks that Evidently's report gives the same scores.
- **River**, event by event, all defaults. *Candidate* = fed with the candidate's values, as its documentation does; *difference* = with the candidate's value less the control's of the same slice, paired at random, so a season is no difference.

An hour with one alarm or more counts once, and hours in a row are *one* alarm: the count that favours them. Ours are alerts.

### False alarms per feature-day, nothing wrong

${families(rivals)
  .map(({ title, members }) => `**${title}**\n\n${nullsTable(nulls, members)}`)
  .join('\n\n')}

### Found, and median delay

Behind a slash: the median over all days; – = not half of the days. An hourly window cannot answer before its hour is over. River's *found* says little where its column above shows alarms without cause: it would have alarmed anyway.

${families(rivals)
  .map(({ title, members }) => `**${title}**\n\n${changesTable(changes, members)}`)
  .join('\n\n')}

### All together

${table(
  [
    'rival',
    'false alarms a day',
    'hours with one, a day',
    'times ours, at least',
    'as quick as ours',
    'CPU s a feature-day',
  ],
  rivals.map(({ name, alarmsPerDay, hours, days, ratio, quickOn, triedOn, secondsPerDay }) => [
    name,
    rate(alarmsPerDay),
    rate(hours / days),
    alarmsPerDay === 0 ? 'as quiet here' : times(ratio),
    `${quickOn} of ${triedOn}`,
    secondsPerDay.toPrecision(2),
  ]),
)}

${verdicts(results, rivals)}

![False alarms per feature-day against the delay until 0.2 sd is found](calibration/rivals.svg)`
}

export function rivalsOf(results: Results): Rival[] {
  const nulls = measuredOf(results, NULLS)
  const changes = measuredOf(results, CHANGES)
  const ours = pooled(nulls.map(({ tally }) => tally))
  const oursAtMost = poissonUpper(ours.alarms) / ours.days
  const names = [...new Set(nulls.flatMap(({ tally }) => Object.keys(tally.peers)))].sort()
  return names.map((name) => {
    const peers = nulls.flatMap(({ tally }) => tally.peers[name] ?? [])
    const sum = (count: (peer: PeerTally) => number): number => peers.reduce((total, peer) => total + count(peer), 0)
    const days = sum((peer) => peer.days)
    const alarms = sum((peer) => peer.alarms)
    const tried = changes.flatMap(({ tally }) =>
      tally.peers[name] === undefined ? [] : [{ tally, peer: tally.peers[name] }],
    )
    return {
      ...{ name, days, alarms, hours: sum(({ hours }) => hours), alarmsPerDay: alarms / days },
      ratio: alarms / days / oursAtMost,
      quickOn: tried.filter(({ tally, peer }) => isAsQuick(delaysOf(peer), delaysOf(tally))).length,
      triedOn: tried.length,
      secondsPerDay: sum(({ seconds }) => seconds) / days,
    }
  })
}

/** Its median is no later than ours; windows of an hour are given the hour. Where we do not find it in half of the days either, finding it as often is enough. */
function isAsQuick(rival: Delays, ours: Delays): boolean {
  if (ours.median === null) return rival.found >= ours.found
  return rival.median !== null && rival.median <= Math.max(60, Math.ceil(ours.median / 60) * 60)
}

function families(rivals: readonly Rival[]): { title: string; members: Rival[] }[] {
  return ['Evidently', 'River'].map((title) => ({
    title,
    members: rivals.filter(({ name }) => name.startsWith(title.toLowerCase())),
  }))
}

function nullsTable(nulls: readonly Measured[], rivals: readonly Rival[]): string {
  return table(
    ['null', 'ours', ...rivals.map(({ name }) => shortName(name))],
    nulls.map(({ scenario, tally }) => [
      scenario.title,
      rate(tally.alarms / tally.days),
      ...rivals.map(({ name }) => {
        const peer = tally.peers[name]
        return peer === undefined ? 'n/a' : rate(peer.alarms / peer.days)
      }),
    ]),
  )
}

function changesTable(changes: readonly Measured[], rivals: readonly Rival[]): string {
  const told = ({ found, median }: Delays): string => `${percent(found)} / ${delay(median)}`
  return table(
    ['change', 'ours', ...rivals.map(({ name }) => shortName(name))],
    changes.map(({ scenario, tally }) => [
      scenario.title,
      told(delaysOf(tally)),
      ...rivals.map(({ name }) => {
        const peer = tally.peers[name]
        return peer === undefined ? 'n/a' : told(delaysOf(peer))
      }),
    ]),
  )
}

function shortName(name: string): string {
  return name.replace(/^(evidently|river) /, '').replace('>=', '≥')
}

/** The sentence a reader came for. */
function verdicts(results: Results, rivals: readonly Rival[]): string {
  const ours = pooled(measuredOf(results, NULLS).map(({ tally }) => tally))
  const quick = rivals.filter(({ quickOn, triedOn }) => quickOn * 2 > triedOn)
  const short = quick.filter(({ ratio }) => ratio < 100)
  const lines = [
    `*Times ours* = the rival's rate over all nulls it was tried on, divided by the highest rate that our ${whole(ours.alarms)} alarms in ${whole(ours.days)} days allow (95 %). *As quick* = its median is no later than ours; windows of an hour are given the hour.`,
    quick.length === 0
      ? 'No rival is as quick as ours on more than half of the changes.'
      : `As quick on more than half of the changes: ${quick.map(({ name, ratio }) => `${name} (${times(ratio)} times our false alarms at least)`).join(', ')}. ${
          short.length === 0
            ? 'Each of them alarms more than 100 times as often as ours where nothing is wrong.'
            : `Below 100 times: ${short.map(({ name }) => name).join(', ')}.`
        }`,
    ...quietParagraphs(results, rivals),
  ]
  return lines.join('\n\n')
}

/** Where a rival is as quiet as we are, and where it is quicker there too: to be said as openly as the rest. */
function quietParagraphs(results: Results, rivals: readonly Rival[]): string[] {
  const nulls = measuredOf(results, NULLS)
  const lists = rivals.map(({ name }) => {
    const tried = nulls.filter(({ tally }) => tally.peers[name] !== undefined)
    const quiet = tried.filter(({ tally }) => tally.peers[name]!.alarms === 0)
    const loudest = tried.toSorted((one, other) => perDay(other, name) - perDay(one, name))[0]!
    const names = quiet.length === 0 ? '' : ` (${quiet.map(({ scenario }) => scenario.name).join(', ')})`
    return `- ${name}: none on ${quiet.length} of ${tried.length} nulls${names}; most on ${loudest.scenario.name}, ${rate(perDay(loudest, name))} a day`
  })
  const { peerDays } = results
  return [
    `**Where a rival is as quiet as ours**, in the ${whole(peerDays)} days of each null that it saw (none in ${whole(peerDays)} days is compatible with up to ${rate(poissonUpper(0) / peerDays)} a day):\n\n${lists.join('\n')}`,
    quickAndQuiet(results, rivals),
    'So the price of our budget is time: it is paid for every look of a release of 14 days and for 20 metrics, and a threshold that happens to fit the traffic is quicker. But a distance knows nothing of n: what suits 6,000 events an hour and two equal cohorts alarms with fewer, as the unequal cohorts show; and what takes events for independent alarms as soon as units send several together. What has to be right at any traffic is the evidence; the least effect is a second question, and here it is asked after the first.',
  ]
}

function quickAndQuiet(results: Results, rivals: readonly Rival[]): string {
  const found = rivals.flatMap(({ name }) => {
    const changes = measuredOf(results, CHANGES).filter(({ scenario, tally }) => {
      const before = results.tallies[nullOf(scenario)]?.peers[name]
      const peer = tally.peers[name]
      if (peer === undefined || before === undefined || before.alarms > 0 || peer.before > 0) return false
      const [theirs, ours] = [delaysOf(peer).median, delaysOf(tally).median]
      return theirs !== null && (ours === null || theirs < ours)
    })
    if (changes.length === 0) return []
    const told = changes.map(
      ({ scenario, tally }) =>
        `${scenario.title}: ${delay(delaysOf(tally.peers[name]!).median)} against our ${delay(delaysOf(tally).median)}`,
    )
    return [`- ${name}: ${told.join('; ')}`]
  })
  if (found.length === 0) return 'No rival is both as quiet on a null and quicker on a change of the same kind.'
  return `**As quiet on a null and in the half before the change, and quicker than ours to find it** (median):\n\n${found.join('\n')}`
}

function perDay({ tally }: Measured, name: string): number {
  const peer = tally.peers[name]!
  return peer.alarms / peer.days
}
