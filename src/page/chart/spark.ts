import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { at } from './frame.ts'

/**
 * Two lines in the height of a word, for a table that says the same in figures beside them. Hundreds of them stand on one page,
 * so every letter counts: sizes stand in the stylesheet, and lines are drawn by relative steps.
 */
export interface Spark {
  a: readonly (number | null)[]
  b: readonly (number | null)[]
  /** A line that hardly moves is drawn as one: the scale spans at least this much. */
  spanMin: number
}

/** As in page.css. */
const WIDTH = 104
const HEIGHT = 20

export function sparkline(spark: Spark): Markup {
  const bounds = boundsOf(spark)
  if (bounds === null) return html``
  const { a, b } = spark
  const { low, high } = bounds
  const y = (value: number): number => Math.round(HEIGHT - 1 - ((value - low) / (high - low || 1)) * (HEIGHT - 2))
  const step = stepOf(a.length)
  return html`<svg aria-hidden="true"><path d="${pathOf(a, step, y)}"/><path class="b" d="${pathOf(b, step, y)}"/></svg>` // prettier-ignore
}

/** One scale for both; null where nothing is known. */
export function boundsOf({ a, b, spanMin }: Spark): { low: number; high: number } | null {
  const known = [...a, ...b].filter((value) => value !== null)
  if (known.length === 0) return null
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const more = Math.max(0, spanMin - (high - low)) / 2
  return { low: low - more, high: high + more }
}

/** Whole pixels where they are few enough, and one digit: a young stream has a shorter line. */
function stepOf(points: number): number {
  const step = WIDTH / Math.max(1, points - 1)
  return step >= 4 ? Math.min(9, Math.floor(step)) : Math.floor(step * 10) / 10
}

/** `M0 4l6 0 6-2`. A hole breaks the line; a point alone is drawn as a dash. */
function pathOf(values: readonly (number | null)[], step: number, y: (value: number) => number): string {
  let path = ''
  let last: number | null = null
  let isLine = false
  values.forEach((value, index) => {
    if (value === null) {
      last = null
      return
    }
    const down = y(value)
    if (last === null) {
      const isAlone = (values[index + 1] ?? null) === null
      path += `M${at(index * step)} ${down}${isAlone ? 'h3' : ''}`
      isLine = false
    } else {
      const by = down - last
      path += `${isLine ? ' ' : 'l'}${step}${by < 0 ? by : ` ${by}`}`
      isLine = true
    }
    last = down
  })
  return path
}

/** Every n-th value: the mean of those it stands for. */
export function thinned(values: readonly (number | null)[], every: number): (number | null)[] {
  if (every <= 1) return [...values]
  return Array.from({ length: Math.ceil(values.length / every) }, (_, index) => {
    const known = values.slice(index * every, (index + 1) * every).filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  })
}
