import type { SliceRow } from './seal.ts'
import type { RowEntry } from './view-file.ts'

/** A slice that is kept: `held` while it is only in memory, else to be read from row `id`. */
export interface Entry {
  stream: string
  startMs: number
  endMs: number
  id: number
  held: SliceRow | null
  /** Forgotten: whoever still walks over it passes by. */
  isGone: boolean
}

/**
 * Which slices the view has, by stream and start, all in memory: some thousand entries a stream. So SQLite needs no index that
 * could be torn apart from its table, and a row that cannot be found is damage rather than an empty answer.
 */
export class SliceDirectory {
  private readonly horizonMs: number
  /** Ascending by start. */
  private readonly byStream = new Map<string, Entry[]>()

  constructor(horizonMs: number, rows: readonly RowEntry[]) {
    this.horizonMs = horizonMs
    for (const row of rows) this.insert({ ...row, held: null, isGone: false })
  }

  /** Null when there is one already (the first wins), or when it is older than the horizon. */
  add(slice: SliceRow): Entry | null {
    const { stream, startMs, endMs } = slice
    const entries = this.byStream.get(stream) ?? []
    if (entries[lowerBound(entries, startMs)]?.startMs === startMs) return null
    if (entries.length > 0 && endMs <= entries.at(-1)!.endMs - this.horizonMs) return null
    const entry: Entry = { stream, startMs, endMs, id: -1, held: slice, isGone: false }
    this.insert(entry)
    return entry
  }

  stored(entry: Entry, id: number): void {
    entry.id = id
    entry.held = null
  }

  /** Takes out the stored entries that lie before the horizon. */
  takeExpired(): Entry[] {
    const expired: Entry[] = []
    for (const entries of this.byStream.values()) {
      const beforeMs = (entries.at(-1)?.endMs ?? -Infinity) - this.horizonMs
      while (entries.length > 0 && entries[0]!.endMs <= beforeMs && entries[0]!.held === null)
        expired.push(entries.shift()!)
    }
    for (const entry of expired) entry.isGone = true
    return expired
  }

  /** All of it, because the file behind it is gone. */
  forgetAll(): void {
    for (const entries of this.byStream.values()) for (const entry of entries) entry.isGone = true
    this.byStream.clear()
  }

  putBack(expired: readonly Entry[]): void {
    for (const entry of expired) {
      entry.isGone = false
      this.insert(entry)
    }
  }

  within(stream: string, fromMs: number, toMs: number): Entry[] {
    const entries = this.byStream.get(stream) ?? []
    // No slice lies in another, so those that end in time come before those that do not.
    const [first, beyond] = [lowerBound(entries, fromMs), lowerBound(entries, toMs)]
    return entries.slice(first, beyond).filter(({ endMs }) => endMs <= toMs)
  }

  bounds(stream: string): { fromMs: number; toMs: number; count: number } | null {
    const entries = this.byStream.get(stream) ?? []
    if (entries.length === 0) return null
    return { fromMs: entries[0]!.startMs, toMs: entries.at(-1)!.endMs, count: entries.length }
  }

  streams(): string[] {
    return [...this.byStream.keys()].sort()
  }

  private insert(entry: Entry): void {
    const entries = this.byStream.get(entry.stream) ?? []
    this.byStream.set(entry.stream, entries)
    entries.splice(lowerBound(entries, entry.startMs), 0, entry)
  }
}

/** Position of the first entry that starts at `startMs` or later. */
function lowerBound(entries: readonly Entry[], startMs: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries[middle]!.startMs < startMs) low = middle + 1
    else high = middle
  }
  return low
}
