/** Epoch milliseconds of an RFC 3339 time with zone; null when it is none, or a day or hour that does not exist. */
export function parseInstant(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(
    text.toUpperCase(),
  )
  if (match === null) return null
  const [, year, month, day, hour, minute, second, sign, zoneHours, zoneMinutes] = match
  const localMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  // Date.UTC rolls 30 February over into March.
  if (new Date(localMs).toISOString().slice(0, 19) !== `${year}-${month}-${day}T${hour}:${minute}:${second}`)
    return null
  if (Number(zoneHours ?? 0) > 23 || Number(zoneMinutes ?? 0) > 59) return null
  const zoneMs = (Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0)) * 60_000 * (sign === '-' ? -1 : 1)
  const fractionMs = Math.floor(Number(`0.${/\.(\d+)/.exec(text)?.[1] ?? '0'}`) * 1000)
  return localMs - zoneMs + fractionMs
}
