import { indexOf, ZERO } from './bin-index.ts'
import { BinMap, finestShift } from './bin-map.ts'
import { BinTable, TABLE_BINS_MAX } from './bin-table.ts'
import { BucketGrid } from './bucket-grid.ts'
import { HISTOGRAM_BINS_MAX } from './value-histogram.ts'

/**
 * The bucket table of an open pane: it follows the histograms of both cohorts, whose bins are never coarser than its own.
 * (A set that needs at most 64 bins at some shift needs at most 1,024 there.) So the columns of a histogram's bins are looked
 * up once a bin, not once a value.
 *
 * Columns are always in order and all in use; a new bin lays the grid out anew, which becomes rare after the first thousands.
 */
export class TableBuilder {
  /** Raised when columns moved: what `columnsOf` filled before is void. */
  version = 0
  grid = new BucketGrid(0)
  private readonly bins = new BinMap(TABLE_BINS_MAX)
  private hasZero = false
  private columnOfSlot = new Uint8Array(TABLE_BINS_MAX + 1)
  /** The ordinal each column stands for; ZERO for zero's. */
  private ordinals: number[] = []
  private shiftSettled = 0

  get isEmpty(): boolean {
    return this.bins.size === 1 && !this.hasZero
  }

  /** The first bins of all, of both cohorts' histograms at once: their shift is found directly. Then `settle`. */
  begin(control: BinMap, candidate: BinMap): void {
    this.hasZero = control.counts[0]! > 0 || candidate.counts[0]! > 0
    const binsMax = TABLE_BINS_MAX - (this.hasZero ? 1 : 0)
    // Two cohorts together need no finer shift than each alone; at that one there are few bins to look at.
    const alone = Math.max(shiftAlone(control, binsMax), shiftAlone(candidate, binsMax))
    const length = distinctAt(candidate, alone, distinctAt(control, alone, 0))
    const both = merged.subarray(0, length).sort()
    const shift = Math.max(alone, finestShift(both, length, binsMax).shift)
    this.bins.clear(binsMax, shift)
    for (let at = 0; at < both.length; at++) {
      const key = both[at]! >> shift
      if (at === 0 || key !== both[at - 1]! >> shift) this.bins.append(key, 0)
    }
  }

  /** Makes sure that every bin of a histogram from slot `from` on has its column. Then `settle`. */
  place(histogram: BinMap, from: number): void {
    if (histogram.counts[0]! > 0 && !this.hasZero) {
      this.hasZero = true
      this.bins.limitTo(TABLE_BINS_MAX - 1)
    }
    for (let slot = Math.max(1, from); slot < histogram.size; slot++) this.bins.slotOf(histogram.ordinalAt(slot))
  }

  /** Gives every bin its column, in order, and moves what was counted. */
  settle(): void {
    const { bins } = this
    const width = bins.size - (this.hasZero ? 0 : 1)
    if (width === this.ordinals.length && bins.shift === this.shiftSettled) return
    const ordinals: number[] = []
    for (const slot of bins.slotsInOrder()) {
      if (this.hasZero && bins.keys[slot]! >= 0 && (ordinals.length === 0 || ordinals.at(-1)! < 0)) ordinals.push(ZERO)
      this.columnOfSlot[slot] = ordinals.push(bins.ordinalAt(slot)) - 1
    }
    if (this.hasZero && !ordinals.includes(ZERO)) ordinals.push(ZERO)
    if (this.hasZero) this.columnOfSlot[0] = ordinals.indexOf(ZERO)
    const grid = new BucketGrid(width)
    grid.merge(
      this.grid,
      this.ordinals.map((ordinal) => this.columnOf(ordinal)),
    )
    this.grid = grid
    this.ordinals = ordinals
    this.shiftSettled = bins.shift
    this.version++
  }

  /** The columns of a histogram's slots from `from` on. */
  columnsOf(histogram: BinMap, from: number, columns: Uint8Array): void {
    if (histogram.counts[0]! > 0) columns[0] = this.columnOf(ZERO)
    let lastKey = NaN
    let column = 0
    const { shift } = this.bins
    for (let slot = Math.max(1, from); slot < histogram.size; slot++) {
      const ordinal = histogram.ordinalAt(slot)
      // Neighbours mostly share a column.
      if (ordinal >> shift !== lastKey) {
        lastKey = ordinal >> shift
        column = this.columnOf(ordinal)
      }
      columns[slot] = column
    }
  }

  /** The finished table; the builder is as new. */
  close(): BinTable {
    const { shift } = this.bins
    const indices = this.ordinals.map((ordinal) => (ordinal === ZERO ? 0 : indexOf(ordinal >> shift)))
    const table = new BinTable(shift, indices, this.grid)
    this.bins.clear(TABLE_BINS_MAX)
    this.grid = new BucketGrid(0)
    this.ordinals = []
    this.hasZero = false
    this.shiftSettled = 0
    this.version++
    return table
  }

  private columnOf(ordinal: number): number {
    return this.columnOfSlot[this.bins.slotOf(ordinal)]!
  }
}

const merged = new Int32Array(2 * TABLE_BINS_MAX)
const fine = new Int32Array(HISTOGRAM_BINS_MAX)

function shiftAlone(histogram: BinMap, binsMax: number): number {
  const slots = histogram.slotsInOrder()
  for (let at = 0; at < slots.length; at++) fine[at] = histogram.ordinalAt(slots[at]!)
  return finestShift(fine, slots.length, binsMax).shift
}

/** One ordinal for each bin at a shift, to merged[from ...); returns where they end. */
function distinctAt(histogram: BinMap, shift: number, from: number): number {
  let end = from
  let lastKey = NaN
  for (const slot of histogram.slotsInOrder()) {
    const ordinal = histogram.ordinalAt(slot)
    if (ordinal >> shift === lastKey) continue
    lastKey = ordinal >> shift
    merged[end++] = ordinal
  }
  return end
}
