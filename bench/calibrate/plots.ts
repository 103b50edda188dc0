import { poissonUpper } from './bounds.ts'
import { LOOSE_BUDGETS } from './judge-day.ts'
import type { Results } from './results.ts'
import { CHANGES, NULLS, SHOCKS } from './scenario.ts'
import { measuredOf, pooled } from './section-nulls.ts'
import { rivalsOf } from './section-rivals.ts'
import { COLOURS, dot, line, linear, logarithmic, sheet, text } from './svg.ts'
import { delaysOf } from './tally.ts'
import { percent, rate } from './words.ts'

const WIDTH = 860
const GREY = '#bbbbbb'
const DASHED = 'stroke-width="1.5" stroke-dasharray="5 4"'

/** A row for each null, a dot for each budget, and the budgets as lines. */
export function budgetsPlot(results: Results): string {
  const measured = measuredOf(results, [...NULLS, ...SHOCKS])
  const [left, top, rowHeight] = [330, 40, 22]
  const bottom = top + rowHeight * measured.length
  const x = linear(0, 0.25, left, WIDTH - 40)
  const axis = [0, 0.05, 0.1, 0.15, 0.2, 0.25].map((share) =>
    text(x(share), bottom + 18, percent(share), { anchor: 'middle' }),
  )
  const lines = LOOSE_BUDGETS.map((budget, at) => line([[x(budget), top - 8], [x(budget), bottom]], COLOURS[at]!, DASHED)) // prettier-ignore
  const names = LOOSE_BUDGETS.map((budget, at) => text(x(budget), top - 14, `budget ${budget} a day`, { anchor: 'middle', colour: COLOURS[at]! })) // prettier-ignore
  const rows = measured.flatMap(({ scenario, tally }, row) => {
    const y = top + rowHeight * (row + 0.5)
    const dots = LOOSE_BUDGETS.map((budget, at) => {
      const share = tally.reached[at]! / tally.days
      return dot(x(Math.min(0.25, share)), y, COLOURS[at]!, `${scenario.title}, budget ${budget}: ${percent(share)}`)
    })
    return [text(left - 12, y + 4, scenario.title, { anchor: 'end' }), line([[left, y], [WIDTH - 40, y]], '#eeeeee'), ...dots] // prettier-ignore
  })
  return sheet(WIDTH, bottom + 34, 'Share of days with any evidence where nothing is wrong', [
    ...rows,
    ...lines,
    ...names,
    ...axis,
  ])
}

/** How many of the days have found the change, by the time since it began. */
export function delaysPlot(results: Results): string {
  const measured = measuredOf(results, CHANGES)
  const [left, top, right, bottom] = [60, 20, 560, 380]
  const x = logarithmic(5, 7 * 1440, left, right)
  const y = linear(0, 1, bottom, top)
  const ticks: [number, string][] = [[5, '5 min'], [15, '15 min'], [60, '1 h'], [180, '3 h'], [720, '12 h'], [2880, '2 d'], [10_080, '7 d']] // prettier-ignore
  const axes = [
    ...ticks.flatMap(([minutes, name]) => [
      line([[x(minutes), top], [x(minutes), bottom]], '#eeeeee'),
      text(x(minutes), bottom + 18, name, { anchor: 'middle' }),
    ]),
    ...[0, 0.5, 1].flatMap((share) => [line([[left, y(share)], [right, y(share)]], GREY), text(left - 8, y(share) + 4, `${share * 100} %`, { anchor: 'end' })]), // prettier-ignore
  ] // prettier-ignore
  const curves = measured.flatMap(({ scenario, tally }, at) => {
    const colour = COLOURS[at % COLOURS.length]!
    const sorted = [...tally.delays].sort((one, other) => one - other)
    const steps = sorted.flatMap((minutes, index): [number, number][] => [
      [x(minutes), y(index / tally.days)],
      [x(minutes), y((index + 1) / tally.days)],
    ])
    const dashes = scenario.units.kind === 'returning' ? 'stroke-dasharray="6 3"' : ''
    const labelY = top + 12 + 20 * at
    return [
      line([[left, bottom], ...steps], colour, `stroke-width="2" ${dashes}`),
      line([[right + 20, labelY - 4], [right + 44, labelY - 4]], colour, `stroke-width="2" ${dashes}`), // prettier-ignore
      text(right + 50, labelY, scenario.title.replace('clustered, ', '').replace(', season', '')),
    ]
  })
  return sheet(WIDTH + 60, bottom + 40, 'Share of days that found the change, by time since it began', [
    ...axes,
    ...curves,
  ])
}

/** Quiet is left, quick is low; numbers stand for names, which would write over each other. */
export function rivalsPlot(results: Results): string {
  const ours = pooled(measuredOf(results, NULLS).map(({ tally }) => tally))
  const oursAtMost = poissonUpper(ours.alarms) / ours.days
  const shown = results.tallies['shift-0.2'] ?? results.tallies['shift-0.3']
  const [left, top, right, bottom] = [70, 20, 600, 400]
  const missed = 1440
  const x = logarithmic(1e-5, 30, left, right)
  const y = logarithmic(4, missed, bottom, top)
  const ticks: [number, string][] = [[5, '5 min'], [15, '15 min'], [60, '1 h'], [180, '3 h'], [720, '12 h'], [missed, 'missed']] // prettier-ignore
  const axes = [
    ...[1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10].flatMap((perDay) => [
      line([[x(perDay), top], [x(perDay), bottom]], '#eeeeee'),
      text(x(perDay), bottom + 18, String(perDay), { anchor: 'middle' }),
    ]),
    ...ticks.flatMap(([minutes, name]) => [
      line([[left, y(minutes)], [right, y(minutes)]], '#eeeeee'),
      text(left - 8, y(minutes) + 4, name, { anchor: 'end' }),
    ]),
    text((left + right) / 2, bottom + 36, 'false alarms per feature-day, all nulls', { anchor: 'middle' }),
    text(16, (top + bottom) / 2, 'median delay, 0.2 sd', { anchor: 'middle', turned: true }),
  ] // prettier-ignore
  const delayOf = (days: Parameters<typeof delaysOf>[0] | undefined): number =>
    (days && delaysOf(days).median) ?? missed
  const points = [
    { name: `Evenkeel (below ${rate(oursAtMost)})`, perDay: oursAtMost, minutes: delayOf(shown), colour: COLOURS[1]! },
    ...rivalsOf(results).flatMap(({ name, alarms, days, alarmsPerDay }) => {
      const peer = shown?.peers[name]
      if (peer === undefined) return []
      const perDay = alarms === 0 ? poissonUpper(0) / days : alarmsPerDay
      return [
        {
          name: `${name} (${alarms === 0 ? 'below ' : ''}${rate(perDay)})`,
          perDay,
          minutes: delayOf(peer),
          colour: COLOURS[0]!,
        },
      ]
    }),
  ]
  const drawn = points.flatMap(({ name, perDay, minutes, colour }, at) => [
    dot(x(perDay), y(minutes), colour, name),
    // Neighbours in turns above and below.
    text(x(perDay), y(minutes) + (at % 2 === 0 ? -9 : 19), String(at + 1), { anchor: 'middle', colour }),
    text(right + 20, top + 12 + 20 * at, `${at + 1}  ${name}`, { colour }),
  ])
  return sheet(WIDTH + 60, bottom + 50, 'False alarms against delay', [...axes, ...drawn])
}
