import type { StreamConfig } from '../config/shape.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { Slice } from '../slice/slice.ts'
import type { DriftRow } from '../telemetry/snapshot.ts'
import { fieldDistances } from './field-distances.ts'
import { FieldWindow } from './field-window.ts'

/**
 * The last half hour to hour of one stream, for the display distances on /metrics: the half hour that runs and the one before.
 *
 * Two halves instead of a ring of slices, because fifty fields' histograms take megabytes. Slices are only added up
 * when somebody looks: after a restart thousands go by that nobody will ever look at.
 */
export class RecentDrift {
  private readonly stream: StreamConfig
  private previous: Half
  private current: Half

  constructor(stream: StreamConfig) {
    this.stream = stream
    this.current = new Half(-Infinity, stream)
    this.previous = this.current
  }

  add(slice: Slice): void {
    const number = Math.floor(slice.startMs / HALF_HOUR_MS)
    if (number !== this.current.number) {
      // After a gap the half hour before is no neighbour any more.
      this.previous = this.current.number === number - 1 ? this.current : new Half(number - 1, this.stream)
      this.current = new Half(number, this.stream)
    }
    const { tallies } = slice.streams.find(({ name }) => name === this.stream.name)!
    this.current.add(tallies.fields.map((field) => FieldWindow.over(tallies.cohorts, field)))
  }

  /** Candidate against control, a row for each field. */
  rows(): DriftRow[] {
    const halves = [...new Set([this.previous, this.current])].map((half) => half.windows())
    return this.stream.fields.map(({ name, kind }, position) => {
      const window = new FieldWindow(kind)
      for (const windows of halves) window.merge(windows[position]!)
      const distances = fieldDistances(kind, window.cohorts[CONTROL], window.cohorts[CANDIDATE])
      return { stream: this.stream.name, field: name, against: 'control', ...distances }
    })
  }
}

const HALF_HOUR_MS = 1_800_000

class Half {
  readonly number: number
  private readonly sums: FieldWindow[]
  private waiting: FieldWindow[][] = []

  constructor(number: number, stream: StreamConfig) {
    this.number = number
    this.sums = stream.fields.map(({ kind }) => new FieldWindow(kind))
  }

  add(windows: FieldWindow[]): void {
    this.waiting.push(windows)
  }

  /** By position of the field. */
  windows(): readonly FieldWindow[] {
    for (const windows of this.waiting) windows.forEach((window, position) => this.sums[position]!.merge(window))
    this.waiting = []
    return this.sums
  }
}
