/** UTC hours counted from 1970, and their places in the day and in the week. */
export const HOUR_MS = 3_600_000
export const HOURS_OF_DAY = 24
export const HOURS_OF_WEEK = 168

export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS)
}

export function dayOf(hour: number): number {
  return Math.floor(hour / HOURS_OF_DAY)
}

export function hourOfDay(hour: number): number {
  return hour - dayOf(hour) * HOURS_OF_DAY
}

/** 0 is Monday from 00:00. */
export function hourOfWeek(hour: number): number {
  // 1970 began on a Thursday.
  const day = dayOf(hour) + 3
  return (day - Math.floor(day / 7) * 7) * HOURS_OF_DAY + hourOfDay(hour)
}
