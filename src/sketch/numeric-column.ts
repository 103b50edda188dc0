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
  private readonly sides: readonly [control: NumericSide, candidate: NumericSide] = [
    new NumericSide(0),
    new NumericSide(1),
  ]
  /** Null until the first fold: a small pane needs none of its own. */
  private table: TableBuilder | null = null

  /** `value` is finite. */
  add(cohort: 0 | 1, bucket: number, value: number): void {
    // Looked up, not chosen: which cohort comes next cannot be predicted.
    const side = this.sides[cohort]
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
    const [control, candidate] = this.sides
    const table = this.table ?? sharedTable
    this.fold(table, this.sides)
    return { histograms: [control.close(), candidate.close()], table: table.close() }
  }

  private makeRoom(side: NumericSide): void {
    if (side.buffer.length >= side.foldLength) this.fold((this.table ??= new TableBuilder()), [side])
    side.buffer.extend()
  }

  private fold(table: TableBuilder, sides: readonly NumericSide[]): void {
    const folds = sides.map((side) => side.findBins())
    if (table.isEmpty) table.begin(this.sides[0].bins, this.sides[1].bins)
    else for (const side of sides) side.placeIn(table)
    table.settle()
    sides.forEach((side, at) => side.countInTable(folds[at]!, table))
  }
}

/** Of all columns that close without having folded; it is empty between two of them. */
const sharedTable = new TableBuilder()
