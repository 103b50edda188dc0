import { percent, whole } from '../verdict/figures.ts'
import { html } from './html.ts'
import type { Content, Markup } from './html.ts'

/** How numbers, times and names look on a page. What is not known is a dash, never a zero. */
export const UNKNOWN = '–'

/** A measured value in four significant digits, large ones with thousands apart. */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN
  const size = Math.abs(value)
  if (size >= 1e15 || (size > 0 && size < 1e-4))
    return value
      .toPrecision(3)
      .replace(/\.?0+(e|$)/, '$1')
      .replace(/^-/, '−')
  if (size >= 10_000) return `${value < 0 ? '−' : ''}${whole(size)}`
  return String(Number(value.toPrecision(4))).replace('-', '−')
}

export function shareText(share: number | null): string {
  return share === null || !Number.isFinite(share) ? UNKNOWN : percent(share).replace('-', '−')
}

export function countText(count: number | null): string {
  return count === null ? UNKNOWN : whole(count)
}

/** `+1.2 pp` of a difference of shares, `+12 %` of a relative one, `+0.12` of anything else. */
export function changeText(change: number | null, unit: 'pp' | '%' | ''): string {
  if (change === null || !Number.isFinite(change)) return UNKNOWN
  const sign = change > 0 ? '+' : ''
  if (unit === '') return sign + figure(change)
  return `${sign}${decimals(change * 100)} ${unit}`
}

export function intervalText(low: number | null, high: number | null, unit: 'pp' | '%' | ''): string {
  if (low === null || high === null) return UNKNOWN
  const show = (value: number): string => changeText(value, unit).replace(/ (pp|%)$/, '')
  return `${show(low)} to ${changeText(high, unit)}`
}

/** Event time, in UTC: `2026-03-02 03:15`. */
export function time(ms: number | null): Content {
  if (ms === null) return UNKNOWN
  return html`<time datetime="${isoTime(ms)}">${minuteText(ms)}</time>`
}

export function range(fromMs: number | null, toMs: number | null): Markup {
  const isOneDay = fromMs !== null && toMs !== null && dayText(fromMs) === dayText(toMs)
  const end = toMs === null ? UNKNOWN : isOneDay ? minuteText(toMs).slice(11) : minuteText(toMs)
  return html`${time(fromMs)} to ${end} UTC`
}

export function minuteText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** Without parts of a second: as it stands in addresses. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

export function spanText(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  if (hours <= 72) return `${hours} h`
  return `${Math.round(hours / 24)} days`
}

/** A name from the configuration or from the data: its direction of writing is its own, and its length has an end. */
export function name(text: string, lengthMax = 80): Markup {
  return html`<bdi>${shortened(text, lengthMax)}</bdi>`
}

export function shortened(text: string, lengthMax: number): string {
  const points = [...text.slice(0, 4 * lengthMax)]
  return points.length > lengthMax ? `${points.slice(0, lengthMax - 1).join('')}…` : points.join('')
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`
}

function decimals(value: number): string {
  const size = Math.abs(value)
  const digits = size < 0.0005 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.095 ? 2 : 3
  const text = value.toFixed(digits)
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−')
}
