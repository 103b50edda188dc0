import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BinTable } from '../../src/sketch/bin-table.ts'
import { BucketCounts } from '../../src/sketch/bucket-counts.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { CategoryTable } from '../../src/sketch/category-table.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'
import { SumTable } from '../../src/sketch/sum-table.ts'
import { UnitSample } from '../../src/sketch/unit-sample.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'

const A = 97
const ONE = doubleBytes(1)
const TWO = doubleBytes(2)
/** Zigzag of the index of 1 at shift 20, 1024: one bin an octave. */
const BIN_OF_1 = [0x80, 0x10]

/**
 * One form a sketch. Each row is bytes by hand that a reader must take, or must refuse for the reason named: a second form
 * of the same content would give one slice two digests.
 */
const CASES: Record<
  string,
  { decode(bytes: Uint8Array): { encode(): Uint8Array }; rows: [number[], RegExp | null][] }
> = {
  'bucket counts': {
    decode: BucketCounts.decode,
    rows: [
      [[], null],
      [[2, 0], null],
      [[2, 0x80, 0], /longer than needed/],
      [[3, 1], /canonical/],
      [[3, 8], null],
      [[2, 7, 0], /canonical/],
      [[0], /empty counts/],
      [[2, 0, 0], /bytes too many/],
      [[2], /too early/],
      [[2, 0x80, 0x10], /more than 256/],
      [[5, 0, 0, 0, 9], /runs of zeros/],
      [[3, 255, 255, 255, 255, 255, 255, 255, 127], /above/],
    ],
  },
  'sum table': {
    decode: SumTable.decode,
    rows: [
      [[2], null],
      [[0, 0, 1], null],
      [[0, 0, 0], /runs of zeros/],
      [[0, 0], /too early/],
      [[0x82, 0], /longer than needed/],
      [[0, 0xff, 1, 2], /more than 256/],
      [new Array(400).fill(0x81), /too large/],
    ],
  },
  'value histogram': {
    decode: ValueHistogram.decode,
    rows: [
      [[0], null],
      [[1, 20, ...ONE, ...ONE, ...BIN_OF_1, 1], null],
      [[2, 20, ...ONE, ...TWO, ...BIN_OF_1, 1, 0, 5], null],
      [[2, 20, ...ONE, ...TWO, ...BIN_OF_1, 1, 0, 0], /empty bin/],
      [[1, 20, ...TWO, ...ONE, ...BIN_OF_1, 1], /minimum/],
      [[1, 20, ...ONE, ...TWO, ...BIN_OF_1, 1], /maximum/],
      [[1, 32, ...ONE, ...ONE, ...BIN_OF_1, 1], /shift/],
      [[1, 20, ...doubleBytes(NaN), ...ONE, ...BIN_OF_1, 1], /minimum/],
      [[1, 20, ...doubleBytes(-0), ...doubleBytes(0), 0, 1], /minimum/],
      [[1, 20, ...ONE, ...ONE, 0xfe, 0xff, 1, 1], /finite/],
      [[0x82, 8], /above 1025/],
    ],
  },
  'bin table': {
    decode: BinTable.decode,
    rows: [
      [[0], null],
      [[1, 0, 2, 1, 0, 0x80], null],
      [[2, 0, 2, 0, 1, 0, 0, 0, 0x80], /without a count/],
      [[2, 0, 2, 0, 1, 0, 0, 1, 0x80, 0x80], null],
      [[65], /above 64/],
    ],
  },
  'category table': {
    decode: CategoryTable.decode,
    rows: [
      [[0], null],
      [[1, 1, A, 1, 0, 0x80], null],
      [[1, 1, A, 0, 0], /without a count/],
      [[2, 1, A + 1, 1, A, 4, 0, 0, 0], /order/],
      [[2, 1, A, 1, A, 4, 0, 0, 0], /order/],
      [[1, 1, 0xff, 2, 0, 0], /UTF-8/],
      [[1, 0x81, 1, ...new Array(129).fill(A), 2, 0, 0], /too long/],
      [[65], /65 bins/],
    ],
  },
  'category counts': {
    decode: CategoryCounts.decode,
    rows: [
      [[0], null],
      [[1, 1, A, 3], null],
      [[1, 1, A, 0], /without a count/],
      [[2, 1, A + 1, 1, 1, A, 1], /order/],
      [[1, 0xff, 3, 1], /above 384/],
    ],
  },
  'unit sample': {
    decode: UnitSample.decode,
    rows: [
      [[4, 0], null],
      [[4, 2, 1, 9, 0, 0, 0], null],
      [[4, 4, 1, 9, 0, 0, 0, 1, 9, 0, 0, 0], /order/],
      [[4, 2, 0, 9, 0, 0, 0], /without a cohort/],
      [[4, 3, 0, 0, 0, 0, 8, 0, 0, 0, 1, 9, 0, 0, 0], /above the limit/],
      [[4, 10], /above 9/],
      [[0, 0], /capacity/],
    ],
  },
  'cell table': {
    decode: CellTable.decode,
    rows: [
      [[7, 2, 0, 0, 0, 0], null],
      [[7, 2, 0, 0, 0], /too early/],
      // One in the first bucket, and one in the last: a step of 255 is one zero, a one, seven bits of 127.
      [[7, 1, 1, 0, 0b1_0000000], null],
      [[7, 1, 0, 1, 0b01_111111, 0b1_0000000], null],
      [[7, 1, 1, 0], /too early/],
      [[7, 1, 1, 0, 0b001_00000, 0b00_000000], /beyond the last bucket/],
      [[7, 1, 1, 0, 0, 0, 0, 0, 0], /too early/],
      [[7, 1, 1, 0, 0b01_111111, 0b1_0000001], /as many bits/],
      [[7, 1, 1, 0, 0b1_0000000, 0], /as many bits/],
      [[7, 1, 0, 0, 0], /as many bits/],
      // The bits of a number beyond the end: 70 ones in the first bucket, and six steps of 0 are missing.
      [[7, 1, 70, 0, ...new Array(24).fill(0b100_100_10)], /too early|beyond/],
      // 200: zeros for the first bucket's, and a one for each bucket.
      [[7, 1, 0x80 + 72, 1, 0, ...new Array(25).fill(0), ...new Array(32).fill(0xff)], null],
      [[7, 1, 0x80 + 72, 1, 0, ...new Array(32).fill(0xff)], /not their total/],
      [[7, 1, 0x80 + 72, 1, 0, ...new Array(26).fill(0), ...new Array(32).fill(0xff)], /not their total/],
      [[7, 1, 0x80 + 72, 1, 0, ...new Array(25).fill(0), ...new Array(31).fill(0xff)], /too early/],
      [[7, 2, ...new Array(7).fill(0xff), 15, 1, 0, 0], /too large/],
      [[7, 0x81, 2, 0, 0], /above 256/],
      // 2^1029 times nothing is no number.
      [[...new Array(149).fill(0x80), 1, 2, 0, 0], /above/],
    ],
  },
}

for (const [name, { decode, rows }] of Object.entries(CASES)) {
  describe(`bytes of a ${name}`, () => {
    for (const [bytes, reason] of rows) {
      const title = bytes.length > 40 ? `${bytes.slice(0, 5).join(' ')} …` : bytes.join(' ')
      it(`[${title}] ${reason === null ? 'are read and written alike' : `are refused: ${reason.source}`}`, () => {
        if (reason === null) assert.deepEqual([...decode(Uint8Array.from(bytes)).encode()], bytes)
        else assert.throws(() => decode(Uint8Array.from(bytes)), { code: 'EVENKEEL_RECORD_CORRUPT', message: reason })
      })
    }
  })
}

function doubleBytes(value: number): number[] {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [...bytes]
}
