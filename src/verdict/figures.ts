/**
 * Numbers as people read them in reasons (statistics.md 7): `2.1 %`, `+2.1 pp [+1.8, +2.4]`, `40,000`. For sentences
 * only; reports carry the numbers themselves.
 * Digits come from `toFixed` and `toPrecision`, which ECMAScript fixes to the last digit on every machine.
 */
const DECIMALS_MAX = 6

/** A share as per cent, with the decimals its size deserves: 21.4 %, 2.1 %, 0.21 %, 0.0021 %; zero is `0.0 %`. */
export function percent(share: number): string {
  const value = share * 100
  return `${fixed(value, value === 0 ? 1 : decimalsFor(Math.abs(value), 1))} %`
}

/** An effect with its interval; all three with the decimals that the interval's width deserves. */
export function interval(estimate: number, low: number, high: number, unit: 'pp' | '%' | ''): string {
  const factor = unit === '' ? 1 : 100
  const width = ((high - low) / 2) * factor
  const decimals = decimalsFor(width > 0 ? width : Math.abs(estimate * factor), unit === '' ? 2 : 1)
  const show = (value: number): string => signed(value * factor, decimals)
  return `${show(estimate)}${unit === '' ? '' : ` ${unit}`} [${show(low)}, ${show(high)}]`
}

/** `±1.1 pp` */
export function plusMinus(half: number, unit: 'pp' | '%' | ''): string {
  const value = half * (unit === '' ? 1 : 100)
  return `±${fixed(value, decimalsFor(value, unit === '' ? 2 : 1))}${unit === '' ? '' : ` ${unit}`}`
}

/** A whole number with thousands apart. */
export function whole(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Two significant digits, for numbers nobody can know better: `about 40,000`. */
export function rough(count: number): string {
  return count < 1e15 ? whole(Number(count.toPrecision(2))) : count.toPrecision(2)
}

/** A measured value in at most four significant digits. */
export function measured(value: number): string {
  return String(Number(value.toPrecision(4)))
}

export function nats(value: number): string {
  return value.toFixed(1)
}

/** Event time as ISO 8601 in UTC, to the second. */
export function utc(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** A text from the data, quoted and cut short. */
export function quoted(text: string): string {
  const points = [...text.toWellFormed()]
  return JSON.stringify(points.length > 40 ? `${points.slice(0, 40).join('')}…` : points.join(''))
}

export function listed(parts: readonly string[], shown = 3): string {
  if (parts.length <= shown) return parts.join(', ')
  return `${parts.slice(0, shown).join(', ')} and ${parts.length - shown} more`
}

function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals)
  return text.startsWith('-') || Number(text) === 0 ? text : `+${text}`
}

/** A minus sign is for numbers that are still negative after rounding. */
function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals)
  return Number(text) === 0 && text.startsWith('-') ? text.slice(1) : text
}

/** As many decimals as show two significant digits, at least `least`. */
function decimalsFor(value: number, least: number): number {
  let decimals = least
  let scaled = value
  for (let i = 0; i < least; i++) scaled *= 10
  while (scaled < 10 && decimals < DECIMALS_MAX) {
    scaled *= 10
    decimals++
  }
  return decimals
}
