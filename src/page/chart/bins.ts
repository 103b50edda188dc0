import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { UNKNOWN, countText, figure, shareText } from '../show.ts'
import { TOP, across, at, chart, figuresTable, stretched, thousandths } from './frame.ts'
import { belowPlot, gridLines, gridNumbers } from './grid.ts'
import { scaleOf } from './scale.ts'

/** Values of two cohorts in the same bins. */
export interface Bins {
  bins: readonly { low: number; high: number; a: number; b: number }[]
  totalA: number
  totalB: number
}

const PLOT = 150

/**
 * Both cohorts in the same bins, one over the other: A filled, B hatched. Every bin that holds something is drawn equally wide:
 * the bins grow with the value, and a long tail would press everything else into one corner.
 */
export function overlaidHistogram(id: string, what: string, { bins, totalA, totalB }: Bins): Markup {
  const shares = bins.map(({ a, b }) => [share(a, totalA), share(b, totalB)] as const)
  const scale = scaleOf([0, ...shares.flat()], PLOT)
  const width = 1 / Math.max(1, bins.length)
  const bars = bins.map((_, bin) => {
    const [a, b] = shares[bin]!
    return html`${bar('bar a', bin * width, width, scale.y(a))}${bar('bar b', bin * width + width * 0.18, width * 0.64, scale.y(b), 'url(#hatch-b)')}`
  })
  const words = {
    id,
    title: `Distribution of ${what}`,
    description: `Share of the values of each cohort in ${bins.length} bins from ${figure(bins[0]?.low ?? null)} to ${figure(bins.at(-1)?.high ?? null)}: A filled, B hatched.`,
  }
  const drawing = html`${gridLines(scale)}${bars}${belowPlot(PLOT, edgeLabels(bins))}`
  return chart(words, PLOT, gridNumbers(scale, shareText), drawing, binsTable(what, bins, totalA, totalB))
}

/** Shares of values below each edge, as steps; where the two are furthest apart is marked. */
export function stepCdf(id: string, what: string, values: Bins, ks: number | null, lacks: string): Markup {
  const { bins } = values
  const [ofA, ofB] = [cumulative(bins.map(({ a }) => a), values.totalA), cumulative(bins.map(({ b }) => b), values.totalB)] // prettier-ignore
  const gap = largestGap(ofA, ofB)
  const scale = { ticks: [0, 0.5, 1], y: (value: number) => PLOT * (1 - value) }
  const distance = ks === null ? lacks : `KS ${ks.toFixed(3)}`
  const where = bins[gap.bin] === undefined ? '' : ` at ${figure(bins[gap.bin]!.high)}`
  const words = {
    id,
    title: `Cumulative distribution of ${what}`,
    description: `Share of the values of each cohort up to each value. The largest gap is ${gap.size.toFixed(3)}${where}. ${distance}.`,
  }
  const paths = html`<path class="line a" d="${steps(ofA)}" /><path class="line b" d="${steps(ofB)}" />`
  const drawing = html`${gridLines(scale)}${stretched(PLOT, paths)}${gap.size > 0 && gapMark(gap, ofA, ofB, bins.length, distance + where)}${belowPlot(PLOT, edgeLabels(bins))}`
  const rows = bins.map(({ high }, bin) => [`up to ${figure(high)}`, shareText(ofA[bin]!), shareText(ofB[bin]!)])
  return chart(
    words,
    PLOT,
    gridNumbers(scale, shareText),
    drawing,
    figuresTable(words.title, ['value', 'A', 'B'], rows),
  )
}

/** KS of what is drawn: of fifty bins, so a little below that of all values. */
export function largestGap(ofA: readonly number[], ofB: readonly number[]): { bin: number; size: number } {
  let [bin, size] = [0, 0]
  ofA.forEach((a, at) => {
    const gap = Math.abs(a - ofB[at]!)
    if (gap > size) [bin, size] = [at, gap]
  })
  return { bin, size }
}

export function cumulative(counts: readonly number[], total: number): number[] {
  let sum = 0
  return counts.map((count) => share((sum += count), total))
}

function share(count: number, total: number): number {
  return total > 0 ? count / total : 0
}

function bar(className: string, x: number, width: number, top: number, fill?: string): Markup | false {
  const height = PLOT - top
  if (height <= 0) return false
  return html`<rect
    class="${className}"
    x="${across(x)}"
    y="${at(TOP + top)}"
    width="${across(width)}"
    height="${at(height)}"
    ${fill !== undefined && html` fill="${fill}"`}
  />`
}

function steps(cumulated: readonly number[]): string {
  const width = 1 / Math.max(1, cumulated.length)
  const level = (value: number): string => at(PLOT * (1 - value))
  return `M0 ${PLOT}${cumulated.map((value, bin) => `H${thousandths((bin + 1) * width)}V${level(value)}`).join('')}`
}

/**
 * The words stand where no line is: right of the gap below the lines, or between them where it is wide; left of it above them. On
 * a telephone there is room for them on the right only while the gap is left of the middle.
 */
function gapMark(
  { bin }: { bin: number },
  ofA: readonly number[],
  ofB: readonly number[],
  count: number,
  label: string,
): Markup {
  const part = (bin + 1) / count
  const [top, bottom] = [Math.max(ofA[bin]!, ofB[bin]!), Math.min(ofA[bin]!, ofB[bin]!)].map((value) => TOP + PLOT * (1 - value)) as [number, number] // prettier-ignore
  const x = across(Math.min(part, 0.999))
  const isLeft = part > 0.45
  const above = Math.max(top - 10, TOP + 10)
  const below = bottom > TOP + PLOT - 20 ? top - 10 : bottom + 18
  const y = isLeft ? above : bottom - top > 24 ? (top + bottom) / 2 + 4 : below
  return html`<line class="gap" x1="${x}" x2="${x}" y1="${at(top)}" y2="${at(bottom)}" /><circle
      class="gap"
      cx="${x}"
      cy="${at(top)}"
      r="3"
    /><circle class="gap" cx="${x}" cy="${at(bottom)}" r="3" /><text
      class="note"
      x="${x}"
      dx="${isLeft ? -8 : 8}"
      y="${at(y)}"
      text-anchor="${isLeft ? 'end' : 'start'}"
      >${label}</text
    >`
}

/** At most five edges, at the bins' places. */
function edgeLabels(bins: Bins['bins']): { part: number; text: string }[] {
  const count = bins.length
  if (count === 0) return []
  const wanted = Math.min(4, count)
  const edges = new Set(Array.from({ length: wanted + 1 }, (_, index) => Math.round((index * count) / wanted)))
  return [...edges].map((edge) => ({
    part: edge / count,
    text: figure(edge === count ? bins[count - 1]!.high : bins[edge]!.low),
  }))
}

function binsTable(what: string, bins: Bins['bins'], totalA: number, totalB: number): Markup {
  const rows = bins.map(({ low, high, a, b }) => [
    binName(low, high),
    countText(a),
    shareText(totalA > 0 ? a / totalA : null),
    countText(b),
    shareText(totalB > 0 ? b / totalB : null),
  ])
  return figuresTable(`Values of ${what} by bin`, ['bin', 'A', 'share', 'B', 'share'], rows)
}

export function binName(low: number, high: number): string {
  if (low === high) return figure(low)
  const [from, to] = [figure(low), figure(high)]
  return from === UNKNOWN || to === UNKNOWN ? UNKNOWN : from === to ? `about ${from}` : `${from} to ${to}`
}
