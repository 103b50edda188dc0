import type { StreamConfig } from '../config/shape.ts'
import type { FieldTrail, StreamTrails, TrailPoint } from '../http/history-facts.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { Slice } from '../slice/slice.ts'
import { FieldWindow, valuesOf } from './field-window.ts'
import type { CohortWindow } from './field-window.ts'

/**
 * The last 48 hours of every field of one stream, hour by hour: counts and means, no sketches, so that three hundred fields
 * take a few megabytes and a page of all of them nothing but copying.
 */
export class StreamTrail {
  private readonly stream: StreamConfig
  /** Ascending. */
  private hours: Hour[] = []
  /** By position of the field: a category's share is worth a line only if it is always the same category's. */
  private readonly tops: (string | null)[]

  constructor(stream: StreamConfig) {
    this.stream = stream
    this.tops = stream.fields.map(() => null)
  }

  add(slice: Slice): void {
    const startMs = Math.floor(slice.startMs / HOUR_MS) * HOUR_MS
    if (this.hours.at(-1)?.startMs !== startMs) {
      this.hours.push(new Hour(startMs, this.stream.fields.length))
      this.hours = this.hours.filter((hour) => hour.startMs > startMs - HOURS_MAX * HOUR_MS)
    }
    const { tallies } = slice.streams.find(({ name }) => name === this.stream.name)!
    const hour = this.hours.at(-1)!
    tallies.fields.forEach((field, position) => {
      const window = FieldWindow.over(tallies.cohorts, field)
      if (window.kind === 'categorical') this.tops[position] ??= mostFrequent(window)
      hour.add(position, window, this.tops[position]!)
    })
  }

  facts(): StreamTrails {
    const firstMs = this.hours[0]?.startMs ?? 0
    const count = this.hours.length === 0 ? 0 : (this.hours.at(-1)!.startMs - firstMs) / HOUR_MS + 1
    const startsMs = Array.from({ length: count }, (_, at) => firstMs + at * HOUR_MS)
    const byStart = new Map(this.hours.map((hour) => [hour.startMs, hour]))
    const points = (position: number, cohort: typeof CONTROL | typeof CANDIDATE): TrailPoint[] =>
      startsMs.map((startMs) => byStart.get(startMs)?.point(position, cohort) ?? NO_POINT)
    const fields = this.stream.fields.map(({ name, kind }, position): FieldTrail => ({
      name,
      kind,
      top: this.tops[position]!,
      control: points(position, CONTROL),
      candidate: points(position, CANDIDATE),
    }))
    return { stepMs: HOUR_MS, startsMs, fields }
  }
}

const HOUR_MS = 3_600_000
const HOURS_MAX = 48
const NO_POINT: TrailPoint = { count: 0, missingShare: null, value: null }
/** Of a field and cohort: events, missing, values, the sum of them (numeric) or how many are true (boolean), or the top. */
const FIGURES = 4

class Hour {
  readonly startMs: number
  private readonly figures: Float64Array

  constructor(startMs: number, fields: number) {
    this.startMs = startMs
    this.figures = new Float64Array(fields * 2 * FIGURES)
  }

  add(position: number, { kind, cohorts }: FieldWindow, top: string | null): void {
    for (const cohort of [CONTROL, CANDIDATE] as const) {
      const { events, nulls, absent, nan, trues, histogram, categories } = cohorts[cohort]
      const at = (position * 2 + cohort) * FIGURES
      this.figures[at]! += events
      this.figures[at + 1]! += nulls + absent + nan
      this.figures[at + 2]! += valuesOf(cohorts[cohort])
      this.figures[at + 3]! += kind === 'boolean' ? trues : kind === 'numeric' ? totalOf(histogram) : top === null ? 0 : categories.count(top) // prettier-ignore
    }
  }

  point(position: number, cohort: typeof CONTROL | typeof CANDIDATE): TrailPoint {
    const at = (position * 2 + cohort) * FIGURES
    const [count, missing, values, total] = this.figures.subarray(at, at + FIGURES) as unknown as [number, number, number, number] // prettier-ignore
    const value = values > 0 ? total / values : null
    return { count, missingShare: count > 0 ? missing / count : null, value }
  }
}

function mostFrequent({ cohorts }: FieldWindow): string | null {
  const counts = new Map<string, number>()
  for (const { categories } of cohorts)
    for (const [name, count] of categories.entries()) counts.set(name, (counts.get(name) ?? 0) + count)
  let top: [name: string | null, count: number] = [null, 0]
  for (const [name, count] of counts) if (count > top[1]) top = [name, count]
  return top[0]
}

function totalOf(histogram: CohortWindow['histogram']): number {
  return histogram.count === 0 ? 0 : histogram.mean() * histogram.count
}
