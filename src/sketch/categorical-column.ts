import { CategoricalSide } from './categorical-side.ts'
import type { CategoryCounts } from './category-counts.ts'
import { categoryName } from './category-name.ts'
import { CategoryTableBuilder } from './category-table-builder.ts'
import type { CategoryTable } from './category-table.ts'
import { Dictionary } from './dictionary.ts'
import type { DictionaryPage } from './dictionary.ts'
import { murmur3 } from './murmur3.ts'

/**
 * One categorical field of an open pane: category counts per cohort and the bucket table over both. As in NumericColumn,
 * values wait in a buffer, here as numbers of a dictionary, which panes of one field may share.
 */
export class CategoricalColumn {
  private readonly control = new CategoricalSide(0)
  private readonly candidate = new CategoricalSide(1)
  private readonly table = new CategoryTableBuilder()
  private readonly dictionary: Dictionary
  /** What the buffered numbers mean. */
  private page: DictionaryPage

  constructor(dictionary = new Dictionary()) {
    this.dictionary = dictionary
    this.page = dictionary.page
  }

  add(cohort: 0 | 1, bucket: number, name: string): void {
    const side = cohort === 0 ? this.control : this.candidate
    const id = this.page.ids.get(name) ?? this.enter(name)
    if (id < 0) return this.addUnknown(side, bucket, name)
    const { buffer } = side
    if (buffer.used === buffer.keys.length) this.makeRoom(side)
    const at = buffer.used
    buffer.keys[at] = id
    buffer.buckets[at] = bucket
    buffer.used = at + 1
  }

  /** Nothing may be added afterwards. */
  close(): { categories: [control: CategoryCounts, candidate: CategoryCounts]; table: CategoryTable } {
    const { control, candidate } = this
    this.fold([control, candidate])
    return { categories: [control.categories, candidate.categories], table: this.table.close() }
  }

  private enter(name: string): number {
    if (this.page !== this.dictionary.page) {
      this.fold([this.control, this.candidate])
      this.page = this.dictionary.page
      const id = this.page.ids.get(name)
      if (id !== undefined) return id
    }
    return this.page.enter(name)
  }

  private addUnknown(side: CategoricalSide, bucket: number, text: string): void {
    const name = categoryName(text)
    this.dictionary.miss()
    if (side.addUnknown(bucket, name, murmur3(name, 0))) this.fold([side])
  }

  private makeRoom(side: CategoricalSide): void {
    if (side.buffer.length >= side.foldLength) this.fold([side])
    side.buffer.extend()
  }

  private fold(sides: CategoricalSide[]): void {
    for (const side of sides) side.countNames(this.page, this.table)
    this.table.settle()
    for (const side of sides) side.countInTable(this.page, this.table)
  }
}
