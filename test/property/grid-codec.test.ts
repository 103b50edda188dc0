import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BUCKETS } from '../../src/sketch/bucket-counts.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'

interface Entry {
  cohort: 0 | 1
  bucket: number
  cell: number
  count: number
}

const CELLS = 5

function tableOf(entries: readonly Entry[]): CellTable {
  const table = new CellTable(1, CELLS)
  for (const { cohort, bucket, cell, count } of entries) table.add(cohort, bucket, cell, count)
  return table
}

function assertSameCounts(one: CellTable, other: CellTable): void {
  for (const cohort of [0, 1] as const) {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let cell = 0; cell < CELLS; cell++) {
        assert.equal(one.count(cohort, bucket, cell), other.count(cohort, bucket, cell), `${cohort} ${bucket} ${cell}`)
      }
    }
  }
}

/** Of one that was read: its sums by bucket and by cell are those of its counts. */
function assertSums(table: CellTable): void {
  for (const cohort of [0, 1] as const) {
    const sums = table.sumsOf(cohort)
    if (table.countsOf(cohort) === null) {
      assert.equal(sums, null)
      continue
    }
    const byBucket = Array.from({ length: BUCKETS }, (_, bucket) =>
      sumOf(CELLS, (cell) => table.count(cohort, bucket, cell)),
    )
    const byCell = Array.from({ length: CELLS }, (_, cell) =>
      sumOf(BUCKETS, (bucket) => table.count(cohort, bucket, cell)),
    )
    assert.deepEqual(Array.from(sums!.byBucket), byBucket)
    assert.deepEqual(Array.from(sums!.byColumn), byCell)
  }
}

function sumOf(length: number, each: (at: number) => number): number {
  return Array.from({ length }, (_, at) => each(at)).reduce((sum, count) => sum + count, 0)
}

function entriesOf(counts: fc.Arbitrary<number>, lengthMax: number): fc.Arbitrary<Entry[]> {
  const cohort = fc.constantFrom(0 as const, 1 as const)
  const [bucket, cell] = [fc.nat(BUCKETS - 1), fc.nat(CELLS - 1)]
  return fc.array(fc.record({ cohort, bucket, cell, count: counts }), { maxLength: lengthMax, size: 'max' })
}

const few = entriesOf(fc.integer({ min: 1, max: 3 }), 700)
const large = entriesOf(fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 2 ** 44 })), 300)

describe('the bits of a table', () => {
  it('give back every count: none, few, many, one bucket that holds nearly all, counts beyond 2^32', () => {
    fc.assert(
      fc.property(fc.oneof(few, large), (entries) => {
        const table = tableOf(entries)
        const bytes = table.encode()
        const decoded = CellTable.decode(bytes)
        assertSameCounts(decoded, table)
        assertSums(decoded)
        assert.deepEqual(decoded.encode(), bytes)
      }),
      { numRuns: 150 },
    )
  })

  it('tell no sums of a table that was added to since', () => {
    const decoded = CellTable.decode(tableOf([{ cohort: 1, bucket: 3, cell: 2, count: 7 }]).encode())
    assertSums(decoded)
    decoded.add(1, 4, 2, 1)
    assert.equal(decoded.sumsOf(1), null)
  })

  it('do so for the largest count there is, alone and beside ones', () => {
    for (const rest of [0, 1, 254]) {
      const entries: Entry[] = [{ cohort: 1, bucket: 17, cell: 2, count: Number.MAX_SAFE_INTEGER - rest }]
      for (let each = 0; each < rest; each++) entries.push({ cohort: 1, bucket: 18 + (each % 238), cell: 2, count: 1 })
      const table = tableOf(entries)
      assertSameCounts(CellTable.decode(table.encode()), table)
    }
  })

  it('have one spelling: with any bit turned, or any byte gone, they are refused or mean something else', () => {
    fc.assert(
      fc.property(fc.oneof(few, large), fc.nat(), fc.boolean(), (entries, place, isCut) => {
        const bytes = tableOf(entries).encode()
        const at = place % (bytes.length * 8)
        const broken = isCut ? bytes.slice(0, at >> 3) : bytes.slice()
        if (!isCut) broken[at >> 3]! ^= 1 << (at & 7)
        let decoded: CellTable
        try {
          decoded = CellTable.decode(broken)
        } catch (error) {
          assert.equal((error as { code: string }).code, 'EVENKEEL_RECORD_CORRUPT')
          return
        }
        assert.deepEqual(decoded.encode(), broken)
      }),
      { numRuns: 500 },
    )
  })

  it('are bounded, however uneven the counts are', () => {
    fc.assert(
      fc.property(large, (entries) => {
        const k = 46
        assert.ok(tableOf(entries).encode().length <= 2 * CELLS * (8 + (1024 + BUCKETS * k) / 8) + 4)
      }),
      { numRuns: 50 },
    )
    // All in one bucket of every cell: what a unit that never sleeps makes of it.
    const entries = Array.from({ length: CELLS }, (_, cell): Entry => ({
      cohort: 0,
      bucket: 3,
      cell,
      count: 1_000_000,
    }))
    assert.ok(tableOf(entries).encode().length < 3000)
  })

  it('take less than half of a byte for each count of a busy table', () => {
    const entries = Array.from({ length: 20_000 }, (_, at): Entry => ({
      cohort: (at & 1) as 0 | 1,
      bucket: (at * 7919) % BUCKETS,
      cell: (at * 104_729) % CELLS,
      count: 1,
    }))
    assert.ok(tableOf(entries).encode().length < 2 * BUCKETS * CELLS)
  })
})
