import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Term } from '../../src/evidence/term.ts'
import type { CellsFrozen } from '../../src/ledger/record.ts'
import { binIndex } from '../../src/sketch/bin-index.ts'
import { NumericTeller } from '../../src/verdict/checks/numeric-check.ts'
import type { Question } from '../../src/verdict/question.ts'

/** Cells of quantiles of the values 0 to 1000; the candidate's counts by cell, the control's as they were. */
function tell(kind: 'location' | 'spread', cuts: readonly number[], candidate: readonly number[]): string {
  const counts = candidate.map(() => 100)
  const frozen = { cells: { kind: 'numeric', cuts }, counts } as unknown as CellsFrozen
  const term = new Term({ buckets: 1, bins: counts.length, tables: 0 })
  term.counts[0].set(counts)
  term.counts[1].set(candidate)
  return new NumericTeller(frozen).tell(term, { kind } as unknown as Question)
}

const CUTS = [1, 200, 400, 600, 800, 1000].map((value) => binIndex(value, 0))

describe('values that all became one', () => {
  it('are told by the cell they lie in, not by quantiles made up inside it', () => {
    const stuck = [0, 0, 0, 500, 0, 0, 0]
    assert.match(tell('spread', CUTS, stuck), /^middle 80 % in \(400, 600\] in the candidate against from .+ to .+ in the control$/) // prettier-ignore
    assert.match(tell('location', CUTS, stuck), /^median in \(400, 600\] in the candidate against about 500 in the control$/) // prettier-ignore
  })

  it('and always were one, have a cell without width', () => {
    const five = binIndex(5, 0)
    assert.match(tell('location', [five - 1, five], [0, 500, 0]), /^median about 5 in the candidate/)
  })
})
