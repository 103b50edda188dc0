import { testBinOf } from '../../src/evidence/quantile-cuts.ts'
import type { Cells } from '../../src/ledger/record.ts'
import { indexOf, lowestFullIndex, ordinalOf, ZERO } from '../../src/sketch/bin-index.ts'
import { TABLE_BINS_MAX } from '../../src/sketch/bin-table.ts'
import type { CohortEvents, SliceEvents } from './events.ts'
import { EVENTS_PER_SLICE } from './scenario.ts'
import { categoryNamed } from './values.ts'

/** Counts a slice's events by [bucket · bins + cell], as the product's table of that slice would hold them. */
export interface CellPlaces {
  count(events: SliceEvents, bins: number, into: readonly [Float64Array, Float64Array]): void
}

export class CategoryPlaces implements CellPlaces {
  readonly #cells: Uint8Array

  constructor(cells: Cells) {
    if (cells.kind !== 'names') throw new TypeError('the bench has too few categories for hash bins')
    const places = new Map(cells.names.map((name, at) => [name, at]))
    this.#cells = Uint8Array.from({ length: 256 }, (_, at) => places.get(categoryNamed(at)) ?? cells.names.length)
  }

  count(events: SliceEvents, bins: number, into: readonly [Float64Array, Float64Array]): void {
    for (const cohort of [0, 1] as const) {
      const { length, buckets, values } = events[cohort]
      const counts = into[cohort]
      for (let at = 0; at < length; at++) counts[buckets[at]! * bins + this.#cells[values[at]!]!]!++
    }
  }
}

/**
 * Numbers pass through the slice's table first, whose bins are the finest of which there are at most 64: a value is counted
 * where its bin begins, not where itself is.
 */
export class NumberPlaces implements CellPlaces {
  readonly #cuts: readonly number[]
  readonly #keys: readonly [Int32Array, Int32Array] = [
    new Int32Array(EVENTS_PER_SLICE),
    new Int32Array(EVENTS_PER_SLICE),
  ]
  readonly #seen = new KeySet()
  /** The last slice's: mostly this one's too. */
  #shift = 16

  constructor(cells: Cells) {
    if (cells.kind !== 'numeric') throw new TypeError('numbers have numeric cells')
    this.#cuts = cells.cuts
  }

  count(events: SliceEvents, bins: number, into: readonly [Float64Array, Float64Array]): void {
    this.#findShift(events)
    const seen = this.#seen
    seen.clear()
    for (const cohort of [0, 1] as const) {
      const { length, buckets } = events[cohort]
      const keys = this.#keys[cohort]
      const counts = into[cohort]
      for (let at = 0; at < length; at++) {
        const key = keys[at] === ZERO ? ZERO : keys[at]! >> this.#shift
        const place = seen.placeOf(key)
        if (seen.isNew) seen.cells[place] = this.#cellOf(key)
        counts[buckets[at]! * bins + seen.cells[place]!]!++
      }
    }
  }

  #cellOf(key: number): number {
    return testBinOf(this.#cuts, key === ZERO ? 0 : lowestFullIndex(indexOf(key), this.#shift))
  }

  #findShift(events: SliceEvents): void {
    for (const cohort of [0, 1] as const) {
      const { length, values } = events[cohort]
      for (let at = 0; at < length; at++) this.#keys[cohort][at] = ordinalOf(values[at]!)
    }
    while (!this.#fits(events, this.#shift)) this.#shift++
    while (this.#shift > 0 && this.#fits(events, this.#shift - 1)) this.#shift--
  }

  #fits(events: readonly [CohortEvents, CohortEvents], shift: number): boolean {
    const seen = this.#seen
    seen.clear()
    for (const cohort of [0, 1] as const) {
      const keys = this.#keys[cohort]
      for (let at = 0; at < events[cohort].length; at++) {
        seen.placeOf(keys[at] === ZERO ? ZERO : keys[at]! >> shift)
        if (seen.size > TABLE_BINS_MAX) return false
      }
    }
    return true
  }
}

/** Few keys, many look-ups: open addressing, emptied by a stamp. */
class KeySet {
  size = 0
  isNew = false
  readonly cells = new Uint8Array(PLACES)
  readonly #keys = new Int32Array(PLACES)
  readonly #stamps = new Uint32Array(PLACES)
  #stamp = 0

  clear(): void {
    this.size = 0
    this.#stamp++
  }

  placeOf(key: number): number {
    let place = (Math.imul(key, 0x9e3779b1) >>> 24) & (PLACES - 1)
    while (this.#stamps[place] === this.#stamp) {
      if (this.#keys[place] === key) {
        this.isNew = false
        return place
      }
      place = (place + 1) & (PLACES - 1)
    }
    this.#stamps[place] = this.#stamp
    this.#keys[place] = key
    this.size++
    this.isNew = true
    return place
  }
}

const PLACES = 256
