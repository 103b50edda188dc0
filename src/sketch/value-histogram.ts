import {
  coarsen,
  highDouble,
  indexMaxAt,
  indexOf,
  lowDouble,
  midpoint,
  ordinalIn,
  ordinalOf,
  SHIFT_MAX,
} from './bin-index.ts'
import { BinMap } from './bin-map.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/** Non-empty bins besides zero's. */
export const HISTOGRAM_BINS_MAX = 1024

export type BinCount = [index: number, count: number]

/**
 * Counts of finite values in bins of `bin-index.ts`, at the finest shift at which at most 1,024 bins besides zero's are not
 * empty, with the exact minimum and maximum. All of it depends on the multiset of values only: any order, any split and any
 * merge give the same bytes. (-0 counts as 0. While there is no value, `min` is +Infinity and `max` is -Infinity.)
 */
export class ValueHistogram {
  count = 0
  min = Infinity
  max = -Infinity
  /** null = they stand in `bytes`, and nobody has asked yet: a judge that reads weeks of slices again never does. */
  private known: BinMap | null
  private bytes: Uint8Array | null

  constructor(bins: BinMap | Uint8Array = new BinMap(HISTOGRAM_BINS_MAX), count = 0, min = Infinity, max = -Infinity) {
    this.known = bins instanceof BinMap ? bins : null
    this.bytes = bins instanceof BinMap ? null : bins
    this.count = count
    this.widen(min, max)
  }

  private get bins(): BinMap {
    if (this.known === null) {
      this.known = walk(this.bytes!, true).bins!
      this.bytes = null
    }
    return this.known
  }

  get shift(): number {
    return this.bins.shift
  }

  add(value: number, count = 1): void {
    if (count === 0) return
    this.bins.add(ordinalOf(value), count)
    this.widen(value, value)
    this.count += count
  }

  merge(other: ValueHistogram): void {
    const { bins } = other
    if (this.count === 0) this.known = bins.copy()
    else this.mergeBins(bins)
    this.widen(other.min, other.max)
    this.count += other.count
  }

  /** Non-empty bins at this shift, ascending; zero is index 0. */
  entries(): BinCount[] {
    const entries: BinCount[] = []
    this.forEach((index, count) => entries.push([index, count]))
    return entries
  }

  forEach(visit: (index: number, count: number) => void): void {
    const { keys, counts } = this.bins
    let isZeroDue = counts[0]! > 0
    for (const slot of this.bins.slotsInOrder()) {
      if (isZeroDue && keys[slot]! >= 0) {
        visit(0, counts[0]!)
        isZeroDue = false
      }
      visit(indexOf(keys[slot]!), counts[slot]!)
    }
    if (isZeroDue) visit(0, counts[0]!)
  }

  /** The same at a coarser shift. */
  entriesAt(shift: number): BinCount[] {
    const joined: BinCount[] = []
    for (const [fine, count] of this.entries()) {
      const index = coarsen(fine, shift - this.shift)
      const last = joined.at(-1)
      if (last !== undefined && last[0] === index) last[1] += count
      else joined.push([index, count])
    }
    return joined
  }

  /**
   * Of bin midpoints, within [min, max]; NaN without values.
   * @param entries its own, from who asks for several figures: the bins are put in order once
   */
  mean(entries: readonly BinCount[] = this.entries()): number {
    if (this.count === 0) return NaN
    // Shares, not products, so that huge values do not overflow.
    let mean = 0
    for (const [index, count] of entries) mean += midpoint(index, this.shift) * (count / this.count)
    return this.within(mean)
  }

  /**
   * Even spread inside a bin is assumed; exact for q = 0 and q = 1; NaN without values.
   * @param entries as in `mean`
   */
  quantile(q: number, entries: readonly BinCount[] = this.entries()): number {
    if (this.count === 0) return NaN
    if (q <= 0) return this.min
    if (q >= 1) return this.max
    const rank = q * this.count
    let before = 0
    for (const [index, count] of entries) {
      if (before + count >= rank) {
        const [low, high] = ends(index, this.shift)
        const share = (rank - before) / count
        return this.within(low * (1 - share) + high * share)
      }
      before += count
    }
    return this.max
  }

  /** Number of bins, shift, minimum, maximum; then of each bin its index, as a step from the one before, and its count. */
  encode(): Uint8Array {
    const writer = new ByteWriter()
    const { bins } = this
    writer.varint(bins.size - (bins.counts[0]! > 0 ? 0 : 1))
    if (this.count === 0) return writer.bytes()
    writer.byte(this.shift)
    writer.double(this.min)
    writer.double(this.max)
    let last = NaN
    this.forEach((index, count) => {
      if (last !== last) writer.zigzag(BigInt(index))
      else writer.varint(index - last - 1)
      writer.varint(count)
      last = index
    })
    return writer.bytes()
  }

  /** Strict at once. The bytes are copied (which a Buffer's `slice` does not do): who keeps these would keep the whole slice. */
  static decode(bytes: Uint8Array): ValueHistogram {
    const copied = new Uint8Array(bytes)
    const { count, min, max } = walk(copied, false)
    return count === 0 ? new ValueHistogram() : new ValueHistogram(copied, count, min, max)
  }

  private mergeBins(bins: BinMap): void {
    if (bins.shift > this.shift) this.bins.raise(bins.shift - this.shift)
    for (let slot = 0; slot < bins.size; slot++) {
      if (bins.counts[slot]! > 0) this.bins.add(bins.ordinalAt(slot), bins.counts[slot]!)
    }
  }

  private widen(low: number, high: number): void {
    // + 0 turns -0 into 0: which of the two came must not show.
    if (low < this.min) this.min = low + 0
    if (high > this.max) this.max = high + 0
  }

  private within(value: number): number {
    return Math.min(Math.max(value, this.min), this.max)
  }
}

const WHAT = 'value histogram'

interface Walked {
  bins: BinMap | null
  count: number
  min: number
  max: number
}

/**
 * Most of a slice's bytes are these, so short numbers are read in place. The reader has the long ones, and the last word about
 * what is wrong: a byte beyond the end is `undefined`, which no comparison takes for a number.
 */
function walk(bytes: Uint8Array, isKept: boolean): Walked {
  const reader = new ByteReader(bytes, WHAT)
  const length = reader.varint(HISTOGRAM_BINS_MAX + 1)
  if (length === 0) {
    reader.end()
    return { bins: null, count: 0, min: Infinity, max: -Infinity }
  }
  const shift = reader.byte()
  reader.check(shift <= SHIFT_MAX, 'a shift above 31')
  const [min, max] = [reader.double(), reader.double()]
  const bins = isKept ? new BinMap(HISTOGRAM_BINS_MAX, shift, length) : null
  const indexMax = indexMaxAt(shift)
  let index = reader.index()
  reader.check(Math.abs(index) <= indexMax, 'a bin without a finite value')
  reader.check(isIn(min, index, shift), 'the minimum is not in the lowest bin')
  let total = 0
  let zeros = 0
  let at = reader.position
  for (let left = length; left > 0; left--) {
    let count = bytes[at]!
    if (count < 0x80) at++
    else {
      reader.skip(at - reader.position)
      count = reader.varint()
      at = reader.position
    }
    if (count === 0) throw reader.corrupt('an empty bin')
    total += count
    if (index === 0) zeros++
    if (bins !== null) {
      if (index === 0) bins.counts[0] = count
      else bins.append(ordinalIn(index, shift) >> shift, count)
    }
    if (left === 1) break
    let step = bytes[at]!
    const second = bytes[at + 1]!
    const third = bytes[at + 2]!
    if (step < 0x80) at += 1
    else if (second < 0x80 && second > 0) {
      step = (step & 0x7f) | (second << 7)
      at += 2
    } else if (second >= 0x80 && third < 0x80 && third > 0) {
      step = (step & 0x7f) | ((second & 0x7f) << 7) | (third << 14)
      at += 3
    } else {
      reader.skip(at - reader.position)
      step = reader.varint(2 * indexMax)
      at = reader.position
    }
    index += step + 1
    if (index > indexMax) throw reader.corrupt('a bin without a finite value')
  }
  reader.skip(at - reader.position)
  reader.check(total <= Number.MAX_SAFE_INTEGER, 'counts are too large')
  reader.check(isIn(max, index, shift) && min <= max, 'the maximum is not in the highest bin')
  reader.check(!Object.is(min, -0) && !Object.is(max, -0), 'a zero with a sign')
  reader.check(length - zeros <= HISTOGRAM_BINS_MAX, 'too many bins')
  reader.end()
  return { bins, count: total, min, max }
}

function isIn(value: number, index: number, shift: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false
  const ordinal = ordinalOf(value)
  return index === 0 ? value === 0 : value !== 0 && indexOf(ordinal >> shift) === index
}

function ends(index: number, shift: number): [low: number, high: number] {
  const near = lowDouble(index, shift)
  const far = highDouble(index, shift)
  return near <= far ? [near, far] : [far, near]
}
