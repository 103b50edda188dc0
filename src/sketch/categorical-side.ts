import { CategoryCounts } from './category-counts.ts'
import type { CategoryTableBuilder } from './category-table-builder.ts'
import { ColumnBuffer, FOLD_LENGTH_FIRST, FOLD_LENGTH_LATER, newBatch } from './column-buffer.ts'
import { IDS_MAX } from './dictionary.ts'
import type { DictionaryPage } from './dictionary.ts'

/** One cohort's half of a categorical column: `countNames`, then the table settles its columns, then `countInTable`. */
export class CategoricalSide {
  readonly cohort: 0 | 1
  readonly buffer = new ColumnBuffer()
  readonly categories = new CategoryCounts()
  /** Values whose names the dictionary had no room for. */
  private unknown: { name: string; hash: number; bucket: number }[] = []
  private isFresh = true

  constructor(cohort: 0 | 1) {
    this.cohort = cohort
  }

  get foldLength(): number {
    return this.isFresh ? FOLD_LENGTH_FIRST : FOLD_LENGTH_LATER
  }

  /** Empties the buffer into the category counts and places its names in the table. */
  countNames(page: DictionaryPage, table: CategoryTableBuilder): void {
    const scratch = (scratches[this.cohort] ??= newScratch())
    const { batch, counts, ids } = scratch
    scratch.length = this.buffer.drainTo(batch)
    let idCount = 0
    for (let at = 0; at < scratch.length; at++) {
      const id = batch.keys[at]!
      if (counts[id]!++ === 0) ids[idCount++] = id
    }
    for (let at = 0; at < idCount; at++) {
      const id = ids[at]!
      this.categories.addHashed(page.names[id]!, page.hashes[id]!, counts[id]!)
      table.place(page.names[id]!)
      counts[id] = 0
    }
    for (const { name, hash } of this.unknown) {
      this.categories.addHashed(name, hash, 1)
      table.place(name)
    }
    scratch.idCount = idCount
    this.isFresh = false
  }

  countInTable(page: DictionaryPage, table: CategoryTableBuilder): void {
    const { batch, ids, idCount, length, columns } = scratches[this.cohort]!
    for (let at = 0; at < idCount; at++) {
      const id = ids[at]!
      columns[id] = table.columnOf(page.names[id]!, page.hashes[id]!)
    }
    table.grid.addEach(this.cohort, batch.buckets, batch.keys, columns, length)
    for (const { name, hash, bucket } of this.unknown) {
      table.grid.add(this.cohort, bucket, table.columnOf(name, hash), 1)
    }
    this.unknown = []
  }

  /** A value whose name has no number. Returns whether it is time to fold. */
  addUnknown(bucket: number, name: string, hash: number): boolean {
    return this.unknown.push({ name, hash, bucket }) >= UNKNOWN_MAX
  }
}

/** Together they lay the table out once, not once a name. */
const UNKNOWN_MAX = 256

/** Of a fold, shared by all columns; all counts are zero between two folds. */
function newScratch() {
  return {
    batch: newBatch(FOLD_LENGTH_FIRST),
    length: 0,
    counts: new Uint32Array(IDS_MAX),
    columns: new Uint8Array(IDS_MAX),
    ids: new Uint16Array(IDS_MAX),
    idCount: 0,
  }
}

const scratches: [ReturnType<typeof newScratch> | null, ReturnType<typeof newScratch> | null] = [null, null]
