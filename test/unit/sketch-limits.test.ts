import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTallies, SAMPLED_UNITS_MAX } from '../../src/pane/tallies.ts'
import { BinTable } from '../../src/sketch/bin-table.ts'
import { BucketCounts, BUCKETS } from '../../src/sketch/bucket-counts.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { CategoryTable, hashBin } from '../../src/sketch/category-table.ts'
import { murmur3 } from '../../src/sketch/murmur3.ts'
import { UnitSample } from '../../src/sketch/unit-sample.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'

const times = <T>(count: number, each: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => each(at))

/** So many values that share no bin at shift 0; every second one is the neighbour of another. */
const values = (count: number): number[] => times(count, (at) => (1 + Math.floor(at / 2)) * (1 + (at % 2) * 2 ** -20))

/** What docs/statistics.md 1, 2 and 10 and docs/contracts.md say that a sketch holds, to the last one. */
describe('a sketch holds exactly', () => {
  it('256 buckets of units', () => {
    assert.equal(BUCKETS, 256)
    const counts = new BucketCounts()
    counts.add(255)
    assert.deepEqual([counts.at(255), counts.total], [1, 1])
  })

  it('64 bins by bucket at full resolution, zero’s included, and the 65th makes them coarser', () => {
    const tableOf = (count: number): BinTable => {
      const table = new BinTable()
      for (const value of [0, ...values(count - 1)]) table.add(0, 1, value)
      return table
    }
    assert.deepEqual([tableOf(64).shift, tableOf(64).indices.length], [0, 64])
    const coarser = tableOf(65)
    assert.ok(coarser.shift > 0 && coarser.indices.length <= 64)
  })

  it('1,024 bins of values, zero aside', () => {
    const shiftOf = (count: number): number => {
      const histogram = new ValueHistogram()
      for (const value of [0, ...values(count)]) histogram.add(value)
      return histogram.shift
    }
    assert.equal(shiftOf(1024), 0)
    assert.ok(shiftOf(1025) > 0)
  })

  it('63 names by bucket, and more by the low 6 bits of their hash, in 64 bins', () => {
    const tableOf = (count: number): CategoryTable => {
      const table = new CategoryTable()
      for (const name of times(count, (at) => `n${at}`)) table.add(1, 2, name)
      return table
    }
    assert.deepEqual([tableOf(63).hashed, tableOf(63).bins], [false, 63])
    assert.deepEqual([tableOf(64).hashed, tableOf(64).bins], [true, 64])
    for (const name of times(200, (at) => `n${at}`)) assert.equal(hashBin(name), murmur3(name, 0) % 64)
  })

  it('1,024 names with their counts', () => {
    const countsOf = (count: number): CategoryCounts => {
      const counts = new CategoryCounts()
      for (const name of times(count, (at) => `n${at}`)) counts.add(name)
      return counts
    }
    assert.deepEqual([countsOf(1024).entries().length, countsOf(1024).other], [1024, 0])
    assert.deepEqual([countsOf(1025).entries().length, countsOf(1025).other], [1024, 1])
  })

  it('4,096 units of a pane and of a slice', () => {
    assert.equal(SAMPLED_UNITS_MAX, 4096)
    for (const sample of [new UnitSample(), createTallies({ fields: [], rates: [], sums: [] }).units]) {
      for (let unit = 0; unit < 4096; unit++) sample.add(unit, unit, 1)
      assert.deepEqual(sample.estimate(1), { units: 4096, estimated: false })
      sample.add(4096, 0, 1)
      assert.deepEqual([sample.size, sample.limit?.first], [4096, 4095])
    }
  })
})
