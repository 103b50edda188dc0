import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'
import type { Cells } from '../../src/ledger/record.ts'
import { zRequiredOfClasses } from '../../src/evidence/z-required.ts'
import { BaselineBudget } from '../../src/verdict/checks/baseline-budget.ts'
import { baselineQuestions } from '../../src/verdict/checks/baseline-questions.ts'

const POLICY = { ...POLICY_DEFAULTS, horizonMs: 0, expect: [] }
const BUDGET = { zRequired: (share: string, weight: number) => [share, weight] } as unknown as BaselineBudget
const NAMES: Cells = { kind: 'names', names: ['a', 'b', 'c'] }

describe('the questions against a baseline', () => {
  it('share eight tenths of the budget among the cells', () => {
    const questions = baselineQuestions('categorical', { cells: NAMES, counts: [5, 5, 5, 0] }, POLICY, BUDGET)
    assert.deepEqual(questions.map(({ zRequired }) => zRequired), new Array(4).fill(['features', 0.8 / 4])) // prettier-ignore
    assert.deepEqual(questions.map(({ effectMin }) => effectMin), [0.01, 0.01, 0.01, 0.005]) // prettier-ignore
  })

  it('have cells of at least 2 % for headlines, all where none is that large', () => {
    const headlines = (counts: number[]) =>
      baselineQuestions('categorical', { cells: NAMES, counts }, POLICY, BUDGET).map(({ margin }) => margin !== null)
    assert.deepEqual(headlines([9601, 199, 200, 0]), [true, false, true, false])
    const hashed = baselineQuestions('categorical', { cells: { kind: 'hashed' }, counts: new Array<number>(64).fill(3) }, POLICY, BUDGET) // prettier-ignore
    assert.equal(hashed.filter(({ margin }) => margin !== null).length, 64)
  })

  it('are one, with all of the budget, for a rate', () => {
    const [rate, ...others] = baselineQuestions('missing', { cells: null, counts: null }, POLICY, BUDGET)
    assert.deepEqual([rate!.zRequired, rate!.effectMin, rate!.margin, others.length], [['quality', 1], 0.005, 0.01, 0])
  })
})

describe('the budget against a baseline', () => {
  it('is divided by the metrics of both cohorts', () => {
    const field = { name: 'f', kind: 'boolean', role: 'feature' }
    const stream = { name: 's', fields: [field], engagement: [], allocation: null, id: null }
    const config = {
      policy: { ...POLICY, horizonMs: 14 * 86_400_000 },
      streams: [stream],
      panes: { lengthMs: 300_000 },
    }
    const expected = { alphaRelease: 0.01, share: 0.5, metrics: 2, contrastWeight: 1, levels: 10, panes: 4032 }
    const budget = new BaselineBudget(config as unknown as ConstructorParameters<typeof BaselineBudget>[0])
    assert.deepEqual(budget.zRequired('features', 1), zRequiredOfClasses(expected))
  })
})
