import { html } from '../html.ts'
import type { Content, Markup } from '../html.ts'

/**
 * The frame of every chart: a name and a description for who cannot see it, and a table with the same figures behind it.
 *
 * A chart is as wide as there is room and never scaled: what has a position across stands at a per cent of the width, what has a
 * height at pixels, so letters stay as large as letters on the page. Only paths are stretched, inside `stretched`, whose
 * lines keep their width. Nothing carries a style of its own: classes, and attributes that are no style.
 *
 *          ┌──────────────────────────────┐ 0
 *          │ marks                        │
 *    1.0 % ├──────────────────────────────┤ TOP
 *          │ the plot                     │
 *    0.0 % ├──────────────────────────────┤ TOP + plotHeight
 *          │ where across                 │
 *          └──────────────────────────────┘ TOP + plotHeight + BOTTOM
 *   GUTTER
 *
 * The stylesheet makes the drawing narrower by the gutter, and what is inside moves right by it.
 */
export interface ChartWords {
  /** Of this chart on its page: other names inside it begin with this. */
  id: string
  title: string
  /** One sentence with the figures that matter. */
  description: string
}

export const TOP = 22
export const BOTTOM = 20
/** As in page.css: for the numbers left of the plot. */
export const GUTTER = 56
/** Hundredths of a per cent across: enough for any screen. */
const ACROSS = 1000

export function chart(words: ChartWords, plotHeight: number, numbers: Content, body: Content, table: Content): Markup {
  const { id, title, description } = words
  return html`<figure class="chart">
    <figcaption id="${id}-t">${title}</figcaption>
    <svg role="img" aria-labelledby="${id}-t ${id}-d" width="100%" height="${TOP + plotHeight + BOTTOM}">
      <desc id="${id}-d">${description}</desc>
      ${numbers}<svg x="${GUTTER}" width="100%" height="100%" overflow="visible">${body}</svg></svg
    >${table}
  </figure>`
}

/** Paths in thousandths across and pixels down, stretched to the width of the chart. */
export function stretched(plotHeight: number, paths: Content): Markup {
  return html`<svg
    x="0"
    y="${TOP}"
    width="100%"
    height="${plotHeight}"
    viewBox="0 0 ${ACROSS} ${plotHeight}"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    ${paths}
  </svg>`
}

/** A number in an attribute of a drawing: a tenth of a pixel is enough. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** A part (0 to 1) of the width as an attribute. */
export function across(part: number): string {
  return `${Math.round(part * 10_000) / 100}%`
}

export function thousandths(part: number): string {
  return at(part * ACROSS)
}

/** The figures behind a chart. */
export function figuresTable(caption: string, head: readonly Content[], rows: readonly (readonly Content[])[]): Markup {
  return html`<details>
    <summary>Figures</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Figures: ${caption}">
      <table class="figures">
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${head.map((each) => html`<th scope="col">${each}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(figuresRow)}
        </tbody>
      </table>
    </div>
  </details>`
}

function figuresRow([first, ...rest]: readonly Content[]): Markup {
  return html`<tr>
    <th scope="row">${first}</th>
    ${rest.map((each) => html`<td>${each}</td>`)}
  </tr> `
}
