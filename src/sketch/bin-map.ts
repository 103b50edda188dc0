import { coarsen } from './bin-index.ts'

/**
 * The non-empty bins of a set of values at the finest shift at which there are no more than `binsMax` of them: the core of
 * the value histogram and, with bins instead of values, of anything that must find a bin's place quickly.
 *
 * Joining two neighbours never makes more bins, so "the finest shift that fits" depends on the set of values alone, not on
 * their order; when one bin too many comes, the shift rises and joins the bins there are, which gives the same.
 *
 * Bins live in slots, in order of appearance. Slot 0 is zero's, which has its own counter and is not one of the `binsMax`.
 * Open addressing: `places` holds slots, 0 = free, at most half full.
 */
export class BinMap {
  shift = 0
  /** Slots in use, zero's included. */
  size = 1
  /** Index of each slot's bin at `shift`. */
  keys: Int32Array = new Int32Array(8)
  counts: Float64Array = new Float64Array(8)
  private places = new Uint16Array(16)
  private readonly binsMax: number

  constructor(binsMax: number) {
    this.binsMax = binsMax
  }

  /** Counts values by their index at shift 0. */
  add(full: number, count: number): void {
    // Two steps: finding the slot may replace the counters.
    const slot = this.slotOf(full)
    this.counts[slot]! += count
  }

  /** The slot of an index at shift 0; may raise the shift, which renumbers all slots. */
  slotOf(full: number): number {
    if (full === 0) return 0
    for (;;) {
      const key = coarsen(full, this.shift)
      let place = placeOf(key, this.places.length)
      for (let slot = this.places[place]!; slot !== 0; slot = this.places[place]!) {
        if (this.keys[slot] === key) return slot
        place = (place + 1) & (this.places.length - 1)
      }
      if (this.size <= this.binsMax) return this.insert(key, place)
      this.raise(1)
    }
  }

  /** Joins neighbours `by` times, and goes on while there are too many. */
  raise(by: number): void {
    const { keys, counts, size } = this
    this.shift += by
    this.size = 1
    this.keys = new Int32Array(keys.length)
    this.counts = new Float64Array(counts.length)
    this.counts[0] = counts[0]!
    this.places = new Uint16Array(this.places.length)
    for (let slot = 1; slot < size; slot++) {
      const key = coarsen(keys[slot]!, by)
      let place = placeOf(key, this.places.length)
      let to = this.places[place]!
      while (to !== 0 && this.keys[to] !== key) {
        place = (place + 1) & (this.places.length - 1)
        to = this.places[place]!
      }
      if (to === 0) to = this.insert(key, place)
      this.counts[to]! += counts[slot]!
    }
  }

  /** Slots of non-empty bins, zero's included, by index. */
  slotsInOrder(): number[] {
    const slots: number[] = []
    for (let slot = this.counts[0]! > 0 ? 0 : 1; slot < this.size; slot++) slots.push(slot)
    return slots.sort((a, b) => this.keys[a]! - this.keys[b]!)
  }

  private insert(key: number, place: number): number {
    const slot = this.size++
    if (slot === this.keys.length) this.growSlots()
    this.keys[slot] = key
    this.places[place] = slot
    if (this.size * 2 > this.places.length) this.growPlaces()
    return slot
  }

  private growSlots(): void {
    const length = Math.min(this.keys.length * 2, this.binsMax + 1)
    const keys = new Int32Array(length)
    const counts = new Float64Array(length)
    keys.set(this.keys)
    counts.set(this.counts)
    this.keys = keys
    this.counts = counts
  }

  private growPlaces(): void {
    const length = this.places.length * 2
    this.places = new Uint16Array(length)
    for (let slot = 1; slot < this.size; slot++) {
      let place = placeOf(this.keys[slot]!, length)
      while (this.places[place] !== 0) place = (place + 1) & (length - 1)
      this.places[place] = slot
    }
  }
}

/** Fibonacci hashing: neighbouring bins, the usual case, spread evenly. `length` is a power of two. */
function placeOf(key: number, length: number): number {
  return (Math.imul(key, 0x9e3779b1) >>> 16) & (length - 1)
}
