import { ordinalOf } from './bin-index.ts'
import type { BinTable } from './bin-table.ts'
import { NumericSide } from './numeric-side.ts'
import { TableBuilder } from './table-builder.ts'
import type { ValueHistogram } from './value-histogram.ts'

/**
 * One numeric field of an open pane: a value histogram per cohort and the bucket table over both, filled many values at a
 * time. Values wait in a buffer, 5 bytes each; by the law of the sketches it does not show when they are folded in.
 *
 *   first fold of a cohort   the values are sorted, which gives the final shift at once (a histogram that starts at 20
 *                            mantissa bits would halve its resolution a dozen times), and the bins by run lengths
 *   later folds              each value's bin is looked up; by now the shift hardly moves, so a short buffer does
 */
export class NumericColumn {
  private readonly control = new NumericSide(0)
  private readonly candidate = new NumericSide(1)
  private readonly table = new TableBuilder()

  /** `value` is finite. */
  add(cohort: 0 | 1, bucket: number, value: number): void {
    const side = cohort === 0 ? this.control : this.candidate
    const { buffer } = side
    if (value < side.min) side.min = value
    if (value > side.max) side.max = value
    if (buffer.used === buffer.keys.length) this.makeRoom(side)
    const at = buffer.used
    buffer.keys[at] = ordinalOf(value)
    buffer.buckets[at] = bucket
    buffer.used = at + 1
  }

  /** Nothing may be added afterwards. */
  close(): { histograms: [control: ValueHistogram, candidate: ValueHistogram]; table: BinTable } {
    // Both find their bins before either is counted: in a small pane the table then has its final columns from the start.
    const folds = [this.control.findBins(this.table), this.candidate.findBins(this.table)] as const
    this.table.settle()
    this.control.countInTable(folds[0], this.table)
    this.candidate.countInTable(folds[1], this.table)
    return { histograms: [this.control.close(), this.candidate.close()], table: this.table.close() }
  }

  private makeRoom(side: NumericSide): void {
    if (side.buffer.length >= side.foldLength) {
      const fold = side.findBins(this.table)
      this.table.settle()
      side.countInTable(fold, this.table)
    }
    side.buffer.extend()
  }
}
