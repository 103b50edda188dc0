import { BinTable } from './bin-table.ts'
import { ValueHistogram } from './value-histogram.ts'

/** One numeric field of an open pane. */
export class NumericColumn {
  private readonly histograms: [ValueHistogram, ValueHistogram] = [new ValueHistogram(), new ValueHistogram()]
  private readonly table = new BinTable()

  add(cohort: 0 | 1, bucket: number, value: number): void {
    this.histograms[cohort].add(value)
    this.table.add(cohort, bucket, value)
  }

  close(): { histograms: [control: ValueHistogram, candidate: ValueHistogram]; table: BinTable } {
    return { histograms: this.histograms, table: this.table }
  }
}
