import { CATALOGUE } from './catalogue.ts'
import type { MetricSpec } from './catalogue.ts'

/** Series of one instance, everything counted: enough for fifty fields of a dozen streams, cheap to scrape (about 10 ms). */
export const SERIES_MAX = 5000

/**
 * How many series an instance may export. Room for every metric's own `other` series is kept back from the start, so that
 * an overflow can always be shown and totals stay right when labels explode.
 */
export class SeriesLimit {
  readonly max: number
  private readonly openMax: number
  private open = 0

  constructor(max: number, alsoExported = 0) {
    this.max = max
    this.openMax = max - alsoExported - seriesKeptBack()
    if (this.openMax < 0)
      throw new RangeError(`a limit of ${max} series leaves no room: ${max - this.openMax} are fixed`)
  }

  /** Takes room for one more series of open names; false when there is none. */
  take(): boolean {
    if (this.open >= this.openMax) return false
    this.open++
    return true
  }

  give(count: number): void {
    this.open -= count
  }

  /** Room for series that are only a courtesy, such as zeros before anything happened: half of what there is. */
  get hasRoomToSpare(): boolean {
    return this.open < this.openMax / 2
  }
}

function seriesKeptBack(): number {
  return Object.values(CATALOGUE).reduce((sum, spec) => sum + closedSeries(spec), 0)
}

/** Series of a metric when every open label says `other`. One more per closed label, for a value outside its list. */
function closedSeries(spec: MetricSpec): number {
  const perLabels = spec.labels.reduce((product, { values }) => product * (values === null ? 1 : values.length + 1), 1)
  return spec.type === 'histogram' ? perLabels * (spec.buckets!.length + 3) : perLabels
}
