import { stepOfLevel } from './z-required.ts'

/**
 * The ladder of windows: after every slice, which windows are looked at (docs/statistics.md 4; golden section
 * `evidence-sequence`).
 *
 * Slices are cut into blocks of g = 2^l, l = 0 … levels−1, counted from the stream's first slice. Of every level the last
 * two and the last three completed blocks are looked at, with the slices after them:
 *
 *   g = 4      |   8..11   |  12..15   |  16..19   | 20 21      T = 22
 *   blocks = 2             [-----------------------------)     start 12
 *   blocks = 3 [-----------------------------------------)     start  8
 *
 * So some window is at most a third (from level 6, which is looked at every half block, a half) longer than the age of
 * any change, and a change is never diluted much.
 */
export interface Window {
  /** 0: the slice itself; l + 1: level l. Each class has its own part of the budget. */
  cls: number
  /** −1 for the slice itself. */
  level: number
  /** Completed blocks in it: 2 or 3; 0 for the slice itself. */
  blocks: 0 | 2 | 3
  /** Slices [start, end), counted from 0 at the stream's first slice; end = T. */
  start: number
  end: number
}

/** With fewer than three slices nothing is judged. */
export const JUDGED_FROM_SLICE = 3

/**
 * The windows offered after slice `T` (1-based): the slice itself, then by level two blocks, three blocks.
 * @param notBefore windows that start earlier are left out: an alert's `mark`, or the cells' cut
 */
export function offeredWindows(T: number, levels: number, notBefore = 0): readonly Window[] {
  if (T !== lastLadder.T || levels !== lastLadder.levels) lastLadder = { T, levels, ...ladderAt(T, levels) }
  const { windows, startMin } = lastLadder
  return notBefore <= startMin ? windows : windows.filter(({ start }) => start >= notBefore)
}

/** Thousands of comparisons ask for the same ladder, one after the other: it is made once a slice. */
let lastLadder = { T: 0, levels: 0, ...ladderAt(0, 0) }

function ladderAt(T: number, levels: number): { windows: readonly Window[]; startMin: number } {
  const windows: Window[] = []
  if (T >= 1) windows.push({ cls: 0, level: -1, blocks: 0, start: T - 1, end: T })
  for (let level = 0; level < levels; level += 1) {
    if (T % stepOfLevel(level) !== 0) continue
    const length = 1 << level
    const completed = Math.floor(T / length)
    for (const blocks of [2, 3] as const) {
      const start = (completed - blocks) * length
      if (start >= 0) windows.push({ cls: level + 1, level, blocks, start, end: T })
    }
  }
  return { windows, startMin: Math.min(...windows.map(({ start }) => start)) }
}
