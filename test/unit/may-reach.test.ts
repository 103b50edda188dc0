import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { contrastsOf, isSettledByScalars } from '../../src/evidence/field-contrasts.ts'
import type { ContrastPlan, MetricKind } from '../../src/evidence/field-contrasts.ts'
import { barsOf, mayReach } from '../../src/evidence/may-reach.ts'
import { scoreTables } from '../../src/evidence/quantile-cuts.ts'
import { Term } from '../../src/evidence/term.ts'
import { cellTerm, ratioTerm } from '../../src/evidence/terms.ts'

const BUCKETS = 16
const BINS = 4
const { p1, p2 } = scoreTables([10, 20, 30, 10])

type Asked = ContrastPlan & { zRequired: readonly number[] }

/** One window class; the weights of a kind's contrasts make no difference here. */
function asked(kind: MetricKind, z: number, only: (plan: ContrastPlan) => boolean = () => true): Asked[] {
  const plans = contrastsOf(kind, BINS).filter(only)
  return plans.map((plan) => ({ ...plan, zRequired: [plan.kind === 'cell' ? z * 1.5 : z] }))
}

function reaches(parts: readonly Term[], questions: readonly Asked[], scores: readonly Float64Array[] = []): boolean {
  return mayReach(parts, 0, barsOf(questions), scores)
}

/** Question by question, of the window put together. */
function isUnsettled(parts: readonly Term[], questions: readonly Asked[], scores: readonly Float64Array[]): boolean {
  const sum = Term.sumOf(parts[0]!.shape, parts)
  return questions.some((question) => {
    if (question.kind === 'cell' && sum.countsNothing(question.cell)) return false
    return !isSettledByScalars(sum, question, scores, question.zRequired[0]!)
  })
}

const table = fc.array(fc.nat(30), { minLength: BUCKETS * BINS, maxLength: BUCKETS * BINS, size: 'max' })
const cells = (scores: readonly Float64Array[]) =>
  fc.tuple(table, table, fc.constantFrom(0, 0, 0, 2, 8)).map(([control, candidate, lean]) => {
    const leaning = candidate.map((count, at) => (at % BINS === 0 ? count + lean : count))
    return cellTerm(control, leaning, BUCKETS, BINS, scores)
  })
const partsOf = (scores: readonly Float64Array[]) => fc.array(cells(scores), { minLength: 1, maxLength: 4 })
const z = fc.double({ min: 1, max: 12, noNaN: true })

describe('a look at the blocks of a window', () => {
  it('says of a numeric field what each question says of the window, for each kind of question alone and for all', () => {
    const scores = [p1, p2]
    const kinds = fc.constantFrom('location', 'spread', 'cell', 'omnibus', 'all')
    fc.assert(
      fc.property(partsOf(scores), z, kinds, (parts, z, kind) => {
        const questions = asked('numeric', z, (plan) => kind === 'all' || plan.kind === kind)
        assert.equal(reaches(parts, questions, scores), isUnsettled(parts, questions, scores))
      }),
    )
  })

  it('says the same of categories', () => {
    fc.assert(
      fc.property(partsOf([]), z, (parts, z) => {
        const questions = asked('categorical', z)
        assert.equal(reaches(parts, questions), isUnsettled(parts, questions, []))
      }),
    )
  })

  it('passes over windows in which nothing was counted, or all of it in one cell', () => {
    const questions = asked('numeric', 2)
    const nothing = new Term({ buckets: BUCKETS, bins: BINS, tables: 2 })
    assert.equal(reaches([nothing, nothing], questions, [p1, p2]), false)
    const one = Array.from({ length: BUCKETS * BINS }, (_, at) => (at % BINS === 0 ? 7 : 0))
    const constant = cellTerm(one, one, BUCKETS, BINS, [p1, p2])
    assert.equal(reaches([constant, nothing, constant], questions, [p1, p2]), false)
  })

  it('lets a rate through whose variance has no floor, unless nothing was counted', () => {
    const rate = asked('rate', 3)
    const many = [5, 7, 6, 4]
    const each = [1, 1, 1, 1]
    const none = [0, 0, 0, 0]
    assert.equal(reaches([ratioTerm(many, each, [6, 6, 6, 6], each)], rate), true)
    assert.equal(reaches([ratioTerm(each, each, each, each)], rate), true)
    assert.equal(reaches([ratioTerm(none, each, none, each)], rate), false)
  })

  it('looks at what is no number', () => {
    const term = ratioTerm([1, 2, 0, 1], [9, 9, 9, 9], [2, 0, 1, 1], [9, 9, 9, 9])
    assert.equal(reaches([term], asked('rate', 5)), false)
    term.evenSums[0] = NaN
    assert.equal(reaches([term], asked('rate', 5)), true)
  })

  it('never passes over what nobody asked for, and never lets through what nobody can reach', () => {
    const term = ratioTerm([9, 9, 9, 9], [9, 9, 9, 9], [1, 1, 1, 2], [9, 9, 9, 9])
    assert.equal(reaches([term], asked('rate', 1)), true)
    assert.equal(reaches([term], asked('rate', Infinity)), false)
  })
})
