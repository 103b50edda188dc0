import { html } from '../html.ts'
import type { Content, Markup } from '../html.ts'
import { UNKNOWN, dayText, minuteText, time } from '../show.ts'
import { TOP, across, at, chart, figuresTable, stretched, thousandths } from './frame.ts'
import { belowPlot, gridLines, gridNumbers } from './grid.ts'
import { scaleOf, timeTicks } from './scale.ts'
import type { Scale } from './scale.ts'

/** Something over event time: lines with or without a band, limits, and what was told when. */
export interface OverTime {
  id: string
  title: string
  description: string
  fromMs: number
  toMs: number
  /** Longer without a point, and the line is broken: nothing is known there. */
  stepMs: number
  lines: readonly Line[]
  /** Dashed lines across: from here on an effect counts. */
  thresholds: readonly number[]
  marks: readonly Mark[]
  show: (value: number) => string
  /** Whether zero belongs into the picture. */
  fromZero: boolean
}

export interface Line {
  name: string
  /** Stands at its end. */
  letter: string
  className: 'a' | 'b' | 'effect'
  points: readonly Point[]
}

export interface Point {
  atMs: number
  value: number | null
  low?: number | null
  high?: number | null
}

export interface Mark {
  atMs: number
  type: 'firing' | 'updated' | 'resolved'
}

const PLOT = 130
const LETTERS = { firing: 'F', updated: 'u', resolved: 'R' } as const

export function overTime(drawn: OverTime): Markup {
  const { id, title, description, fromMs, toMs, lines, thresholds, marks, show } = drawn
  const scale = scaleOf(boundsOf(drawn), PLOT)
  const part = (ms: number): number => (ms - fromMs) / Math.max(1, toMs - fromMs)
  const paths = lines.map((line) => linePaths(line, drawn.stepMs, scale, part))
  const limits = thresholds.map((value) => {
    const y = at(TOP + scale.y(value))
    return html`<line class="limit" x1="0" x2="100%" y1="${y}" y2="${y}" />`
  })
  const zero = scale.low < 0 && scale.high > 0 && zeroLine(scale)
  const shown = marks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  const ticks = timeTicks(fromMs, toMs).map((ms) => ({ part: part(ms), text: tickText(ms) }))
  const drawing = html`${gridLines(scale)}${stretched(PLOT, paths)}${zero}${limits}${lines.map((line) => endLetter(line, scale, part))}${markLines(shown, part)}${belowPlot(PLOT, ticks)}`
  return chart({ id, title, description }, PLOT, gridNumbers(scale, show), drawing, linesTable(drawn))
}

function* boundsOf({ lines, thresholds, fromZero }: OverTime): Generator<number> {
  if (fromZero) yield 0
  yield* thresholds
  for (const { points } of lines) {
    for (const { value, low, high } of points) {
      for (const each of [value, low, high]) if (each !== null && each !== undefined) yield each
    }
  }
}

type Part = (ms: number) => number
type Known = Point & { value: number }

function linePaths({ className, points }: Line, stepMs: number, scale: Scale, part: Part): Markup {
  const runs = unbroken(points, stepMs)
  const place = (ms: number, value: number): string => `${thousandths(part(ms))} ${at(scale.y(value))}`
  const line = runs.map((run) => `M${run.map(({ atMs, value }) => place(atMs, value)).join('L')}`).join('')
  const band = runs
    .map((run) => run.filter(hasInterval))
    .filter((run) => run.length > 1)
    .map((run) => {
      const over = run.map(({ atMs, high }) => place(atMs, high))
      const under = run.map(({ atMs, low }) => place(atMs, low)).reverse()
      return `M${[...over, ...under].join('L')}Z`
    })
    .join('')
  return html`${band !== '' && html`<path class="band ${className}" d="${band}" />`}${line !== '' && html`<path class="line ${className}" d="${line}" />`}`
}

function hasInterval(point: Known): point is Known & { low: number; high: number } {
  return typeof point.low === 'number' && typeof point.high === 'number'
}

/** Runs of points without a hole between them. */
function unbroken(points: readonly Point[], stepMs: number): Known[][] {
  const runs: Known[][] = []
  let lastMs = -Infinity
  for (const point of points) {
    if (point.value === null) continue
    if (point.atMs - lastMs > stepMs * 1.5) runs.push([])
    runs.at(-1)!.push(point as Known)
    lastMs = point.atMs
  }
  return runs
}

function endLetter({ letter, className, points }: Line, scale: Scale, part: Part): Content {
  const last = points.findLast(({ value }) => value !== null)
  if (last === undefined || letter === '') return null
  const x = across(Math.min(1, part(last.atMs)))
  return html`<text
    class="letter ${className}"
    x="${x}"
    dx="${className === 'a' ? -14 : -2}"
    y="${at(TOP + (className === 'a' ? Math.min(scale.y(last.value!) + 14, PLOT - 3) : Math.max(scale.y(last.value!) - 6, 10)))}"
    text-anchor="end"
    >${letter}</text
  >`
}

function zeroLine(scale: Scale): Markup {
  const y = at(TOP + scale.y(0))
  return html`<line class="zero" x1="0" x2="100%" y1="${y}" y2="${y}" />`
}

/** Where an alert fired and resolved is seen across the plot; what it told in between is a notch above it. */
function markLines(marks: readonly Mark[], part: Part): Markup[] {
  const lettered: number[] = []
  // Letters that would stand on each other are left out, those of the news between first.
  const important = marks.toSorted((one, other) => Number(one.type === 'updated') - Number(other.type === 'updated'))
  return important.map(({ atMs, type }) => {
    const place = part(atMs)
    const hasLetter = lettered.every((other) => Math.abs(other - place) >= LETTER_WIDTH)
    if (hasLetter) lettered.push(place)
    return markLine(across(place), type, hasLetter)
  })
}

/** A letter with air around it, as a part of a narrow chart. */
const LETTER_WIDTH = 0.045

function markLine(x: string, type: Mark['type'], hasLetter: boolean): Markup {
  const letter = html`<text class="mark ${type}" x="${x}" y="${TOP - 9}" text-anchor="middle">${LETTERS[type]}</text>`
  return html`<line
      class="mark ${type}"
      x1="${x}"
      x2="${x}"
      y1="${TOP - 6}"
      y2="${type === 'updated' ? TOP : TOP + PLOT}"
    />${hasLetter && letter}`
}

function tickText(ms: number): string {
  return ms % 86_400_000 === 0 ? dayText(ms).slice(5) : minuteText(ms).slice(11)
}

function linesTable({ title, lines, show, marks }: OverTime): Markup {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(({ atMs }) => atMs)))].sort((a, b) => a - b)
  const byTime = lines.map(({ points }) => new Map(points.map((point) => [point.atMs, point])))
  const hasBand = lines.map(({ points }) => points.some(({ low }) => typeof low === 'number'))
  const head = lines.flatMap(({ name }, at) => (hasBand[at] ? [name, '95 % interval'] : [name]))
  const told = Map.groupBy(marks, ({ atMs }) => atMs)
  const rows = times.map((ms) => [
    time(ms),
    ...lines.flatMap((_, at) => {
      const { value = null, low = null, high = null } = byTime[at]!.get(ms) ?? {}
      const shown = value === null ? UNKNOWN : show(value)
      if (!hasBand[at]) return [shown]
      return [shown, low === null || high === null ? UNKNOWN : `${show(low)} to ${show(high)}`]
    }),
    (told.get(ms) ?? []).map(({ type }) => type).join(', '),
  ])
  return figuresTable(title, ['until (UTC)', ...head, 'alerts'], rows)
}
