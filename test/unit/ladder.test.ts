import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JUDGED_FROM_SLICE, offeredWindows } from '../../src/evidence/ladder.ts'

const starts = (T: number, levels: number, notBefore = 0): number[] =>
  offeredWindows(T, levels, notBefore).map(({ start }) => start)

describe('the ladder', () => {
  it('offers the slice, then by level two and three completed blocks with the slices after them', () => {
    assert.deepEqual(offeredWindows(7, 2), [
      { cls: 0, level: -1, blocks: 0, start: 6, end: 7 },
      { cls: 1, level: 0, blocks: 2, start: 5, end: 7 },
      { cls: 1, level: 0, blocks: 3, start: 4, end: 7 },
      { cls: 2, level: 1, blocks: 2, start: 2, end: 7 },
      { cls: 2, level: 1, blocks: 3, start: 0, end: 7 },
    ])
  })

  it('offers a level only when enough blocks are complete', () => {
    assert.deepEqual(starts(1, 10), [0])
    assert.deepEqual(starts(2, 10), [1, 0])
    assert.deepEqual(starts(3, 10), [2, 1, 0])
  })

  it('looks at long blocks every quarter block, from 64 slices every half block', () => {
    const offeredAt = (T: number): number[] => [...new Set(offeredWindows(T, 10).map(({ level }) => level))]
    assert.deepEqual(offeredAt(1001), [-1, 0, 1, 2])
    assert.deepEqual(offeredAt(1002), [-1, 0, 1, 2, 3])
    assert.deepEqual(offeredAt(1004), [-1, 0, 1, 2, 3, 4])
    assert.deepEqual(offeredAt(1000), [-1, 0, 1, 2, 3, 4, 5])
    assert.deepEqual(offeredAt(992), [-1, 0, 1, 2, 3, 4, 5, 6])
    assert.deepEqual(offeredAt(1280), [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('leaves out what starts before the mark', () => {
    assert.deepEqual(starts(7, 2, 4), [6, 5, 4])
    assert.deepEqual(starts(7, 2, 7), [])
  })

  it('leaves no gap: where all levels are looked at, each window is at most half longer than the next shorter one', () => {
    const lengths = [...new Set(offeredWindows(2560, 10).map(({ start, end }) => end - start))].sort((a, b) => a - b)
    assert.deepEqual(lengths.slice(0, 8), [1, 2, 3, 4, 6, 8, 12, 16])
    assert.equal(lengths.at(-1), 1536)
    for (let at = 2; at < lengths.length; at += 1) assert.ok(lengths[at]! <= 1.5 * lengths[at - 1]!)
  })

  it('judges nothing before the third slice', () => {
    assert.equal(JUDGED_FROM_SLICE, 3)
  })
})
