import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { NumericColumn } from '../../src/sketch/numeric-column.ts'
import { randomOf } from '../support/sketch-data.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const random = randomOf(3)
const COLUMNS = 30

/** What one field and cohort of an open pane may take. Buffers, not the small objects around them. */
describe('memory of an open numeric column', () => {
  for (const length of [30, 300, 3000, 7900]) {
    it(`${length} values a cohort take 5 bytes each and 2 kB`, () => {
      const size = bufferSizeOf(length)
      assert.ok(size <= 5 * length + 2000, `${size} bytes`)
    })
  }

  for (const length of [10_000, 60_000]) {
    it(`${length} values a cohort take 40 kB`, () => {
      const size = bufferSizeOf(length)
      assert.ok(size <= 40_000, `${size} bytes`)
    })
  }
})

/** Mean over some columns, so that buffers kept for reuse do not matter. */
function bufferSizeOf(length: number): number {
  filled(20_000)
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  const columns = Array.from({ length: COLUMNS }, () => filled(length))
  collectGarbage()
  const size = (process.memoryUsage().arrayBuffers - before) / COLUMNS / 2
  // Still in use, or there would be nothing to measure.
  for (const column of columns) assert.equal(column.close().histograms[0].count, length)
  return size
}

/** Twice: buffers are given back on another thread, and the second collection waits until those of the first are. */
function collectGarbage(): void {
  gc()
  gc()
}

function filled(length: number): NumericColumn {
  const column = new NumericColumn()
  for (let each = 0; each < length; each++) {
    for (const cohort of [0, 1] as const) column.add(cohort, Math.floor(random() * 256), Math.exp(3 * random()) - 2)
  }
  return column
}
