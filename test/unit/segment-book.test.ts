import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PanesConfig } from '../../src/config/shape.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { SegmentBook } from '../../src/slice/segment-book.ts'
import type { Slice } from '../../src/slice/slice.ts'

const LENGTH_MS = 300_000
const PLAN = { stream: 's', fields: [{ name: 'country', role: 'segment' }] } as unknown as StreamPlan
const PANES = {
  lengthMs: LENGTH_MS,
  latenessMs: 60_000,
  aheadMs: 3_600_000,
  completeWithinMs: 3_600_000,
} as PanesConfig

/** 25 countries in each slice, c00 once, c01 twice and so on. */
function bookAfter(slices: number): SegmentBook {
  const book = new SegmentBook([PLAN], PANES, true)
  const counts = new CategoryCounts()
  for (let at = 0; at < 25; at++) counts.add(`c${String(at).padStart(2, '0')}`, at + 1)
  const tallies = { cohorts: [], fields: [{ categories: [counts], counts: [] }] }
  for (let number = 1; number <= slices; number++) {
    const startMs = (number - 1) * LENGTH_MS
    book.addSlice({ number, startMs, lengthMs: LENGTH_MS, streams: [{ name: 's', tallies }] } as unknown as Slice)
  }
  return book
}

describe('the values of a segment that are counted inside', () => {
  it('are known after a day of 288 slices', () => {
    assert.equal(bookAfter(287).due, null)
    assert.equal(bookAfter(288).due?.afterNumber, 288)
  })

  it('are the twenty most frequent', () => {
    assert.deepEqual(
      bookAfter(288).due?.fields[0]?.values,
      Array.from({ length: 20 }, (_, at) => `c${String(at + 5).padStart(2, '0')}`),
    )
  })
})
