const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
type Unit = keyof typeof UNITS

/** Milliseconds of `90s`, `5m` or `1h30m` (largest unit first); null when the text is no duration or too long to count exactly. */
export function parseDuration(text: string): number | null {
  if (!/^(?=.)(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text)) return null
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g)) totalMs += Number(amount) * UNITS[unit as Unit]
  return Number.isSafeInteger(totalMs) ? totalMs : null
}

/** The shortest such text: 5400000 is `1h30m`. */
export function formatDuration(durationMs: number): string {
  let restMs = durationMs
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(restMs / UNITS[unit])
    if (amount > 0) text += `${amount}${unit}`
    restMs -= amount * UNITS[unit]
  }
  return text === '' ? '0s' : text
}
