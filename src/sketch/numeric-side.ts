import { ZERO } from './bin-index.ts'
import { BinMap, finestShift } from './bin-map.ts'
import { ColumnBuffer, FOLD_LENGTH_FIRST, FOLD_LENGTH_LATER, newBatch } from './column-buffer.ts'
import type { Batch } from './column-buffer.ts'
import { radixSort } from './radix-sort.ts'
import type { TableBuilder } from './table-builder.ts'
import { HISTOGRAM_BINS_MAX, ValueHistogram } from './value-histogram.ts'

/**
 * One cohort's half of a numeric column. A fold has three steps, so that both halves can take the first two before either
 * takes the last: `findBins`, give them places in the table, `countInTable`.
 */
export class NumericSide {
  readonly cohort: 0 | 1
  readonly buffer = new ColumnBuffer()
  min = Infinity
  max = -Infinity
  isFresh = true
  bins = NO_BINS
  private count = 0
  /** The table's column of each slot below `mapped`, as of this shift and this layout of the table. */
  private columns: Uint8Array = new Uint8Array(0)
  private mapped = 0
  private mappedShift = 0
  private mappedVersion = 0

  constructor(cohort: 0 | 1) {
    this.cohort = cohort
  }

  get foldLength(): number {
    return this.isFresh ? FOLD_LENGTH_FIRST : FOLD_LENGTH_LATER
  }

  /** Empties the buffer into the histogram. */
  findBins(): Fold {
    const scratch = (scratches[this.cohort] ??= newScratch())
    const length = this.buffer.drainTo(scratch.batch)
    this.count += length
    const fold = this.isFresh ? this.sortIn(scratch, length) : this.lookUp(scratch, length)
    this.isFresh = false
    if (this.mappedShift !== this.bins.shift) this.mapped = 0
    this.mappedShift = this.bins.shift
    return fold
  }

  placeIn(table: TableBuilder): void {
    table.place(this.bins, this.mapped)
  }

  countInTable(fold: Fold, table: TableBuilder): void {
    if (fold.length === 0) return
    this.mapColumns(table)
    const { columns } = this
    const { counts, size } = this.bins
    const { length, batch, slots } = fold
    if (slots !== null) return table.grid.addEach(this.cohort, batch.buckets, slots, columns, length)
    // Sorted: the values of a slot are neighbours, and so are slots of one column.
    let from = 0
    for (let slot = 1; slot < size;) {
      const column = columns[slot]!
      let to = from
      while (slot < size && columns[slot] === column) to += counts[slot++]!
      table.grid.addRun(this.cohort, batch.buckets, from, to, column)
      from = to
    }
    table.grid.addRun(this.cohort, batch.buckets, from, length, columns[0]!)
  }

  close(): ValueHistogram {
    return new ValueHistogram(this.bins, this.count, this.min, this.max)
  }

  private sortIn({ batch, spare }: Scratch, length: number): Fold {
    // More values than bins: most likely the low 8 bits will not matter, and need not be sorted.
    let sorted = radixSort(batch, spare, length, length > HISTOGRAM_BINS_MAX ? 8 : 0)
    let found = shiftOf(sorted, length)
    // They do at 8 and below: unsorted, equal keys are not neighbours and count as too many bins.
    if (length > HISTOGRAM_BINS_MAX && found.shift <= 8) {
      sorted = radixSort(sorted, sorted === batch ? spare : batch, length)
      found = shiftOf(sorted, length)
    }
    this.bins = binsOf(sorted, length, found)
    return { length, batch: sorted, slots: null }
  }

  private lookUp({ batch, slots }: Scratch, length: number): Fold {
    const { bins } = this
    bins.slotsOf(batch.keys, length, slots)
    const { counts } = bins
    for (let at = 0; at < length; at++) counts[slots[at]!]!++
    return { length, batch, slots }
  }

  private mapColumns(table: TableBuilder): void {
    const { bins } = this
    if (this.mappedVersion !== table.version) this.mapped = 0
    if (this.columns.length < bins.size) this.columns = grown(this.columns, bins.keys.length)
    table.columnsOf(bins, this.mapped, this.columns)
    this.mapped = bins.size
    this.mappedVersion = table.version
  }
}

/** Zeros, which have no bin, are at the end. */
function shiftOf({ keys }: Batch, length: number): { shift: number; bins: number; end: number } {
  let end = length
  while (end > 0 && keys[end - 1] === ZERO) end--
  return { ...finestShift(keys, end, HISTOGRAM_BINS_MAX), end }
}

function binsOf({ keys }: Batch, length: number, found: { shift: number; bins: number; end: number }): BinMap {
  const { shift, end } = found
  const bins = new BinMap(HISTOGRAM_BINS_MAX, shift, found.bins)
  for (let from = 0, to = 0; from < end; from = to) {
    const key = keys[from]! >> shift
    while (to < end && keys[to]! >> shift === key) to++
    bins.append(key, to - from)
  }
  bins.counts[0] = length - end
  return bins
}

/** A drained buffer between two steps. `slots` is null if it is sorted. Valid until the cohort's next fold anywhere. */
export interface Fold {
  length: number
  batch: Batch
  slots: Uint16Array | null
}

interface Scratch {
  batch: Batch
  spare: Batch
  slots: Uint16Array
}

/** Shared by all columns, one for each cohort: between folds there is nothing in them. */
const scratches: [Scratch | null, Scratch | null] = [null, null]

function newScratch(): Scratch {
  return {
    batch: newBatch(FOLD_LENGTH_FIRST),
    spare: newBatch(FOLD_LENGTH_FIRST),
    slots: new Uint16Array(FOLD_LENGTH_FIRST),
  }
}

function grown(columns: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length)
  longer.set(columns)
  return longer
}

/** Of a side before its first fold; nothing is ever added to it. */
const NO_BINS = new BinMap(HISTOGRAM_BINS_MAX, 0, 0)
