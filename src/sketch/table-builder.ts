import { indexOf, ZERO } from './bin-index.ts'
import { finestShift } from './bin-map.ts'
import { BinMap } from './bin-map.ts'
import { BinTable, TABLE_BINS_MAX } from './bin-table.ts'
import { BucketGrid } from './bucket-grid.ts'

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

  /** Makes sure that every bin of a histogram from slot `from` on has its column. Call `settle` before counting. */
  place(histogram: BinMap, from: number): void {
    if (this.bins.size === 1) this.startAtShiftOf(histogram)
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

  close(): BinTable {
    const { shift } = this.bins
    return new BinTable(
      shift,
      this.ordinals.map((ordinal) => (ordinal === ZERO ? 0 : indexOf(ordinal >> shift))),
      this.grid,
    )
  }

  private shiftSettled = 0

  private columnOf(ordinal: number): number {
    return this.columnOfSlot[this.bins.slotOf(ordinal)]!
  }

  /** Spares raising the shift step by step from 0. A cohort alone never needs a coarser shift than both. */
  private startAtShiftOf(histogram: BinMap): void {
    const slots = histogram.slotsInOrder()
    const ordinals = new Int32Array(slots.length)
    for (let at = 0; at < slots.length; at++) ordinals[at] = histogram.ordinalAt(slots[at]!)
    const shift = finestShift(ordinals, ordinals.length, TABLE_BINS_MAX - (histogram.counts[0]! > 0 ? 1 : 0))
    if (shift > this.bins.shift) this.bins.raise(shift - this.bins.shift)
  }
}
