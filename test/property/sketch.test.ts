import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BinTable } from '../../src/sketch/bin-table.ts'
import { CategoricalColumn } from '../../src/sketch/categorical-column.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { CategoryTable } from '../../src/sketch/category-table.ts'
import { compareUtf8 } from '../../src/sketch/category-name.ts'
import { Dictionary } from '../../src/sketch/dictionary.ts'
import { murmur3 } from '../../src/sketch/murmur3.ts'
import { NumericColumn } from '../../src/sketch/numeric-column.ts'
import { SumTable } from '../../src/sketch/sum-table.ts'
import { UnitSample } from '../../src/sketch/unit-sample.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import {
  byBytes,
  naiveBinTable,
  naiveCategoryCounts,
  naiveCategoryTable,
  naiveHistogram,
  naiveMurmur3,
  naiveUnits,
} from '../support/naive-sketches.ts'
import { dataOf, randomOf, VALUE_SHAPES } from '../support/sketch-data.ts'

const anyLength = fc.oneof(fc.nat(30), fc.nat(400), fc.nat(4000))
const someData = fc
  .record({ seed: fc.integer({ min: 1 }), length: anyLength })
  .map((each) => dataOf(each.seed, each.length))
const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 40 })

describe('sketches equal their naive twins', () => {
  it('murmur3, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme-ascii' }), anyText), fc.nat(0xffffffff), (text, seed) => {
        assert.equal(murmur3(text, seed), naiveMurmur3(text, seed))
      }),
      { numRuns: 1000 },
    )
  })

  it('the order of names is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.nat(40), (a, b, shared) => {
        const [left, right] = [a.toWellFormed(), (a.slice(0, shared) + b).toWellFormed()]
        assert.equal(Math.sign(compareUtf8(left, right)), Math.sign(byBytes(left, right)))
      }),
      { numRuns: 1000 },
    )
  })

  it('value histogram', () => {
    fc.assert(
      fc.property(someData, (data) => {
        const values = data.map(({ value }) => value)
        const histogram = new ValueHistogram()
        for (const value of values) histogram.add(value)
        assert.deepEqual(plainHistogram(histogram), naiveHistogram(values))
      }),
      { numRuns: 60 },
    )
  })

  it('numeric column, before and after its buffers have folded', () => {
    const lengths = fc.oneof(fc.nat(200), fc.nat(3000), fc.integer({ min: 7900, max: 8100 }), fc.nat(30_000))
    fc.assert(
      fc.property(fc.integer({ min: 1 }), lengths, (seed, length) => {
        const data = dataOf(seed, length)
        const column = new NumericColumn()
        for (const { cohort, bucket, value } of data) column.add(cohort, bucket, value)
        const { histograms, table } = column.close()
        for (const cohort of [0, 1] as const) {
          const values = data.filter((each) => each.cohort === cohort).map(({ value }) => value)
          assert.deepEqual(plainHistogram(histograms[cohort]), naiveHistogram(values))
        }
        assert.deepEqual(plainBinTable(table), naiveBinTable(data))
      }),
      { numRuns: 40 },
    )
  })

  it('numeric column whose values change their nature on the way', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        fc.array(fc.nat(Object.keys(VALUE_SHAPES).length - 1), { minLength: 2, maxLength: 4 }),
        (seed, shapes) => {
          const random = randomOf(seed)
          const data = shapes.flatMap((shape) =>
            Array.from({ length: 6000 }, () => ({
              cohort: random() < 0.2 ? (1 as const) : (0 as const),
              bucket: Math.floor(random() * 256),
              value: Object.values(VALUE_SHAPES)[shape]!(random),
            })),
          )
          const column = new NumericColumn()
          for (const { cohort, bucket, value } of data) column.add(cohort, bucket, value)
          assert.deepEqual(plainBinTable(column.close().table), naiveBinTable(data))
        },
      ),
      { numRuns: 12 },
    )
  })

  it('counters widen: many values of one bucket and bin', () => {
    for (const length of [255, 256, 65_535, 65_536, 70_000]) {
      const column = new NumericColumn()
      for (let each = 0; each < length; each++) column.add(1, 7, 2.5)
      const { table } = column.close()
      assert.equal(table.count(1, 7, 0), length)
      assert.equal(BinTable.decode(table.encode()).count(1, 7, 0), length)
    }
  })

  it('categorical column, with any number of names and with panes that share a dictionary', () => {
    const dictionary = new Dictionary()
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        fc.oneof(fc.nat(300), fc.nat(12_000)),
        fc.boolean(),
        (seed, length, isShared) => {
          const data = dataOf(seed, length)
          const open = [0, 1].map(() => new CategoricalColumn(isShared ? dictionary : undefined))
          data.forEach(({ cohort, bucket, name }, at) => open[at % 2]!.add(cohort, bucket, name))
          open.forEach((column, pane) => {
            const seen = data.filter((_, at) => at % 2 === pane)
            const { categories, table } = column.close()
            for (const cohort of [0, 1] as const) {
              const names = seen.filter((each) => each.cohort === cohort).map(({ name }) => name)
              const { entries, other } = naiveCategoryCounts(names)
              assert.deepEqual(
                { entries: categories[cohort].entries(), other: categories[cohort].other },
                { entries, other },
              )
            }
            assert.deepEqual(plainCategoryTable(table), naiveCategoryTable(seen))
          })
        },
      ),
      { numRuns: 25 },
    )
  })

  it('category counts and table, added one by one', () => {
    fc.assert(
      fc.property(someData, (data) => {
        const counts = new CategoryCounts()
        const table = new CategoryTable()
        for (const { cohort, bucket, name } of data.slice(0, 1500)) {
          counts.add(name)
          table.add(cohort, bucket, name)
        }
        const seen = data.slice(0, 1500)
        const twin = naiveCategoryCounts(seen.map(({ name }) => name))
        assert.deepEqual({ entries: counts.entries(), other: counts.other }, twin)
        assert.deepEqual(plainCategoryTable(table), naiveCategoryTable(seen))
      }),
      { numRuns: 20 },
    )
  })

  it('unit sample: the smallest hashes of all, with every mask they came with', () => {
    fc.assert(
      fc.property(someData, fc.integer({ min: 1, max: 300 }), (data, capacity) => {
        const sample = new UnitSample(capacity)
        const masks = new Map<bigint, number>()
        for (const { first, second, mask } of data) {
          sample.add(first, second, mask)
          const key = (BigInt(first) << 32n) | BigInt(second)
          masks.set(key, (masks.get(key) ?? 0) | mask)
        }
        const smallest = [...masks].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, capacity)
        assert.deepEqual(
          sample.entries().map(({ first, second, mask }) => [(BigInt(first) << 32n) | BigInt(second), mask]),
          smallest,
        )
        assert.equal(sample.isSaturated, masks.size > capacity)
        assert.equal(sample.size, smallest.length)
        if (masks.size <= capacity) {
          const ofControl = [...masks.values()].filter((mask) => mask & 1).length
          assert.deepEqual(sample.estimate(1), { units: ofControl, estimated: false })
        }
      }),
      { numRuns: 100 },
    )
  })

  it('sum table: exact, from the smallest double to the largest', () => {
    const anyNumber = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.double({ min: -(2 ** 34), max: 2 ** 34, noNaN: true }),
      fc.integer({ min: -1000, max: 1000 }).map((half) => (half + 0.5) / 2 ** 20),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(255), anyNumber), { maxLength: 60 }), (added) => {
        const table = new SumTable()
        const sums = new Array<bigint>(256).fill(0n)
        for (const [bucket, value] of added) {
          table.add(bucket, value)
          sums[bucket]! += naiveUnits(value)
        }
        const decoded = SumTable.decode(table.encode())
        for (let bucket = 0; bucket < 256; bucket++) {
          assert.equal(table.at(bucket), sums[bucket])
          assert.equal(table.toNumber(bucket), Number(sums[bucket]) / 2 ** 20)
          assert.equal(decoded.at(bucket), sums[bucket])
        }
      }),
      { numRuns: 300 },
    )
  })
})

function plainHistogram(histogram: ValueHistogram): ReturnType<typeof naiveHistogram> {
  const { shift, count, min, max } = histogram
  return { shift, count, min, max, entries: histogram.entries() }
}

function plainBinTable(table: BinTable): ReturnType<typeof naiveBinTable> {
  const cells: Record<string, number> = {}
  forEachCell(table.indices.length, (cohort, bucket, at) => {
    const count = table.count(cohort, bucket, at)
    if (count > 0) cells[`${cohort} ${bucket} ${table.indices[at]!}`] = count
  })
  return { shift: table.shift, indices: [...table.indices], cells }
}

function plainCategoryTable(table: CategoryTable): ReturnType<typeof naiveCategoryTable> {
  const cells: Record<string, number> = {}
  forEachCell(table.bins, (cohort, bucket, bin) => {
    const count = table.count(cohort, bucket, bin)
    if (count > 0) cells[`${cohort} ${bucket} ${bin}`] = count
  })
  return { hashed: table.hashed, names: [...table.names], cells }
}

function forEachCell(bins: number, visit: (cohort: 0 | 1, bucket: number, bin: number) => void): void {
  for (const cohort of [0, 1] as const) {
    for (let bucket = 0; bucket < 256; bucket++) for (let bin = 0; bin < bins; bin++) visit(cohort, bucket, bin)
  }
}
