import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import type { Cells, CellsFrozen } from '../../src/ledger/record.ts'
import type { CheckContext } from '../../src/verdict/checks/context.ts'
import { distributionQuestions } from '../../src/verdict/checks/distribution-questions.ts'

const CONTEXT = {
  config: { policy: POLICY_DEFAULTS },
  budget: { zRequired: (share: string, weight: number) => [share, weight] },
} as unknown as CheckContext
const NAMES: Cells = { kind: 'names', names: ['a', 'b', 'c'] }

/** `key margin`, where there is a margin. */
function headlines(check: 'numeric' | 'categorical' | 'representation', cells: Cells, counts: number[]): string[] {
  return distributionQuestions(CONTEXT, check, { cells, counts, cut: 1 } as CellsFrozen).flatMap(({ key, margin }) =>
    margin === null ? [] : [`${key} ${margin}`],
  )
}

describe('the questions of a distribution', () => {
  it('have cells of at least 2 % for headlines, with three times effectMin', () => {
    assert.deepEqual(headlines('categorical', NAMES, [9601, 199, 200, 0]), ['cell 1:0 0.03', 'cell 1:2 0.03'])
    assert.deepEqual(headlines('representation', NAMES, [9601, 199, 200, 0]), ['cell 1:0 0.03', 'cell 1:2 0.03'])
  })

  it('have every cell for a headline where none is that large', () => {
    const counts = Array.from({ length: 64 }, () => 10)
    assert.equal(headlines('categorical', { kind: 'hashed' }, counts).length, 64)
  })

  it('have location and spread for headlines of numbers', () => {
    const numeric: Cells = { kind: 'numeric', cuts: [1, 2] }
    assert.deepEqual(headlines('numeric', numeric, [0, 50, 50]), ['location 0.06', 'spread 0.06'])
  })

  it('ask less of cells that were empty at the cut, and of `new`, but not of segments', () => {
    const effectMinOf = (check: 'numeric' | 'categorical' | 'representation', cells: Cells, counts: number[]) =>
      distributionQuestions(CONTEXT, check, { cells, counts, cut: 1 } as CellsFrozen).flatMap(({ kind, effectMin }) =>
        kind === 'cell' ? [effectMin] : [],
      )
    assert.deepEqual(effectMinOf('categorical', NAMES, [5, 5, 5, 5]), [0.01, 0.01, 0.01, 0.005])
    assert.deepEqual(effectMinOf('numeric', { kind: 'numeric', cuts: [1, 2] }, [0, 5, 5]), [0.005, 0.01, 0.01])
    assert.deepEqual(effectMinOf('representation', NAMES, [5, 5, 5, 0]), [0.01, 0.01, 0.01, 0.01])
  })

  it('are paid for by features, and those of segments by population', () => {
    const shareOf = (check: 'categorical' | 'representation') =>
      distributionQuestions(CONTEXT, check, { cells: NAMES, counts: [5, 5, 5, 0], cut: 1 } as CellsFrozen)[0]!.zRequired
    assert.deepEqual(shareOf('categorical'), ['features', 0.8 / 4])
    assert.deepEqual(shareOf('representation'), ['population', 1 / 4])
  })
})
