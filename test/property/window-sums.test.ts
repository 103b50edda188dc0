import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { offeredWindows } from '../../src/evidence/ladder.ts'
import { Term } from '../../src/evidence/term.ts'
import { WindowSums } from '../../src/evidence/window-sums.ts'
import { fill, numbersOf } from '../support/terms.ts'

const SHAPE = { buckets: 2, bins: 1, tables: 0 }
/** The buckets of `termOf` begin at its eighth number. */
const RATIO = 8

/** Whole numbers add exactly in any order, so the sums must be equal, not near. */
function termOf(value: number): Term {
  return fill(new Term(SHAPE), (at) => value * (at + 1))
}

/** The naive twin: keeps every slice and adds them again for each window. */
function addAgain(values: readonly (number | null)[], start: number, end: number): Term {
  return termOf(values.slice(start, end).reduce<number>((sum, value) => sum + (value ?? 0), 0))
}

function checkAll(values: readonly (number | null)[], levels: number, begin: number, notBefore: number): void {
  const sums = new WindowSums({ ...SHAPE, levels, begin })
  for (let T = begin + 1; T <= values.length; T += 1) {
    const value = values[T - 1]!
    sums.add(value === null ? null : termOf(value))
    const offered = sums.offered(notBefore)
    assert.deepEqual(
      offered.map(({ sums: _, ...window }) => window),
      offeredWindows(T, levels, Math.max(notBefore, begin)),
    )
    for (const { start, end, sums: term } of offered) {
      assert.deepEqual(numbersOf(term), numbersOf(addAgain(values, start, end)), `[${start}, ${end})`)
    }
    assert.deepEqual(numbersOf(sums.whole.sums), numbersOf(addAgain(values, begin, T)))
  }
}

describe('sums of the windows', () => {
  const values = fc.array(fc.option(fc.integer({ min: -9, max: 9 }), { freq: 5 }), {
    minLength: 1,
    maxLength: 150,
    size: 'max',
  })

  it('equal adding every slice again, for any number of levels, begin and mark', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 8 }), fc.nat(40), fc.nat(60), (slices, levels, begin, notBefore) =>
        checkAll(slices, levels, begin, notBefore),
      ),
      { numRuns: 60 },
    )
  })

  it('equal adding again over ten levels and more slices than the longest block', () => {
    const sums = new WindowSums({ ...SHAPE, levels: 10 })
    const prefix = [0]
    for (let T = 1; T <= 2200; T += 1) {
      const value = (T * 7919) % 23
      prefix.push(prefix[T - 1]! + value)
      sums.add(termOf(value))
      for (const { start, end, sums: term } of sums.offered()) {
        assert.equal(term.floor[0], prefix[end]! - prefix[start]!, `[${start}, ${end})`)
        assert.equal(term.r[0], RATIO * term.floor[0], `[${start}, ${end})`)
      }
    }
  })

  it('have to the bit the same whole, however seldom somebody asks for it', () => {
    const wide = { buckets: 4, bins: 9, tables: 0 }
    const slices = fc.array(
      fc.record({ value: fc.double({ min: -1, max: 1, noNaN: true }), bucket: fc.nat(3), isAsked: fc.boolean() }),
      { minLength: 1, maxLength: 60, size: 'max' },
    )
    // A bucket without events holds nothing: only one of the four has any.
    const sparse = (value: number, bucket: number): Term => {
      const term = new Term(wide)
      term.events[0][bucket] = 1
      term.floor[0] = value
      for (let bin = 0; bin < wide.bins; bin += 1) term.r[bucket * wide.bins + bin] = value / (bin + 1)
      return term
    }
    fc.assert(
      fc.property(slices, fc.integer({ min: 1, max: 4 }), fc.nat(3), (each, levels, begin) => {
        const sums = new WindowSums({ ...wide, levels, begin })
        const naive = new Term(wide)
        for (const { value, bucket, isAsked } of each) {
          sums.add(sparse(value, bucket))
          naive.add(sparse(value, bucket))
          if (isAsked) assert.deepEqual(numbersOf(sums.whole.sums), numbersOf(naive))
        }
        assert.deepEqual(numbersOf(sums.whole.sums), numbersOf(naive))
        assert.deepEqual(numbersOf(sums.copy().whole.sums), numbersOf(naive))
      }),
      { numRuns: 60 },
    )
  })

  it('stay few whatever the horizon: 1.5 MB for a field of 18 cells, 5 MB for hash bins', () => {
    const sums = new WindowSums({ ...SHAPE, levels: 10 })
    let sizeMax = 0
    for (let T = 1; T <= 4032; T += 1) {
      sums.add(null)
      sizeMax = Math.max(sizeMax, sums.size)
    }
    assert.equal(sizeMax, 21)
    const kept = sizeMax + 1 + 1 // the whole window, and a spare one
    assert.ok(kept * 8 * numbersOf(new Term({ buckets: 256, bins: 18, tables: 2 })).length <= 1.5e6)
    assert.ok(kept * 8 * numbersOf(new Term({ buckets: 256, bins: 64, tables: 0 })).length <= 5e6)
  })

  it('start anew for the whole window at a release, while the ladder goes on', () => {
    const sums = new WindowSums({ ...SHAPE, levels: 2 })
    for (const value of [1, 2, 3]) sums.add(termOf(value))
    sums.restartWhole()
    assert.deepEqual([sums.whole.start, sums.whole.end, sums.whole.sums.floor[0]], [3, 3, 0])
    sums.add(termOf(5))
    assert.deepEqual([sums.whole.start, sums.whole.end, sums.whole.sums.floor[0]], [3, 4, 5])
    assert.equal(sums.offered().find(({ start }) => start === 1)?.sums.floor[0], 2 + 3 + 5)
  })

  it('keep what was added when the caller uses its term again', () => {
    const sums = new WindowSums({ ...SHAPE, levels: 1 })
    const scratch = termOf(4)
    sums.add(scratch)
    scratch.clear()
    assert.equal(sums.offered()[0]!.sums.floor[0], 4)
  })
})
