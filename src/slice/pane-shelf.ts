import type { Pane } from '../pane/pane.ts'
import type { Slice } from './slice.ts'

/** A pane that waits for its slice. */
export interface ShelvedPane {
  pane: Pane
  digest: string
  /** Of its first record in the panes topic. */
  offset: number
}

/**
 * Panes until their slice is assembled, and the digests of those that were, so that a pane that comes twice (a crash between
 * publishing and committing makes those) is told from one that comes late, and both from one that contradicts another.
 */
export class PaneShelf {
  private readonly byStart = new Map<number, Map<string, ShelvedPane>>()
  private readonly used = new Map<string, string>()

  /** `nextMs`: start of the slice to come; -Infinity before the watch starts. */
  add(shelved: ShelvedPane, nextMs: number): 'kept' | 'duplicate' | 'conflict' | 'late' {
    const { pane, digest } = shelved
    const place = placeOf(pane.stream, pane.partition)
    if (pane.startMs < nextMs) {
      const used = this.used.get(`${pane.startMs} ${place}`)
      if (used === undefined || !used.startsWith('sha256:')) return 'late'
      return used === digest ? 'duplicate' : 'conflict'
    }
    let panes = this.byStart.get(pane.startMs)
    if (panes === undefined) this.byStart.set(pane.startMs, (panes = new Map<string, ShelvedPane>()))
    const known = panes.get(place)
    if (known !== undefined) return known.digest === digest ? 'duplicate' : 'conflict'
    panes.set(place, shelved)
    return 'kept'
  }

  at(startMs: number, stream: string, partition: number): ShelvedPane | null {
    return this.byStart.get(startMs)?.get(placeOf(stream, partition)) ?? null
  }

  /** The slice is decided: its panes go, and those before it. Gives how many of them it does not hold: they came late. */
  release(slice: Slice): number {
    const held = new Map<string, string>()
    for (const { name, partitions } of slice.streams) {
      for (const { partition, pane } of partitions) held.set(placeOf(name, partition), pane)
    }
    let late = 0
    for (const [startMs, panes] of this.byStart) {
      if (startMs > slice.startMs) continue
      for (const [place, { digest }] of panes) if (startMs < slice.startMs || held.get(place) !== digest) late++
      this.byStart.delete(startMs)
    }
    for (const [place, pane] of held) this.remember(`${slice.startMs} ${place}`, pane)
    return late
  }

  /** Panes from before the watch's first slice. Gives how many. */
  releaseBefore(startMs: number): number {
    let late = 0
    for (const [start, panes] of this.byStart) {
      if (start >= startMs) continue
      late += panes.size
      this.byStart.delete(start)
    }
    return late
  }

  /** All that waits; what slices hold stays known. */
  clear(): void {
    this.byStart.clear()
  }

  firstStartMs(): number | null {
    return this.byStart.size === 0 ? null : Math.min(...this.byStart.keys())
  }

  neededOffset(): number | null {
    let first: number | null = null
    for (const panes of this.byStart.values()) {
      for (const { offset } of panes.values()) if (first === null || offset < first) first = offset
    }
    return first
  }

  private remember(key: string, pane: string): void {
    this.used.set(key, pane)
    if (this.used.size > USED_MAX) this.used.delete(this.used.keys().next().value!)
  }
}

const USED_MAX = 16_384

function placeOf(stream: string, partition: number): string {
  return `${partition} ${stream}`
}
