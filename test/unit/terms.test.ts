import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Term } from '../../src/evidence/term.ts'
import { cellTerm, ratioTerm } from '../../src/evidence/terms.ts'
import { fill, numbersOf } from '../support/terms.ts'

const BUCKETS = 6
const BINS = 3
const SCORES = [[-1, 0, 1], [1, -0.5, 1]] as const // prettier-ignore

const table = fc.array(fc.nat(20), { minLength: BUCKETS * BINS, maxLength: BUCKETS * BINS, size: 'max' })
const row = fc.array(fc.nat(20), { minLength: BUCKETS, maxLength: BUCKETS, size: 'max' })
const cells = (control: number[], candidate: number[]): Term => cellTerm(control, candidate, BUCKETS, BINS, SCORES)
const sum = (values: Iterable<number>): number => [...values].reduce((all, value) => all + value, 0)
const isNear = (x: number, y: number): boolean => Math.abs(x - y) <= 1e-9 * (1 + Math.abs(y))

describe('the term of a slice, cells', () => {
  it('is all zero where control or candidate is missing, events and counts too', () => {
    const some = Array.from({ length: BUCKETS * BINS }, (_, at) => at)
    const none = new Array<number>(BUCKETS * BINS).fill(0)
    const scratch = new Term({ buckets: BUCKETS, bins: BINS, tables: 2 })
    fill(scratch, () => 7)
    for (const [control, candidate] of [
      [some, none],
      [none, some],
      [none, none],
    ] as const) {
      assert.ok(numbersOf(cells(control, candidate)).every((value) => value === 0))
      assert.ok(numbersOf(cellTerm(control, candidate, BUCKETS, BINS, SCORES, scratch)).every((value) => value === 0))
    }
  })

  it('is exactly 0 where both cohorts counted the same', () => {
    fc.assert(fc.property(table, (counts) => cells(counts, counts).r.every((value) => value === 0)))
  })

  it('changes its sign when the cohorts change places', () => {
    fc.assert(
      fc.property(table, table, (control, candidate) => {
        const term = cells(control, candidate)
        const swapped = cells(candidate, control)
        assert.ok(term.r.every((value, at) => isNear(value, -swapped.r[at]!)))
        assert.deepEqual(term.floor, swapped.floor)
        assert.equal(term.w, swapped.w)
      }),
    )
  })

  it('grows in proportion when every count does', () => {
    fc.assert(
      fc.property(table, table, fc.integer({ min: 2, max: 50 }), (control, candidate, factor) => {
        const term = cells(control, candidate)
        const larger = cells(
          control.map((count) => count * factor),
          candidate.map((count) => count * factor),
        )
        assert.ok(numbersOf(larger).every((value, at) => isNear(value, numbersOf(term)[at]! * factor)))
      }),
    )
  })

  it('moves nothing in sum over its cells, and the effect of a cell is the difference of shares', () => {
    fc.assert(
      fc.property(table, table, (control, candidate) => {
        const term = cells(control, candidate)
        for (let h = 0; h < BUCKETS; h += 1) {
          assert.ok(Math.abs(sum(term.r.subarray(h * BINS, (h + 1) * BINS))) < 1e-9)
        }
        if (term.w === 0) return
        const share = (counts: number[], j: number): number =>
          sum(counts.filter((_, at) => at % BINS === j)) / sum(counts)
        for (let j = 0; j < BINS; j += 1) {
          const effect = (term.evenSums[j]! + term.oddSums[j]!) / term.w
          assert.ok(isNear(effect, share(candidate, j) - share(control, j)))
        }
      }),
    )
  })

  it('carries events by bucket, counts by cell, and the sums of its even and odd buckets', () => {
    const control = Array.from({ length: BUCKETS * BINS }, (_, at) => at % 5)
    const candidate = Array.from({ length: BUCKETS * BINS }, (_, at) => at % 4)
    const term = cells(control, candidate)
    assert.deepEqual([...term.events[0]].slice(0, 2), [0 + 1 + 2, 3 + 4 + 0])
    assert.deepEqual([...term.events[1]].slice(0, 2), [0 + 1 + 2, 3 + 0 + 1])
    assert.deepEqual(sum(term.counts[0]), sum(control))
    assert.equal(term.counts[1][2], sum(candidate.filter((_, at) => at % BINS === 2)))
    for (let j = 0; j < BINS; j += 1) {
      const ofBuckets = (odd: number): number => sum([0, 2, 4].map((h) => term.r[(h + odd) * BINS + j]!))
      assert.ok(isNear(term.evenSums[j]!, ofBuckets(0)) && isNear(term.oddSums[j]!, ofBuckets(1)))
    }
  })

  it('knows of each cell whether either cohort counted anything in it', () => {
    const one = (bin: number): number[] => Array.from({ length: BUCKETS * BINS }, (_, at) => (at === bin ? 1 : 0))
    for (const [control, candidate, empty] of [
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
    ] as const) {
      const term = cells(one(control), one(candidate))
      assert.deepEqual(
        [0, 1, 2].filter((bin) => term.countsNothing(bin)),
        [empty],
      )
    }
  })

  it('has no variance where all values lie in one cell', () => {
    const one = Array.from({ length: BUCKETS * BINS }, (_, at) => (at % BINS === 1 ? 3 : 0))
    assert.ok(cells(one, one).floor.every((floor) => floor === 0))
  })
})

describe('the term of a slice, ratios', () => {
  it('agrees with cells where the numerator counts some of the denominator', () => {
    fc.assert(
      fc.property(row, row, row, row, (yA, restA, yB, restB) => {
        const interleave = (y: number[], rest: number[]): number[] => y.flatMap((count, h) => [count, rest[h]!])
        const nA = yA.map((count, h) => count + restA[h]!)
        const nB = yB.map((count, h) => count + restB[h]!)
        const ratio = ratioTerm(yA, nA, yB, nB)
        const two = cellTerm(interleave(yA, restA), interleave(yB, restB), BUCKETS, 2, [])
        assert.ok(ratio.r.every((value, h) => isNear(value, two.r[h * 2]!)))
        assert.ok(isNear(ratio.w, two.w) && isNear(ratio.floor[0]!, two.floor[0]!))
        assert.ok(isNear(ratio.evenSums[0]!, two.evenSums[0]!) && isNear(ratio.oddSums[0]!, two.oddSums[0]!))
        assert.deepEqual(ratio.events, two.events)
        assert.equal(ratio.counts[0][0], two.counts[0][0])
      }),
    )
  })

  it('carries the weighted pooled rate, slice by slice', () => {
    const term = ratioTerm([2, 0], [10, 10], [2, 4], [10, 10])
    assert.ok(isNear(term.mu, 0.2))
    term.add(ratioTerm([20, 20], [50, 50], [20, 20], [50, 50])) // w 50 at 0.4, after w 10 at 0.2
    assert.ok(isNear(term.mu, (10 * 0.2 + 50 * 0.4) / 60))
    assert.equal(new Term({ buckets: 2, bins: 1, tables: 0 }).mu, 0)
  })

  it('has no floor for sums of money, nor where a count per event passes 1', () => {
    assert.equal(ratioTerm([2, 1], [10, 10], [2, 4], [10, 10], 'none').floor[0], 0)
    assert.equal(ratioTerm([20, 20], [10, 10], [20, 20], [10, 10]).floor[0], 0)
  })

  it('is all zero where control or candidate has no denominator', () => {
    assert.ok(numbersOf(ratioTerm([1, 1], [0, 0], [2, 4], [10, 10])).every((value) => value === 0))
    assert.ok(numbersOf(ratioTerm([1, 1], [3, 3], [0, 0], [0, 0])).every((value) => value === 0))
  })
})
