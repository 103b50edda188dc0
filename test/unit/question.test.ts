import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { binContrast } from '../../src/evidence/contrasts.ts'
import { ratioTerm } from '../../src/evidence/terms.ts'
import { halfWidth, limitsOf, read } from '../../src/verdict/question.ts'
import type { Comparison, Question } from '../../src/verdict/question.ts'
import { POLICY_DEFAULTS } from '../../src/config/defaults.ts'

const Z_95 = 1.959963984540054
const by = (of: (h: number) => number) => Float64Array.from({ length: 256 }, (_, h) => of(h))
const n = by(() => 100)
const TERM = ratioTerm(
  by((h) => 20 + (h % 3)),
  n,
  by((h) => 30 + (h % 5)),
  n,
)
const RATE = { kind: 'rate', cell: -1 } as Question
const reading = (scale: Comparison['scale'], term = TERM) => read(term, RATE, { scores: [], scale } as unknown as Comparison) // prettier-ignore

describe('the answer of a window', () => {
  it('is the effect with 1.96 standard errors on either side', () => {
    const { effect, se, z } = binContrast(TERM, 0)
    const { estimate, low, high, ...rest } = reading('absolute')
    assert.deepEqual([estimate, rest.se, rest.z, rest.oneEvent], [effect, se, z, 1 / TERM.w])
    assert.deepEqual([low, high], [effect - Z_95 * se, effect + Z_95 * se])
  })

  it('is divided by the pooled rate where it is relative; one event of a sum of money has no size', () => {
    const { effect, se } = binContrast(TERM, 0)
    const { mu } = TERM
    for (const scale of ['relative', 'relative-sums'] as const) {
      const { estimate, low, high, oneEvent } = reading(scale)
      assert.deepEqual([estimate, low, high], [effect / mu, effect / mu - Z_95 * (se / mu), effect / mu + Z_95 * (se / mu)]) // prettier-ignore
      assert.equal(oneEvent, scale === 'relative' ? 1 / TERM.w / mu : 0)
    }
  })

  it('is never narrower than one event', () => {
    const of = (se: number, oneEvent: number) => halfWidth({ ...reading('absolute'), se, oneEvent })
    assert.equal(of(0.5, 0.25), Z_95 * 0.5)
    assert.equal(of(0.125, 0.25), Z_95 * 0.25)
  })

  it('is held against effectMin and a multiple of it', () => {
    const policy = { ...POLICY_DEFAULTS, horizonMs: 0, expect: [] }
    assert.deepEqual(limitsOf(policy, 'boolean'), { effectMin: 0.01, margin: 0.03 })
  })
})
