import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { at } from './frame.ts'

/** Two lines in the height of a word, for a table that says the same in figures beside them. */
export interface Spark {
  a: readonly (number | null)[]
  b: readonly (number | null)[]
  /** A line that hardly moves is drawn as one: the scale spans at least this much. */
  spanMin: number
}

const HEIGHT = 20
/** Hundreds of them stand on one page: of every few hours one point is enough there. */
export function sparkline({ a, b, spanMin }: Spark): Markup {
  const known = [...a, ...b].filter((value) => value !== null)
  if (known.length === 0) return html``
  let [low, high] = [Math.min(...known), Math.max(...known)]
  if (high - low < spanMin) [low, high] = [low - (spanMin - (high - low)) / 2, high + (spanMin - (high - low)) / 2]
  const y = (value: number): number => Math.round(HEIGHT - 1 - ((value - low) / (high - low || 1)) * (HEIGHT - 2))
  return html`<svg
    class="spark"
    viewBox="0 0 ${Math.max(1, a.length - 1)} ${HEIGHT}"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <path d="${pathOf(a, y)}" />
    <path class="b" d="${pathOf(b, y)}" />
  </svg>`
}

/** Relative, and short: `M0 4l1 0 1-2`. A hole breaks the line; a point alone is drawn as long as a step. */
function pathOf(values: readonly (number | null)[], y: (value: number) => number): string {
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
      path += `M${index} ${down}${values[index + 1] === null || index === values.length - 1 ? 'h.6' : ''}`
      isLine = false
    } else {
      const step = down - last
      path += `${isLine ? (step < 0 ? ' 1' : ' 1 ') : step < 0 ? 'l1' : 'l1 '}${at(step)}`
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
