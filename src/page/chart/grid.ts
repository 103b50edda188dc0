import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { BOTTOM, GUTTER, TOP, across, at } from './frame.ts'
import type { Scale } from './scale.ts'

/** Lines across at round values. */
export function gridLines({ ticks, y }: Pick<Scale, 'ticks' | 'y'>): Markup[] {
  return ticks.map((tick) => {
    const down = at(TOP + y(tick))
    return html`<line class="grid" x1="0" x2="100%" y1="${down}" y2="${down}" />`
  })
}

/** Their numbers, in the gutter. */
export function gridNumbers({ ticks, y }: Pick<Scale, 'ticks' | 'y'>, show: (value: number) => string): Markup[] {
  return ticks.map((tick) => html`<text class="tick" x="${GUTTER - 6}" y="${at(TOP + y(tick) + 4)}" text-anchor="end">${show(tick)}</text>`) // prettier-ignore
}

/** Words below the plot, at parts of the width; those at the ends stay inside. Every second one goes where there is little room. */
export function belowPlot(plotHeight: number, labels: readonly { part: number; text: string }[]): Markup[] {
  return labels.map(({ part, text }, index) => {
    const anchor = part < 0.06 ? 'start' : part > 0.94 ? 'end' : 'middle'
    return html`<text
      class="tick${index % 2 === 1 && index < labels.length - 1 && ' spare'}"
      x="${across(part)}"
      y="${TOP + plotHeight + BOTTOM - 5}"
      text-anchor="${anchor}"
      >${text}</text
    >`
  })
}
