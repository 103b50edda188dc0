import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  contrastsOf,
  contrastsThatReach,
  evaluate,
  isSettledByScalars,
  strongestCells,
  thresholdsOf,
} from '../../src/evidence/field-contrasts.ts'
import { scoreTables } from '../../src/evidence/quantile-cuts.ts'
import type { Term } from '../../src/evidence/term.ts'
import { cellTerm, ratioTerm } from '../../src/evidence/terms.ts'

const BUCKETS = 16
const BINS = 4
const { p1, p2 } = scoreTables([10, 20, 30, 10])
const SCORES = [p1, p2]

const table = fc.array(fc.nat(30), { minLength: BUCKETS * BINS, maxLength: BUCKETS * BINS, size: 'max' })
/** Candidates that lean to one side in some runs, so that thresholds are really reached. */
const term = fc.tuple(table, table, fc.constantFrom(0, 0, 5, 20)).map(([control, candidate, lean]) =>
  cellTerm(
    control,
    candidate.map((count, at) => (at % BINS === 0 ? count + lean : count)),
    BUCKETS,
    BINS,
    SCORES,
  ),
)

const budget = { alphaRelease: 0.01, share: 0.5, metrics: 20, levels: 3, panes: 288 }

describe('the contrasts of a metric', () => {
  it('come in the order of the law, with weights that add up to 1', () => {
    const named = (kind: Parameters<typeof contrastsOf>[0]): (readonly [string, number])[] =>
      contrastsOf(kind, 4).map((plan) => [plan.kind, plan.weight] as const)
    const cells = (weight: number) => new Array(4).fill(['cell', weight])
    assert.deepEqual(named('numeric'), [['location', 0.3], ['spread', 0.2], ...cells(0.3 / 4), ['omnibus', 0.2]]) // prettier-ignore
    assert.deepEqual(named('categorical'), [...cells(0.8 / 4), ['omnibus', 0.2]])
    assert.deepEqual(named('representation'), cells(0.25))
    assert.deepEqual(named('rate'), [['rate', 1]])
    for (const kind of ['numeric', 'categorical', 'representation', 'rate'] as const) {
      const total = contrastsOf(kind, 13).reduce((sum, { weight }) => sum + weight, 0)
      assert.ok(Math.abs(total - 1) < 1e-12)
    }
  })

  it('pay for what they get: small weights need a larger z, all cells the same', () => {
    const plans = contrastsOf('numeric', 4)
    const thresholds = thresholdsOf(plans, budget)
    assert.equal(thresholds.length, plans.length)
    assert.equal(thresholds[0]!.length, budget.levels + 1)
    assert.ok(thresholds[2]![0]! > thresholds[0]![0]!)
    assert.equal(thresholds[2], thresholds[5])
  })
})

describe('what a window reaches', () => {
  const plans = contrastsOf('numeric', BINS)

  it('is the same whether scalars or buckets settle it', () => {
    let reachedCount = 0
    fc.assert(
      fc.property(term, fc.double({ min: 1, max: 5, noNaN: true }), (window, required) => {
        const reached = contrastsThatReach(window, plans, SCORES, () => required)
        const naive = plans.flatMap((plan, contrast) => {
          const result = evaluate(window, plan, SCORES)
          return (plan.kind === 'omnibus' ? result.z : Math.abs(result.z)) >= required ? [{ contrast, result }] : []
        })
        reachedCount += naive.length
        assert.deepEqual(reached, naive)
      }),
      { numRuns: 400 },
    )
    assert.ok(reachedCount > 100, 'the runs reach thresholds at all')
  })

  it('is nothing without weight', () => {
    const empty = cellTerm(new Array(64).fill(0), new Array(64).fill(1), BUCKETS, BINS, SCORES)
    assert.deepEqual(contrastsThatReach(empty, plans, SCORES, () => 0), []) // prettier-ignore
  })

  it('includes what lies exactly on the threshold', () => {
    // Independent events: v is the floor, and z = u/√floor exactly.
    const window = ratioTerm(
      new Array(16).fill(3),
      new Array(16).fill(10),
      new Array(16).fill(4),
      new Array(16).fill(10),
    )
    const [plan] = contrastsOf('rate')
    const { z, v } = evaluate(window, plan!, [])
    assert.equal(v, window.floor[0])
    assert.equal(contrastsThatReach(window, [plan!], [], () => z).length, 1)
    assert.equal(contrastsThatReach(window, [plan!], [], () => z + 1e-12).length, 0)
    assert.equal(isSettledByScalars(window, plan!, [], z + 1e-12), false, 'so near, only the buckets decide')
    assert.equal(isSettledByScalars(window, plan!, [], z + 0.001), true)
  })

  it('asks the buckets of a ratio of sums, which has no floor', () => {
    const window = ratioTerm([1, 2], [10, 10], [2, 2], [10, 10], 'none')
    assert.equal(isSettledByScalars(window, contrastsOf('rate')[0]!, [], 100), false)
  })

  it('takes an omnibus only where odd buckets agree with even ones, cells in either direction', () => {
    const rows = (even: number[], odd: number[]): number[] =>
      Array.from({ length: BUCKETS }, (_, h) => (h % 2 === 0 ? even : odd)).flat()
    const flat = rows([50, 50, 50, 50], [50, 50, 50, 50])
    const against = cellTerm(flat, rows([90, 10, 50, 50], [10, 90, 50, 50]), BUCKETS, BINS, SCORES)
    assert.deepEqual(contrastsThatReach(against, plans, SCORES, () => 2), []) // prettier-ignore
    const down = cellTerm(flat, rows([10, 50, 50, 90], [10, 50, 50, 90]), BUCKETS, BINS, SCORES)
    const kinds = contrastsThatReach(down, plans, SCORES, () => 2).map(({ contrast }) => plans[contrast]!)
    assert.ok(kinds.some(({ kind, cell }) => kind === 'cell' && cell === 0))
    assert.ok(kinds.some(({ kind }) => kind === 'omnibus'))
  })
})

describe('the strongest cells', () => {
  const withSums = (sums: number[], floors: number[]): Term => {
    const window = cellTerm(new Array(64).fill(1), new Array(64).fill(1), BUCKETS, BINS, [])
    sums.forEach((u, cell) => ((window.evenSums[cell] = u - 1), (window.oddSums[cell] = 1)))
    window.floor.set(floors)
    return window
  }

  it('come by u²/floor, ties in their order, without those that have no variance', () => {
    assert.deepEqual(strongestCells(withSums([3, -4, 5, 0], [1, 1, 100, 0]), 4), [1, 0, 2])
    assert.deepEqual(strongestCells(withSums([2, -2, 2, 2], [1, 1, 1, 1]), 3), [0, 1, 2])
  })
})
