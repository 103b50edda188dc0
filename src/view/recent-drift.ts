import type { StreamConfig } from '../config/shape.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { Slice } from '../slice/slice.ts'
import type { DriftRow } from '../telemetry/snapshot.ts'
import { fieldDistances } from './field-distances.ts'
import { FieldWindow } from './field-window.ts'

/** The last hour of one stream, for the display distances on /metrics. */
export class RecentDrift {
  private readonly stream: StreamConfig
  /** Ascending by time; by position of the field. */
  private readonly slices: { endMs: number; windows: FieldWindow[] }[] = []

  constructor(stream: StreamConfig) {
    this.stream = stream
  }

  add(slice: Slice): void {
    const { tallies } = slice.streams.find(({ name }) => name === this.stream.name)!
    const windows = this.stream.fields.map(({ kind }, position) => {
      const window = new FieldWindow(kind)
      window.add(tallies, position)
      return window
    })
    const endMs = slice.startMs + slice.lengthMs
    this.slices.push({ endMs, windows })
    while (this.slices[0]!.endMs <= endMs - HOUR_MS) this.slices.shift()
  }

  /** Candidate against control, a row for each field. */
  rows(): DriftRow[] {
    return this.stream.fields.map(({ name, kind }, position) => {
      const window = new FieldWindow(kind)
      for (const { windows } of this.slices) window.merge(windows[position]!)
      const distances = fieldDistances(kind, window.cohorts[CONTROL], window.cohorts[CANDIDATE])
      return { stream: this.stream.name, field: name, against: 'control', ...distances }
    })
  }
}

const HOUR_MS = 3_600_000
