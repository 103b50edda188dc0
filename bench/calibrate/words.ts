/** Numbers as this document writes them. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString('en')
}

export function percent(share: number): string {
  if (share === 0) return '0 %'
  return `${(share * 100).toFixed(share < 0.0995 ? 2 : 1)} %`
}

export function duration(seconds: number): string {
  return seconds < 5400 ? `${whole(Math.max(1, seconds / 60))} minutes` : `${(seconds / 3600).toFixed(1)} hours`
}

/** A delay as people say it. */
export function delay(minutes: number | null): string {
  if (minutes === null) return '–'
  if (minutes < 120) return `${whole(minutes)} min`
  return minutes < 2880 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} d`
}

/** Alarms in a day. */
export function rate(perDay: number): string {
  if (perDay === 0) return '0'
  return perDay < 0.0995 ? perDay.toPrecision(2) : perDay.toFixed(perDay < 9.95 ? 2 : 1)
}

/** At least so many times: two digits, never rounded up. */
export function times(ratio: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ratio))) - 1)
  return whole(Math.floor(ratio / step) * step)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
