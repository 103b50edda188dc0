/**
 * An RFC 3339 time as milliseconds since 1970; null = not one. `Date.parse` is no judge of that: it accepts local times,
 * 24:00 and the 30th of February.
 *
 *   2026-03-02T09:30:15.250+01:00
 *   0    5  8  11 14 17 19        then the fraction, then Z or the zone
 */
export function isoTimeMs(text: string): number | null {
  if (text.length < 20 || text.length > LENGTH_MAX) return null
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return null
  if (text[10] !== 'T' && text[10] !== 't') return null
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  // A field that is no number is -1.
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year)) return null
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return null

  const fractionEnd = endOfFraction(text, 19)
  if (fractionEnd < 0) return null
  const zoneMinutes = zone(text, fractionEnd)
  if (zoneMinutes === null) return null

  const minutes = (daysSince1970(year, month, day) * 24 + hour) * 60 + minute - zoneMinutes
  // A leap second is one only at the end of a UTC day; like POSIX we give it the number of the second after it.
  if (second === 60 && mod(minutes, 1440) !== 1439) return null
  return (minutes * 60 + second) * 1000 + fractionMs(text, fractionEnd)
}

/** No clock writes more than picoseconds. */
const LENGTH_MAX = 64

function digits(text: string, at: number, count: number): number {
  let value = 0
  for (let index = at; index < at + count; index++) {
    const digit = text.charCodeAt(index) - 48
    // NaN, behind the end of the text, is refused as well.
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value
}

/** Where the zone begins; -1 = a dot without digits. */
function endOfFraction(text: string, at: number): number {
  if (text[at] !== '.') return at
  let end = at + 1
  while (digits(text, end, 1) >= 0) end++
  return end === at + 1 ? -1 : end
}

/** Rounded down to the millisecond. */
function fractionMs(text: string, end: number): number {
  if (end === 19) return 0
  return digits(text.slice(20, Math.min(end, 23)).padEnd(3, '0'), 0, 3)
}

/** How many minutes this clock is ahead of UTC; null = no zone, or something behind it. */
function zone(text: string, at: number): number | null {
  if (text[at] === 'Z' || text[at] === 'z') return text.length === at + 1 ? 0 : null
  const sign = text[at] === '+' ? 1 : text[at] === '-' ? -1 : 0
  if (sign === 0 || text.length !== at + 6 || text[at + 3] !== ':') return null
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + 4, 2)
  return hours < 0 || hours > 23 || minutes < 0 || minutes > 59 ? null : sign * (hours * 60 + minutes)
}

function daysIn(month: number, year: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
}

/** Howard Hinnant's days_from_civil: the year begins in March, so that the leap day is its last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by
}
