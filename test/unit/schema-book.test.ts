import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ratioTerm } from '../../src/evidence/terms.ts'
import type { Term } from '../../src/evidence/term.ts'
import { WindowSums } from '../../src/evidence/window-sums.ts'
import { planStream } from '../../src/pane/plan.ts'
import { Budget } from '../../src/verdict/budget.ts'
import { recordsByBucket, sumByBucket } from '../../src/verdict/checks/by-bucket.ts'
import type { CheckContext } from '../../src/verdict/checks/context.ts'
import type { Sums } from '../../src/verdict/question.ts'
import { SchemaBook } from '../../src/verdict/checks/schema-book.ts'
import { configOf, randomOf, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const CONFIG = configOf(
  {
    fields: [
      { name: 'price', kind: 'numeric' },
      { name: 'size', kind: 'numeric' },
    ],
  },
  { levels: 4 },
)

function contextOf(config = CONFIG): CheckContext {
  const [stream] = config.streams
  const plan = planStream(stream!, config)
  return { config, stream: stream!, plan, plans: new Map([[stream!.name, plan]]), budget: new Budget(config), begin: 0 }
}

/** From slice `from` on, one record in ten has a text for a price. */
function events(seed: number, T: number, from: number): TestEvent[] {
  const random = randomOf(seed + T)
  return Array.from({ length: 200 }, (_, at) => {
    const cohort = at % 2 === 0 ? 'control' : 'candidate'
    const price = T >= from && T % 3 !== 0 && random() < 0.1 ? 'n/a' : 1
    return { unit: `${cohort}${Math.floor(random() * 80)}`, cohort, values: { price, size: 2 } }
  })
}

/** To ten digits: sums of the same slices, added in another order. */
const factsOf = ({ r, w, floor, events, counts }: Term) => ({
  ...{ r: [...r].map((surplus) => surplus.toFixed(10).replace('-0.0000000000', '0.0000000000')) },
  ...{ w: w.toFixed(8), floor: floor[0]!.toFixed(8), events, counts },
})

describe('the schema book', () => {
  it('gives a pair that appears late the windows it would have had from the start', () => {
    const book = new SchemaBook(contextOf())
    const maker = new SliceMaker(CONFIG)
    const naive = new WindowSums({ buckets: 256, bins: 1, tables: 0, levels: 4 })
    for (let T = 1; T <= 30; T++) {
      const { slice } = maker.next(events(5, T, 11)).sealed
      const { cohorts, violations } = slice.streams[0]!.tallies
      const counts = ([0, 1] as const).map((cohort) => sumByBucket(violations.map((pair) => pair.counts[cohort])))
      naive.add(ratioTerm(counts[0]!, recordsByBucket(cohorts[0]), counts[1]!, recordsByBucket(cohorts[1])))
      book.add(slice)
      if (T < 11) assert.equal(book.comparisonsOf('price')[0], book.clean)
      else {
        const { sums } = book.comparisonsOf('price')[0]!
        const windowsOf = (of: Sums) =>
          of.offered(2).map(({ cls, start, end, sums: term }) => ({ cls, start, end, ...factsOf(term) }))
        assert.deepEqual(windowsOf(sums), windowsOf(naive))
        assert.deepEqual(factsOf(sums.whole.sums), factsOf(naive.whole.sums))
      }
    }
  })

  it('counts a slice once, however many checks hand it over', () => {
    const [once, twice] = [new SchemaBook(contextOf()), new SchemaBook(contextOf())]
    const { slice } = new SliceMaker(CONFIG).next(events(1, 2, 1)).sealed
    once.add(slice)
    twice.add(slice)
    twice.add(slice)
    assert.deepEqual(factsOf(twice.all.sums.whole.sums), factsOf(once.all.sums.whole.sums))
  })

  it('spends its budget on all together, then pair by pair, and never more than the whole of it', () => {
    const context = contextOf()
    const book = new SchemaBook(context)
    const { slice } = new SliceMaker(CONFIG).next(events(1, 2, 1)).sealed
    const [pair] = slice.streams[0]!.tallies.violations
    const many = Array.from({ length: 65 }, (_, at) => ({ ...pair!, field: `field${at}` }))
    slice.streams[0]!.tallies.violations = many
    book.add(slice)
    const weights = [book.all, ...many.flatMap(({ field }) => book.comparisonsOf(field))].map(
      ({ questions }) => questions[0]!.weight,
    )
    assert.equal(weights.length, 66)
    assert.equal(weights[1], 1 / 32)
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12)
  })
})
