import { ZERO } from './bin-index.ts'

/**
 * The non-empty bins of a set of values, at the finest shift at which there are no more than `binsMax` of them. It is the
 * core of the value histogram and finds the columns of a bucket table.
 *
 * Joining two neighbours never makes more bins, so "the finest shift that fits" depends on the set of values alone, not on
 * their order; when one bin too many comes, the shift rises and joins the bins there are, which gives the same.
 *
 * Bins live in slots, in order of appearance, by their key: the ordinal shifted. Slot 0 is zero's, which has its own counter
 * and is not one of the `binsMax`. Open addressing: `places` holds slots, 0 = free, and is at most half full.
 */
export class BinMap {
  shift = 0
  /** Slots in use, zero's included. */
  size = 1
  keys: Int32Array
  counts: Float64Array
  /** Null until someone looks for a key: what `append` built has its bins in order and may never need it. */
  private places: Uint16Array | null = null
  private binsMax: number

  /** `bins`: how many to make room for at once. */
  constructor(binsMax: number, shift = 0, bins = 15) {
    this.binsMax = binsMax
    this.shift = shift
    this.keys = new Int32Array(bins + 1)
    this.counts = new Float64Array(bins + 1)
  }

  copy(): BinMap {
    const copy = new BinMap(this.binsMax, this.shift, this.size - 1)
    copy.size = this.size
    copy.keys.set(this.keys.subarray(0, this.size))
    copy.counts.set(this.counts.subarray(0, this.size))
    return copy
  }

  add(ordinal: number, count: number): void {
    // Two steps: finding the slot may replace the counters.
    const slot = this.slotOf(ordinal)
    this.counts[slot]! += count
  }

  /** The next bin of a set that is already known to fit, with keys ascending. */
  append(key: number, count: number): void {
    const slot = this.insert(key)
    this.counts[slot] = count
  }

  /** The slot of a value's bin, new or not. May raise the shift, which renumbers all slots. */
  slotOf(ordinal: number): number {
    if (ordinal === ZERO) return 0
    for (;;) {
      const places = this.places ?? this.buildPlaces(placesFor(this.size))
      const { keys } = this
      const key = ordinal >> this.shift
      const last = places.length - 1
      let place = placeOf(key, last)
      for (let slot = places[place]!; slot !== 0; slot = places[place]!) {
        if (keys[slot] === key) return slot
        place = (place + 1) & last
      }
      if (this.size <= this.binsMax) return this.insertAt(key, place)
      this.raise(this.stepsToFit(key))
    }
  }

  /** The slots of many values; counts nothing. The same as `slotOf` of each, with the first place looked at in the loop. */
  slotsOf(ordinals: Int32Array, length: number, slots: Uint16Array): void {
    let { shift, keys } = this
    let places = this.places ?? this.buildPlaces(placesFor(this.size))
    for (let at = 0; at < length; at++) {
      const ordinal = ordinals[at]!
      const key = ordinal >> shift
      const slot = places[placeOf(key, places.length - 1)]!
      if (slot !== 0 && keys[slot] === key && ordinal !== ZERO) {
        slots[at] = slot
        continue
      }
      slots[at] = this.slotOf(ordinal)
      if (this.keys === keys && this.places === places && this.shift === shift) continue
      // The arrays have grown, or, if the shift was raised, all slots have new numbers.
      if (this.shift !== shift) at = -1
      shift = this.shift
      keys = this.keys
      places = this.places!
    }
  }

  /** Joins neighbours, `by` times. */
  raise(by: number): void {
    const { keys, counts, size } = this
    this.shift += by
    if (size === 1) return
    oldKeys.set(keys.subarray(0, size))
    oldCounts.set(counts.subarray(0, size))
    counts.fill(0, 1, size)
    this.size = 1
    if (this.places !== null) this.places.fill(0)
    for (let slot = 1; slot < size; slot++) {
      const to = this.slotOf((oldKeys[slot]! >> by) << this.shift)
      counts[to]! += oldCounts[slot]!
    }
  }

  /** As new. */
  clear(binsMax: number, shift = 0): void {
    this.shift = shift
    this.size = 1
    this.binsMax = binsMax
    this.counts.fill(0)
    this.places = null
  }

  /** How far to raise for one more key. Step by step where a step is rare or dear, directly in a small map. */
  private stepsToFit(key: number): number {
    if (this.size > SMALL_SIZE) return 1
    const keys = this.keys.slice(0, this.size)
    keys[0] = key
    return finestShift(keys.sort(), keys.length, this.binsMax).shift
  }

  /** Raises the shift until there are no more than so many bins. */
  limitTo(binsMax: number): void {
    while (this.size > binsMax + 1) this.raise(1)
    this.binsMax = binsMax
  }

  /** The lowest ordinal, in size, of a slot's bin. */
  ordinalAt(slot: number): number {
    return slot === 0 ? ZERO : this.keys[slot]! << this.shift
  }

  /** Slots other than zero's, by value. */
  slotsInOrder(): Uint16Array {
    const { keys, size } = this
    const slots = new Uint16Array(size - 1)
    let isSorted = true
    for (let slot = 1; slot < size; slot++) {
      slots[slot - 1] = slot
      isSorted &&= slot === 1 || keys[slot - 1]! < keys[slot]!
    }
    if (isSorted) return slots
    // Key and slot in one number, so that the engine's own sort of numbers does it.
    const pairs = new Float64Array(size - 1)
    for (let slot = 1; slot < size; slot++) pairs[slot - 1] = keys[slot]! * SLOTS_LIMIT + slot
    pairs.sort()
    for (let at = 0; at < pairs.length; at++)
      slots[at] = pairs[at]! - Math.floor(pairs[at]! / SLOTS_LIMIT) * SLOTS_LIMIT
    return slots
  }

  private insertAt(key: number, place: number): number {
    const slot = this.insert(key)
    this.places![place] = slot
    if (this.size * 2 > this.places!.length) this.buildPlaces(this.places!.length * 2)
    return slot
  }

  private insert(key: number): number {
    const slot = this.size++
    if (slot === this.keys.length) this.growSlots()
    this.keys[slot] = key
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

  private buildPlaces(length: number): Uint16Array {
    const places = new Uint16Array(length)
    const last = length - 1
    for (let slot = 1; slot < this.size; slot++) {
      let place = placeOf(this.keys[slot]!, last)
      while (places[place] !== 0) place = (place + 1) & last
      places[place] = slot
    }
    this.places = places
    return places
  }
}

/**
 * The finest shift at which ascending ordinals (none of them zero's) fall into at most `binsMax` bins, and into how many. Two
 * neighbours share a bin at shift s if they agree above bit s: so it is enough to count neighbours by the highest bit in which
 * they differ.
 */
export function finestShift(ascending: Int32Array, length: number, binsMax: number): { shift: number; bins: number } {
  differences.fill(0)
  for (let at = 1; at < length; at++) differences[Math.clz32(ascending[at - 1]! ^ ascending[at]!)]!++
  // 32 = equal; 31 = they differ in bit 0 only, and so on: from coarse to fine.
  let bins = length === 0 ? 0 : 1
  let shift = 32
  while (shift > 0 && bins + differences[32 - shift]! <= binsMax) bins += differences[32 - shift--]!
  return { shift, bins }
}

const differences = new Uint32Array(33)
/** What `raise` takes from and puts back; no map has more slots. */
const oldKeys = new Int32Array(2048)
const oldCounts = new Float64Array(2048)
const SMALL_SIZE = 128
/** More than any slot. */
const SLOTS_LIMIT = 2048

/** Fibonacci hashing: neighbouring bins, the usual case, spread evenly. */
function placeOf(key: number, last: number): number {
  return (Math.imul(key, 0x9e3779b1) >>> 16) & last
}

function placesFor(size: number): number {
  let length = 32
  while (length < size * 2) length *= 2
  return length
}
