import { BinTable } from '../../src/sketch/bin-table.ts'
import { BucketCounts } from '../../src/sketch/bucket-counts.ts'
import { CategoricalColumn } from '../../src/sketch/categorical-column.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { CategoryTable } from '../../src/sketch/category-table.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'
import { Dictionary } from '../../src/sketch/dictionary.ts'
import { NumericColumn } from '../../src/sketch/numeric-column.ts'
import { SumTable } from '../../src/sketch/sum-table.ts'
import { UnitSample } from '../../src/sketch/unit-sample.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import type { Datum } from '../support/sketch-data.ts'

/** What the contract asks of a sketch. */
export interface Sketch {
  merge(other: this): void
  encode(): Uint8Array
}

export interface SketchMaker<S extends Sketch> {
  of(data: readonly Datum[]): S
  decode(bytes: Uint8Array): S
  /** Adds to a sketch that is already there; absent where values come through a column only. */
  add?(sketch: S, datum: Datum): void
}

const dictionary = new Dictionary()

/** A new sketch adds one line. */
export const SKETCHES: Record<string, SketchMaker<Sketch>> = {
  'bucket counts': adding(BucketCounts, (sketch, { bucket, count }) => sketch.add(bucket, count)),
  'sum table': adding(SumTable, (sketch, { bucket, value, count }) => sketch.add(bucket, value * count)),
  'value histogram': adding(ValueHistogram, (sketch, { value, count }) => sketch.add(value, count)),
  'bin table': adding(BinTable, (sketch, { cohort, bucket, value }) => sketch.add(cohort, bucket, value)),
  'category counts': adding(CategoryCounts, (sketch, { name, count }) => sketch.add(name, count)),
  'category table': adding(CategoryTable, (sketch, { cohort, bucket, name }) => sketch.add(cohort, bucket, name)),
  'unit sample': adding(UnitSample, (sketch, { first, second, mask }) => sketch.add(first, second, mask)),
  'small unit sample': adding(smallSample(), (sketch, { first, second, mask }) => sketch.add(first, second, mask)),
  'cell table': adding(cellTable(), (sketch, { cohort, bucket, mask }) => sketch.add(cohort, bucket, mask, 1)),
  'numeric column, control values': { of: (data) => numeric(data).histograms[0], decode: ValueHistogram.decode },
  'numeric column, candidate values': { of: (data) => numeric(data).histograms[1], decode: ValueHistogram.decode },
  'numeric column, table': { of: (data) => numeric(data).table, decode: BinTable.decode },
  'categorical column, control names': { of: (data) => categorical(data).categories[0], decode: CategoryCounts.decode },
  'categorical column, candidate names': {
    of: (data) => categorical(data).categories[1],
    decode: CategoryCounts.decode,
  },
  'categorical column, table': { of: (data) => categorical(data).table, decode: CategoryTable.decode },
}

function adding<S extends Sketch>(
  Sketch: { new (): S; decode(bytes: Uint8Array): S },
  add: (sketch: S, datum: Datum) => void,
): SketchMaker<S> {
  return {
    of(data) {
      const sketch = new Sketch()
      for (const datum of data) add(sketch, datum)
      return sketch
    },
    decode: (bytes) => Sketch.decode(bytes),
    add,
  }
}

function smallSample() {
  return class extends UnitSample {
    constructor() {
      super(40)
    }
  }
}

function cellTable() {
  return class extends CellTable {
    constructor() {
      super(3, 5)
    }
  }
}

function numeric(data: readonly Datum[]): ReturnType<NumericColumn['close']> {
  const column = new NumericColumn()
  for (const { cohort, bucket, value } of data) column.add(cohort, bucket, value)
  return column.close()
}

/** One dictionary for all: what it saw before must not show. */
function categorical(data: readonly Datum[]): ReturnType<CategoricalColumn['close']> {
  const column = new CategoricalColumn(dictionary)
  for (const { cohort, bucket, name } of data) column.add(cohort, bucket, name)
  return column.close()
}
