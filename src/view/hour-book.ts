import type { StreamConfig } from '../config/shape.ts'
import type { StreamPlan } from '../pane/plan.ts'
import type { Slice } from '../slice/slice.ts'
import type { HourStore } from './hour-store.ts'
import { wholeSlice } from './partial-slice.ts'
import { summedColumns } from './summed.ts'
import type { Summed } from './summed.ts'

export const HOUR_MS = 3_600_000

/**
 * Adds up slices as they come, and writes the sums of an hour down when the next begins. An hour of which some slices came
 * before the last start is not whole here: whoever asks for it makes it from the slices, and it is written then.
 */
export class HourBook {
  private readonly store: HourStore
  private readonly streams: readonly BookedStream[]
  private readonly open = new Map<string, OpenHour>()

  constructor(store: HourStore, streams: readonly BookedStream[]) {
    this.store = store
    this.streams = streams
  }

  /** Of slices that were taken into the view, ascending by start within each group. */
  add(slice: Slice): void {
    const hourMs = Math.floor(slice.startMs / HOUR_MS) * HOUR_MS
    for (const { group, stream, plans, paneConfigDigest } of this.streams) {
      if (group !== slice.stream || paneConfigDigest !== slice.paneConfigDigest) continue
      let hour = this.open.get(stream.name)
      // Another copy of a slice that counts already.
      if (hour !== undefined && slice.startMs <= hour.lastMs) continue
      if (hour !== undefined && hour.hourMs !== hourMs) this.write(stream.name, hour)
      if (hour?.hourMs !== hourMs) {
        const columns = (summedColumns(stream, plans) as readonly Summed<unknown>[]).map((summed) => ({ summed, sums: summed.empty() })) // prettier-ignore
        this.open.set(stream.name, (hour = { hourMs, lastMs: slice.startMs, slices: 0, columns }))
      }
      const partial = wholeSlice(slice)
      for (const { summed, sums } of hour.columns) summed.add(sums, partial)
      hour.slices++
      hour.lastMs = slice.startMs
    }
  }

  private write(stream: string, { hourMs, slices, columns }: OpenHour): void {
    const rows = columns.map(({ summed, sums }) => ({ column: summed.column, bytes: summed.encode(sums) }))
    this.store.put(stream, hourMs, slices, rows)
  }
}

export interface BookedStream {
  /** The name under which the stream's slices are kept: its group's first stream. */
  group: string
  stream: StreamConfig
  /** Of every stream of the group, by name. */
  plans: ReadonlyMap<string, StreamPlan>
  paneConfigDigest: string
}

interface OpenHour {
  hourMs: number
  /** Start of the last slice. */
  lastMs: number
  slices: number
  columns: readonly { summed: Summed<unknown>; sums: unknown }[]
}
