import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellTerm } from '../../src/evidence/terms.ts'
import type { CellsFrozen } from '../../src/ledger/record.ts'
import { binIndex } from '../../src/sketch/bin-index.ts'
import { CategoryTeller } from '../../src/verdict/checks/categorical-check.ts'
import { NumericTeller } from '../../src/verdict/checks/numeric-check.ts'
import type { Effect } from '../../src/verdict/check.ts'
import { effectOf } from '../../src/verdict/question.ts'
import type { Question, Reading } from '../../src/verdict/question.ts'
import { tellInterval, withinShares } from '../../src/verdict/tell.ts'

/** Cells that end at 0, 1, 2 … 10, and one above. */
const CUTS = Array.from({ length: 11 }, (_, value) => binIndex(value, 0))
const COUNTS = [0, ...new Array<number>(10).fill(100), 0]
const TELLER = new NumericTeller({ cells: { kind: 'numeric', cuts: CUTS }, counts: COUNTS } as unknown as CellsFrozen)

/** Even over 0 to 10 in the control; over 0 to 5 in the candidate. */
const TERM = cellTerm([0, ...new Array<number>(10).fill(10), 0], [0, ...new Array<number>(5).fill(20), ...new Array<number>(6).fill(0)], 1, 12, []) // prettier-ignore
const told = (kind: Question['kind'], cell = -1) => TELLER.tell(TERM, { kind, cell } as Question)

describe('the figures of a numeric field', () => {
  it('are medians where values moved', () => {
    assert.equal(told('location'), 'median about 2.5 in the candidate against about 5 in the control')
  })

  it('are the tenth and the ninetieth of a hundred where the spread changed', () => {
    const middle = 'middle 80 % from about 0.5 to about 4.5 in the candidate against from about 1 to about 9'
    assert.equal(told('spread'), `${middle} in the control`)
  })

  it('are shares of a cell, and of the three that moved most where the shape changed', () => {
    assert.equal(told('cell', 7), '0.0 % of candidate values are in (6, 7] against 10.0 % of control')
    assert.equal(told('omnibus').split('; ').length, 3)
  })
})

describe('an interval', () => {
  const shown = (name: Effect['name']) => tellInterval({ name, estimate: 0.9, low: 0.5, high: 1.3 })

  it('of shares ends where shares end: no two differ by more than all', () => {
    assert.equal(shown('difference'), '+90.0 pp [+50.0, +100.0]')
    assert.equal(tellInterval({ name: 'share', estimate: -0.9, low: -1.3, high: -0.5 }), '-90.0 pp [-100.0, -50.0]')
    assert.equal(shown('relative'), '+90.0 % [+50.0, +130.0]')
    assert.equal(shown('location'), '+0.90 [+0.50, +1.30]')
  })

  it('is told and reported alike', () => {
    const reading = { z: 9, estimate: 0.9, se: 0, oneEvent: 0, low: 0.5, high: 1.3 }
    assert.equal(effectOf({ effect: 'share', effectMin: 0.01 } as Question, reading).high, 1)
    assert.equal(effectOf({ effect: 'omnibus' } as Question, { ...reading, low: null, high: null }).high, null)
  })

  it('never leaves its estimate out: a record with two violations counts twice', () => {
    assert.deepEqual(withinShares({ name: 'difference', estimate: 1.2, low: 1.1, high: 1.3 }), {
      ...{ name: 'difference', estimate: 1.2, low: 1.1, high: 1.2 },
    })
  })
})

describe('the figures of a categorical field', () => {
  it('are shares of a name, and of the three that moved most where the shape changed', () => {
    const cells = { kind: 'names', names: ['a', 'b', 'c', 'd'] }
    const teller = new CategoryTeller({ cells, counts: [5, 5, 5, 5, 0] } as unknown as CellsFrozen, 's', 0)
    const term = cellTerm([25, 25, 25, 25, 0], [40, 34, 10, 16, 0], 1, 5, [])
    const of = (kind: Question['kind'], cell = -1) => teller.tell(term, { kind, cell } as Question, {} as Reading, 0)
    assert.equal(of('cell', 3), '16.0 % of candidate values are "d" against 25.0 % of control')
    assert.deepEqual(of('omnibus').match(/"."/g), ['"c"', '"a"', '"d"'])
  })
})
