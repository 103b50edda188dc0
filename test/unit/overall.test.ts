import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CheckVerdict, VerdictKind } from '../../src/verdict/check.ts'
import { overallVerdict } from '../../src/verdict/overall.ts'

const check = (id: string, verdict: VerdictKind, more: Partial<CheckVerdict> = {}): CheckVerdict => ({
  ...{ id, stream: 's', check: 'missing', field: id, segment: null, against: 'control', verdict, expected: false },
  ...{ reason: `${id} is ${verdict}`, effect: null, evidence: null, n: { control: 0, candidate: 0 } },
  ...more,
})
const overall = (checks: CheckVerdict[], require: 'all' | string[] = 'all', failure: string | null = null) =>
  overallVerdict(checks, { require }, ['s'], failure)

describe('the overall verdict', () => {
  const pass = check('s/a', 'PASS')
  const fail = check('s/b', 'FAIL')
  const unsure = check('s/c', 'INSUFFICIENT')
  const error = check('s/d', 'ERROR')

  it('is the worst of what counts', () => {
    assert.equal(overall([pass]).verdict, 'PASS')
    assert.equal(overall([pass, unsure]).verdict, 'INSUFFICIENT')
    assert.equal(overall([pass, unsure, fail]).verdict, 'FAIL')
    assert.equal(overall([pass, unsure, fail, error]).verdict, 'ERROR')
    assert.deepEqual(overall([pass], 'all', 'cut off'), { verdict: 'ERROR', reason: 'the input failed: cut off' })
  })

  it('asks only the required checks for evidence, and all for faults', () => {
    assert.equal(overall([pass, unsure], ['s/a']).verdict, 'PASS')
    assert.equal(overall([pass, fail], ['s/a']).verdict, 'FAIL')
  })

  it('never passes on nothing: no check, none required, or one that is not judged', () => {
    assert.equal(overall([]).verdict, 'INSUFFICIENT')
    assert.equal(overall([pass], []).verdict, 'INSUFFICIENT')
    assert.deepEqual(overall([pass], ['s/a', 's/volume']), {
      verdict: 'INSUFFICIENT',
      reason: 'required but not judged: s/volume',
    })
    assert.equal(overall([pass], ['s/a', 'another/volume']).verdict, 'PASS')
  })

  it('counts a comparison with a baseline only where the policy names it', () => {
    const live = check('s/a@baseline', 'FAIL', { against: 'baseline' })
    assert.equal(overall([pass, live]).verdict, 'PASS')
    assert.equal(overall([pass, live], ['s/a', 's/a@baseline']).verdict, 'FAIL')
  })

  it('lets the loudest failure speak and counts the others', () => {
    const effect = (estimate: number) => ({ name: 'difference' as const, estimate, low: 0, high: 1, threshold: 0.01 })
    const quiet = check('s/quiet', 'FAIL', { effect: effect(0.02) })
    const loud = check('s/loud', 'FAIL', { effect: effect(-0.5) })
    assert.equal(overall([quiet, loud, pass]).reason, 's/loud is FAIL (and 1 more check is FAIL)')
    assert.equal(overall([unsure]).reason, 's/c is INSUFFICIENT')
  })
})
