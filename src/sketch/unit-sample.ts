import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { unitsInOrder } from './unit-order.ts'

export const SAMPLE_CAPACITY = 4096
const CAPACITY_MAX = 1 << 20

export interface SampledUnit {
  first: number
  second: number
  mask: number
}

/**
 * The units with the smallest hashes (bottom-k sketch, Cohen and Kaplan 2007), each with the mask of the cohorts it was seen
 * in. Everything at or below `limit` that was ever added is here; while nothing had to be dropped there is no limit, and all
 * counts are exact. Merging with a sample of another capacity keeps to the lower limit.
 */
export class UnitSample {
  readonly capacity: number
  private limitFirst = 0xffffffff
  private limitSecond = 0xffffffff
  private limited = false
  /** Open addressing; mask 0 = free. */
  private firsts = new Uint32Array(SLOTS_MIN)
  private seconds = new Uint32Array(SLOTS_MIN)
  private masks = new Uint8Array(SLOTS_MIN)
  private used = 0
  /** What `pairs` gave, until a unit comes or goes. Shared with copies, so never changed. */
  private ordered: Uint32Array | null = null
  private readonly usedMax: number
  private readonly slotsMax: number

  constructor(capacity = SAMPLE_CAPACITY) {
    this.capacity = capacity
    this.usedMax = capacity + Math.max(8, capacity >> 1)
    // A power of two, and never more than three quarters full.
    let slots = SLOTS_MIN
    while (slots * 3 < this.usedMax * 4) slots *= 2
    this.slotsMax = slots
  }

  /** `mask` is not 0. */
  add(first: number, second: number, mask: number): void {
    if (first > this.limitFirst) return
    if (first === this.limitFirst && second > this.limitSecond) return
    const slot = this.slotOf(first, second)
    if (this.masks[slot] !== 0) {
      this.masks[slot]! |= mask
      return
    }
    this.firsts[slot] = first
    this.seconds[slot] = second
    this.masks[slot] = mask
    this.used++
    this.ordered = null
    if (this.used > this.usedMax) this.trim()
    else if (this.used * 4 > this.masks.length * 3) this.rebuild(Math.min(this.masks.length * 4, this.slotsMax))
  }

  merge(other: UnitSample): void {
    other.trim()
    if (this.used === 0 && !this.limited && this.capacity === other.capacity) return this.copy(other)
    if (other.limited) this.lower(other.limitFirst, other.limitSecond)
    const { firsts, seconds, masks } = other
    for (let slot = 0; slot < masks.length; slot++) {
      if (masks[slot] !== 0) this.add(firsts[slot]!, seconds[slot]!, masks[slot]!)
    }
  }

  get size(): number {
    this.trim()
    return this.used
  }

  /** Some unit was dropped: from here on counts are estimates. */
  get isSaturated(): boolean {
    this.trim()
    return this.limited
  }

  /** The hash up to which every unit is here; null while all are. */
  get limit(): { first: number; second: number } | null {
    return this.isSaturated ? { first: this.limitFirst, second: this.limitSecond } : null
  }

  /** The cohorts a unit was seen in; 0 = it is not here. */
  maskOf(first: number, second: number): number {
    return this.masks[this.slotOf(first, second)]!
  }

  /** Distinct units whose mask meets `mask`. Relative error about 1/√(units of the mask in the sample). */
  estimate(mask: number): { units: number; estimated: boolean } {
    this.trim()
    let matching = 0
    for (const unitMask of this.masks) if ((unitMask & mask) !== 0) matching++
    if (!this.limited) return { units: matching, estimated: false }
    if (matching === 0) return { units: 0, estimated: true }
    const fraction = (this.limitFirst + this.limitSecond / WORD) / WORD
    // If the limit is itself a unit's hash, the k-th smallest, the k - 1 below it are unbiased for its share.
    const below = this.used - (this.masks[this.slotOf(this.limitFirst, this.limitSecond)] === 0 ? 0 : 1)
    return { units: Math.round((below / fraction) * (matching / this.used)), estimated: true }
  }

  /** The hashes of all units, ascending: first, second, first, second, … Not to be changed. */
  pairs(): Uint32Array {
    this.trim()
    return (this.ordered ??= this.inOrder())
  }

  /** Ascending by first, then second. */
  entries(): SampledUnit[] {
    const pairs = this.pairs()
    return Array.from({ length: pairs.length / 2 }, (_, at) => {
      const first = pairs[at * 2]!
      const second = pairs[at * 2 + 1]!
      return { first, second, mask: this.maskOf(first, second) }
    })
  }

  encode(): Uint8Array {
    const writer = new ByteWriter()
    const pairs = this.pairs()
    writer.varint(this.capacity)
    writer.varint(pairs.length + (this.limited ? 1 : 0))
    if (this.limited) {
      writer.uint32(this.limitFirst)
      writer.uint32(this.limitSecond)
    }
    let last = 0
    for (let at = 0; at < pairs.length; at += 2) {
      const first = pairs[at]!
      const second = pairs[at + 1]!
      writer.varint((first - last) * 256 + this.maskOf(first, second))
      writer.uint32(second)
      last = first
    }
    return writer.bytes()
  }

  static decode(bytes: Uint8Array): UnitSample {
    const reader = new ByteReader(bytes, 'unit sample')
    const capacity = reader.varint(CAPACITY_MAX)
    reader.check(capacity > 0, 'capacity 0')
    const head = reader.varint(capacity * 2 + 1)
    const sample = new UnitSample(capacity)
    if (head & 1) {
      sample.limited = true
      sample.limitFirst = reader.uint32()
      sample.limitSecond = reader.uint32()
    }
    let first = 0
    let second = -1
    for (let left = head >>> 1; left > 0; left--) {
      const token = reader.varint(0xffffffff * 256 + 255)
      const step = Math.floor(token / 256)
      const mask = token % 256
      const next = reader.uint32()
      reader.check(mask > 0, 'a unit without a cohort')
      reader.check(step > 0 || next > second, 'units out of order')
      first += step
      second = next
      const isWithin = first < sample.limitFirst || (first === sample.limitFirst && second <= sample.limitSecond)
      reader.check(isWithin, 'a unit above the limit')
      sample.add(first, second, mask)
    }
    reader.end()
    return sample
  }

  private copy({ limited, limitFirst, limitSecond, firsts, seconds, masks, used, ordered }: UnitSample): void {
    this.limited = limited
    this.limitFirst = limitFirst
    this.limitSecond = limitSecond
    this.firsts = firsts.slice()
    this.seconds = seconds.slice()
    this.masks = masks.slice()
    this.used = used
    this.ordered = ordered
  }

  /** Where a unit is, or would go. */
  private slotOf(first: number, second: number): number {
    const { firsts, seconds, masks } = this
    const last = masks.length - 1
    // The low bits: those that order the sample are all alike in it.
    let slot = first & last
    while (masks[slot] !== 0 && (firsts[slot] !== first || seconds[slot] !== second)) slot = (slot + 1) & last
    return slot
  }

  /** Keeps the `capacity` smallest. */
  private trim(): void {
    if (this.used <= this.capacity) return
    const pairs = this.inOrder()
    const at = (this.capacity - 1) * 2
    this.lower(pairs[at]!, pairs[at + 1]!)
  }

  private inOrder(): Uint32Array {
    const { firsts, seconds, masks } = this
    return unitsInOrder({ firsts, seconds, masks }, this.used)
  }

  private lower(first: number, second: number): void {
    this.limited = true
    if (first > this.limitFirst || (first === this.limitFirst && second >= this.limitSecond)) return
    this.limitFirst = first
    this.limitSecond = second
    this.rebuild(this.masks.length)
  }

  /** Into so many slots, without what is above the limit. */
  private rebuild(slots: number): void {
    const { firsts, seconds, masks, limitFirst, limitSecond } = this
    this.firsts = new Uint32Array(slots)
    this.seconds = new Uint32Array(slots)
    this.masks = new Uint8Array(slots)
    this.used = 0
    this.ordered = null
    for (let from = 0; from < masks.length; from++) {
      const first = firsts[from]!
      if (masks[from] === 0 || first > limitFirst || (first === limitFirst && seconds[from]! > limitSecond)) continue
      const slot = this.slotOf(first, seconds[from]!)
      this.firsts[slot] = first
      this.seconds[slot] = seconds[from]!
      this.masks[slot] = masks[from]!
      this.used++
    }
  }
}

/** 2^32 */
const WORD = 0x100000000
const SLOTS_MIN = 16
