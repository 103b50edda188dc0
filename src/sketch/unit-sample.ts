import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { mergeUnits } from './unit-merge.ts'
import { NO_UNITS, unitAt, unitsInOrder } from './unit-order.ts'
import type { OrderedUnits } from './unit-order.ts'
import { UnitTable } from './unit-table.ts'

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
 *
 * It has two forms. While units come one by one they are in a table; then in order, in half the memory, which is how samples
 * are merged, written and kept.
 */
export class UnitSample {
  readonly capacity: number
  private limitFirst = 0xffffffff
  private limitSecond = 0xffffffff
  private limited = false
  /** null = `ordered` has them. */
  private table: UnitTable | null = null
  /** Handed out, and shared with other samples: never changed. */
  private ordered: OrderedUnits = NO_UNITS
  private readonly usedMax: number
  private readonly slotsMax: number

  constructor(capacity = SAMPLE_CAPACITY) {
    this.capacity = capacity
    this.usedMax = capacity + Math.max(8, capacity >> 1)
    this.slotsMax = slotsFor(this.usedMax)
  }

  /** `mask` is not 0. */
  add(first: number, second: number, mask: number): void {
    if (first > this.limitFirst) return
    if (first === this.limitFirst && second > this.limitSecond) return
    const table = this.table ?? this.open()
    const slot = table.slotOf(first, second)
    if (table.masks[slot] !== 0) {
      table.masks[slot]! |= mask
      return
    }
    table.fill(slot, first, second, mask)
    if (table.used > this.usedMax) this.trim()
    else if (table.used * 4 > table.slots * 3) {
      table.rebuild(Math.min(table.slots * 4, this.slotsMax), this.limitFirst, this.limitSecond)
    }
  }

  merge(other: UnitSample): void {
    const theirs = other.inOrder()
    if (other.limited) this.lower(other.limitFirst, other.limitSecond)
    const { masks, pairs } = theirs
    if (this.table !== null || this.ordered.masks.length > masks.length * 4) {
      for (let at = 0; at < masks.length; at++) this.add(pairs[at * 2]!, pairs[at * 2 + 1]!, masks[at]!)
      return
    }
    const within = upTo(theirs, this.limitFirst, this.limitSecond)
    if (this.ordered.masks.length === 0 && within.masks.length <= this.capacity) this.ordered = within
    else if (within.masks.length > 0) this.ordered = mergeUnits(this.ordered, within, this.capacity + 1)
    if (this.ordered.masks.length > this.capacity) {
      const at = this.capacity * 2
      this.lower(this.ordered.pairs[at - 2]!, this.ordered.pairs[at - 1]!)
    }
  }

  /** Not to be changed. Whoever adds no more units asks for this once, and the room for more is given up. */
  inOrder(): OrderedUnits {
    if (this.table === null) return this.ordered
    const { table } = this
    this.ordered = unitsInOrder(table, this.capacity)
    this.table = null
    const isOver = table.used > this.capacity
    table.release()
    if (isOver) this.lower(this.ordered.pairs.at(-2)!, this.ordered.pairs.at(-1)!)
    return this.ordered
  }

  get size(): number {
    this.trim()
    return this.table?.used ?? this.ordered.masks.length
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
    const { table, ordered } = this
    if (table !== null) return table.masks[table.slotOf(first, second)]!
    const at = placeIn(ordered, first, second)
    return ordered.pairs[at * 2] === first && ordered.pairs[at * 2 + 1] === second ? ordered.masks[at]! : 0
  }

  /** Distinct units whose mask meets `mask`. Relative error about 1/√(units of the mask in the sample). */
  estimate(mask: number): { units: number; estimated: boolean } {
    const used = this.size
    let matching = 0
    for (const unitMask of this.table?.masks ?? this.ordered.masks) if ((unitMask & mask) !== 0) matching++
    if (!this.limited) return { units: matching, estimated: false }
    if (matching === 0) return { units: 0, estimated: true }
    const fraction = (this.limitFirst + this.limitSecond / WORD) / WORD
    // If the limit is itself a unit's hash, the k-th smallest, the k - 1 below it are unbiased for its share.
    const below = used - (this.maskOf(this.limitFirst, this.limitSecond) === 0 ? 0 : 1)
    return { units: Math.round((below / fraction) * (matching / used)), estimated: true }
  }

  /** Ascending by first, then second. */
  entries(): SampledUnit[] {
    const { pairs, masks } = this.inOrder()
    return Array.from(masks, (mask, at) => ({ first: pairs[at * 2]!, second: pairs[at * 2 + 1]!, mask }))
  }

  encode(): Uint8Array {
    const { pairs, masks } = this.inOrder()
    const writer = new ByteWriter()
    writer.varint(this.capacity)
    writer.varint(masks.length * 2 + (this.limited ? 1 : 0))
    if (this.limited) {
      writer.uint32(this.limitFirst)
      writer.uint32(this.limitSecond)
    }
    let last = 0
    for (let at = 0; at < masks.length; at++) {
      const first = pairs[at * 2]!
      writer.varint((first - last) * 256 + masks[at]!)
      writer.uint32(pairs[at * 2 + 1]!)
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
    const length = head >>> 1
    // A unit takes at least five bytes: room is made for no more of them than there can be.
    reader.check(length * 5 <= reader.left, 'ends too early')
    const pairs = new Uint32Array(length * 2)
    const masks = new Uint8Array(length)
    let first = 0
    let second = -1
    for (let at = 0; at < length; at++) {
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
      pairs[at * 2] = first
      pairs[at * 2 + 1] = second
      masks[at] = mask
    }
    reader.end()
    sample.ordered = { pairs, masks }
    return sample
  }

  /** Back to where units can be added. */
  private open(): UnitTable {
    const { pairs, masks } = this.ordered
    const table = new UnitTable(slotsFor(masks.length + 1))
    for (let at = 0; at < masks.length; at++) {
      const first = pairs[at * 2]!
      const second = pairs[at * 2 + 1]!
      table.fill(table.slotOf(first, second), first, second, masks[at]!)
    }
    this.ordered = NO_UNITS
    return (this.table = table)
  }

  /** Keeps the `capacity` smallest. */
  private trim(): void {
    if (this.table === null || this.table.used <= this.capacity) return
    const { first, second } = unitAt(this.capacity, this.table)
    this.lower(first, second)
  }

  private lower(first: number, second: number): void {
    this.limited = true
    if (first > this.limitFirst || (first === this.limitFirst && second >= this.limitSecond)) return
    this.limitFirst = first
    this.limitSecond = second
    this.ordered = upTo(this.ordered, first, second)
    this.table?.rebuild(this.table.slots, first, second)
  }
}

/** A power of two, and never more than three quarters full. */
function slotsFor(used: number): number {
  let slots = SLOTS_MIN
  while (slots * 3 < used * 4) slots *= 2
  return slots
}

/** Those at or below a limit. */
function upTo(units: OrderedUnits, first: number, second: number): OrderedUnits {
  const { pairs, masks } = units
  const at = placeIn(units, first, second)
  const end = at < masks.length && pairs[at * 2] === first && pairs[at * 2 + 1] === second ? at + 1 : at
  return end === masks.length ? units : { pairs: pairs.slice(0, end * 2), masks: masks.slice(0, end) }
}

/** Where a unit is, or would stand. */
function placeIn({ pairs, masks }: OrderedUnits, first: number, second: number): number {
  let from = 0
  let to = masks.length
  while (from < to) {
    const middle = (from + to) >>> 1
    const low = pairs[middle * 2]!
    if (low < first || (low === first && pairs[middle * 2 + 1]! < second)) from = middle + 1
    else to = middle
  }
  return from
}

/** 2^32 */
const WORD = 0x100000000
const SLOTS_MIN = 16
