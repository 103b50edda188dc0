import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellsFrom } from '../../src/baseline/cells-from.ts'
import { measuresOf } from '../../src/baseline/measures.ts'
import { tableShiftOf } from '../../src/baseline/numeric-rows.ts'
import { testBinOf } from '../../src/evidence/quantile-cuts.ts'
import type { Cells } from '../../src/ledger/record.ts'
import { planStream } from '../../src/pane/plan.ts'
import { binIndex } from '../../src/sketch/bin-index.ts'
import { CellCounter } from '../../src/verdict/checks/baseline-counter.ts'
import { baselineOf } from '../support/baselines.ts'
import { configOf, JudgeRun, normalOf, randomOf, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const CONFIG = configOf({ fields: [{ name: 'price', kind: 'numeric' }, { name: 'country', kind: 'categorical' }] }, {}, { length: '1h' }) // prettier-ignore
const [PRICE] = measuresOf(planStream(CONFIG.streams[0]!, CONFIG))
const normal = normalOf(randomOf(21))

function priced(count: number): TestEvent[] {
  return Array.from({ length: count }, (_, at) => {
    return { unit: `u${at % 400}`, cohort: at % 3 === 0 ? 'candidate' : 'control', values: { price: normal() } }
  })
}

describe('what a cohort counts on the baseline’s cells', () => {
  it('is how many values lie in each cell, also of a slice whose bins reach across a cut', () => {
    const baseline = baselineOf(
      CONFIG,
      Array.from({ length: 30 }, () => priced(150)),
    )
    const { cells } = cellsFrom(baseline, 'shop', 'price')!
    const { cuts } = cells as Extract<Cells, { kind: 'numeric' }>
    const maker = new SliceMaker(CONFIG, baseline)
    const counter = new CellCounter('shop', PRICE!, 1, cells)
    for (const body of maker.begin()) counter.freeze(body)
    for (const size of [90, 6000]) {
      const events = priced(size)
      const { slice } = maker.next(events, { isSealed: false }).sealed
      const counted = counter.count(slice)
      assert.ok(counted !== null && counted !== 'hashed')
      const expected = new Array<number>(cuts.length + 1).fill(0)
      for (const { cohort, values } of events) {
        if (cohort === 'candidate') expected[testBinOf(cuts, binIndex(values['price'] as number, 0))]!++
      }
      const held = new Array<number>(cuts.length + 1).fill(0)
      counted.x.forEach((count, at) => (held[at % held.length]! += count))
      held.forEach((count, cell) => assert.ok(Math.abs(count - expected[cell]!) < 1e-9, `cell ${cell} of ${size}`))
      assert.equal(counted.n.reduce((sum, count) => sum + count, 0), size / 3) // prettier-ignore
      // The large slice is the hard one: its table has coarser bins than any slice of the baseline.
      const isCoarser = tableShiftOf(slice.streams[0]!.tallies.fields[0]!.histograms!) > 17
      assert.equal(isCoarser, size === 6000)
    }
  })

  it('is nothing of a slice that is written on other cells', () => {
    const baseline = baselineOf(CONFIG, [priced(3000)])
    const { cells } = cellsFrom(baseline, 'shop', 'price')!
    const counter = new CellCounter('shop', PRICE!, 1, cells)
    const maker = new SliceMaker(CONFIG)
    const first = maker.next(priced(900))
    assert.notEqual(counter.count(first.sealed.slice), null)
    maker.next(priced(900))
    for (const body of maker.next(priced(900)).due) counter.freeze(body)
    assert.equal(counter.count(maker.next(priced(900)).sealed.slice), null)
  })
})

describe('cells of a cut that the ledger told of', () => {
  const [, COUNTRY] = measuresOf(planStream(CONFIG.streams[0]!, CONFIG))
  const named = (names: number): TestEvent[] =>
    Array.from({ length: 1000 }, (_, at) => {
      return { unit: `u${at}`, cohort: 'candidate', values: { country: `c${at % names}` } }
    })
  const baseline = baselineOf(CONFIG, [named(5), named(5), named(5)])
  const { cells } = cellsFrom(baseline, 'shop', 'country')!

  it('turn to hash bins after ours, and not before', () => {
    const hashed = { type: 'cells-frozen', stream: 'shop', fieldStream: 'shop', field: 'country', afterNumber: 1, fromNumber: 1, cells: { kind: 'hashed' }, counts: [] } as const // prettier-ignore
    const ours = { ...hashed, cells }
    const maker = new SliceMaker(CONFIG, baseline)
    maker.begin()
    const written = maker.next(named(5)).sealed.slice
    const ofCut = (...cuts: (typeof hashed | typeof ours)[]): unknown => {
      const counter = new CellCounter('shop', COUNTRY!, 1, cells)
      for (const [at, body] of cuts.entries()) counter.freeze({ ...body, cut: at + 1 - (cuts.length - 1), counts: [] })
      const counted = counter.count(written)
      return counted === null || counted === 'hashed' ? counted : counted.n.reduce((sum, count) => sum + count, 0)
    }
    // The table is of cut 1: the last one told of.
    assert.deepEqual(
      [ofCut(ours), ofCut(ours, hashed), ofCut(hashed), ofCut(hashed, ours)],
      [1000, 'hashed', null, 1000],
    )
    const raw = new SliceMaker(CONFIG).next(named(200)).sealed.slice
    const alone = new CellCounter('shop', COUNTRY!, 1, cells)
    assert.equal(alone.count(raw), null)
    alone.freeze({ ...ours, cut: 1, counts: [] })
    assert.equal(alone.count(raw), 'hashed')
  })
})

describe('a field of names whose names become too many', () => {
  const named = (random: () => number, names: number): TestEvent[] =>
    Array.from({ length: 240 }, (_, at) => {
      const country = random() < 0.5 ? 'de' : `c${Math.floor(random() * names)}`
      return {
        unit: `u${Math.floor(random() * 500)}`,
        cohort: at % 2 === 0 ? 'control' : 'candidate',
        values: { country },
      }
    })

  it('is compared by hash bins from then on', () => {
    const random = randomOf(31)
    const baseline = baselineOf(
      CONFIG,
      Array.from({ length: 7 * 24 }, () => named(random, 10)),
    )
    assert.equal(cellsFrom(baseline, 'shop', 'country')!.cells.kind, 'names')
    const run = new JudgeRun(CONFIG, { baseline, isReplay: true })
    const check = () => run.judge.checks().find(({ id }) => id === 'shop/categorical/country@baseline')!
    for (let at = 0; at < 30; at++) run.add(named(random, 10))
    assert.deepEqual([check().n.candidate, check().verdict], [3600, 'PASS']) // prettier-ignore
    for (let at = 0; at < 60; at++) run.add(named(random, 300))
    assert.equal(check().n.candidate, 7200)
    assert.match(check().reason, /hash bin/)
    assert.equal(check().verdict, 'FAIL')
  })
})
