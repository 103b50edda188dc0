import { CategoryCounts } from './category-counts.ts'
import { CategoryTable } from './category-table.ts'

/** One categorical field of an open pane. */
export class CategoricalColumn {
  private readonly categories: [CategoryCounts, CategoryCounts] = [new CategoryCounts(), new CategoryCounts()]
  private readonly table = new CategoryTable()

  add(cohort: 0 | 1, bucket: number, name: string): void {
    this.categories[cohort].add(name)
    this.table.add(cohort, bucket, name)
  }

  close(): { categories: [control: CategoryCounts, candidate: CategoryCounts]; table: CategoryTable } {
    return { categories: this.categories, table: this.table }
  }
}
