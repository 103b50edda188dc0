import type { Profile } from '../../baseline/profile.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Counts } from './baseline-counts.ts'
import type { EventsBlock } from './baseline-events.ts'

/**
 * What a window against the baseline says (docs/statistics.md 11), read off its blocks: sums by cell at once, those by bucket only
 * where they are asked for.
 */
export class CountedWindow {
  /** All events. */
  readonly w: number
  /** By cell: what counted, and what the baseline expects. */
  readonly counts: readonly [live: Float64Array, expected: Float64Array]
  /** The variance that independent events alone would give, by cell. */
  readonly floor: Float64Array
  readonly #profile: Profile
  readonly #cells: readonly { totals: Float64Array; counts: Counts | null }[]
  readonly #events: readonly EventsBlock[]
  readonly #surplus = new Map<number, Float64Array>()
  #byBucket: Float64Array | null = null
  readonly #bySlot: Float64Array

  constructor(
    profile: Profile,
    cells: readonly { totals: Float64Array; counts: Counts | null }[],
    events: readonly EventsBlock[],
  ) {
    this.#profile = profile
    this.#cells = cells
    this.#events = events
    this.#bySlot = new Float64Array(profile.slots)
    for (const { slots, totals } of events) slots.forEach((slot, place) => (this.#bySlot[slot]! += totals[place]!))
    this.counts = [new Float64Array(profile.cells), new Float64Array(profile.cells)]
    this.floor = new Float64Array(profile.cells)
    const [live, expected] = this.counts
    for (const { totals } of cells) for (let cell = 0; cell < totals.length; cell += 1) live[cell]! += totals[cell]!
    let w = 0
    for (let slot = 0; slot < profile.slots; slot += 1) {
      const total = this.#bySlot[slot]!
      if (total === 0) continue
      w += total
      for (let cell = 0; cell < profile.cells; cell += 1) {
        const q = profile.rateOf(slot, cell)
        expected[cell]! += total * q
        this.floor[cell]! += total * q * (1 - q)
      }
    }
    this.w = w
  }

  /** By bucket, and by slot. */
  get events(): readonly [Float64Array, Float64Array] {
    if (this.#byBucket === null) {
      this.#byBucket = new Float64Array(BUCKETS)
      for (const { counts } of this.#events) {
        for (let at = 0; at < counts.length; at += 1) this.#byBucket[at % BUCKETS]! += counts[at]!
      }
    }
    return [this.#byBucket, this.#bySlot]
  }

  surplusSumOf(cell: number): number {
    return this.counts[0][cell]! - this.counts[1][cell]!
  }

  /** x − n·q of one cell, by bucket. */
  surplusOf(cell: number): Float64Array {
    const known = this.#surplus.get(cell)
    if (known !== undefined) return known
    const surplus = new Float64Array(BUCKETS)
    const cells = this.#profile.cells
    for (const { counts } of this.#cells) {
      for (let bucket = 0; counts !== null && bucket < BUCKETS; bucket += 1)
        surplus[bucket]! += counts[bucket * cells + cell]!
    }
    for (const { slots, counts } of this.#events) {
      slots.forEach((slot, place) => {
        const q = this.#profile.rateOf(slot, cell)
        for (let bucket = 0; bucket < BUCKETS; bucket += 1) surplus[bucket]! -= counts[place * BUCKETS + bucket]! * q
      })
    }
    this.#surplus.set(cell, surplus)
    return surplus
  }
}
