import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BucketCounts } from '../../src/sketch/bucket-counts.ts'
import { SumTable } from '../../src/sketch/sum-table.ts'

describe('sum table', () => {
  it('rounds each value to 2^-20, halves up', () => {
    const units = [1.5, -1.5, 0.5, -0.5, 0.49999999999999994, 2 ** 52 + 1]
    const table = new SumTable()
    units.forEach((unit, bucket) => table.add(bucket, unit / 2 ** 20))
    assert.deepEqual(
      units.map((_, bucket) => table.at(bucket)),
      [2n, -1n, 1n, 0n, 0n, 2n ** 52n + 1n],
    )
  })

  it('stays exact beyond 2^53', () => {
    const table = new SumTable()
    for (let each = 0; each < 3; each++) table.add(0, 2 ** 33 - 2 ** -20)
    assert.equal(table.at(0), 3n * (2n ** 53n - 1n))
    // 2^53 + 1 is no double.
    table.add(2, 2 ** 33 - 2 ** -20)
    table.add(2, 2 ** -19)
    assert.equal(table.at(2), 2n ** 53n + 1n)
    table.add(1, Number.MAX_VALUE)
    table.add(1, 2 ** -20)
    table.add(1, -Number.MAX_VALUE)
    assert.equal(table.at(1), 1n)
    assert.equal(table.toNumber(1), 2 ** -20)
  })

  it('has the same bytes however large the sum was on the way', () => {
    const [direct, detour] = [new SumTable(), new SumTable()]
    direct.add(5, 3)
    for (const value of [1e300, 3, -1e300]) detour.add(5, value)
    assert.deepEqual(detour.encode(), direct.encode())
  })

  it('ignores what is not finite, and is no bytes while all sums are zero', () => {
    const table = new SumTable()
    for (const value of [NaN, Infinity, -Infinity, 0, -0]) table.add(3, value)
    assert.equal(table.encode().length, 0)
  })
})

describe('bucket counts', () => {
  it('are no bytes while empty, and exact beyond 2^32', () => {
    const counts = new BucketCounts()
    assert.equal(counts.encode().length, 0)
    counts.add(255, 2 ** 40)
    counts.add(255)
    assert.equal(BucketCounts.decode(counts.encode()).at(255), 2 ** 40 + 1)
    assert.equal(counts.total, 2 ** 40 + 1)
  })
})
