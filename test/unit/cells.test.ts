import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Cells, CellsFrozen } from '../../src/ledger/record.ts'
import { readBody } from '../../src/ledger/read-body.ts'
import type { FieldTallies, Tallies } from '../../src/pane/pane.ts'
import { createTallies } from '../../src/pane/tallies.ts'
import { binIndex } from '../../src/sketch/bin-index.ts'
import { CategoricalColumn } from '../../src/sketch/categorical-column.ts'
import { BinTable } from '../../src/sketch/bin-table.ts'
import { CategoryTable, hashBin } from '../../src/sketch/category-table.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'
import { NumericColumn } from '../../src/sketch/numeric-column.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import { CellBook } from '../../src/slice/cell-book.ts'
import { cellsOf } from '../../src/slice/cells-of.ts'
import { freezeNumeric } from '../../src/slice/freeze-cells.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { PLAN } from '../support/events.ts'

const LENGTH_MS = 300_000

const fullIndex = (value: number): number => binIndex(value, 0)

function histogramOf(counts: readonly (readonly [value: number, count: number])[]): ValueHistogram {
  const histogram = new ValueHistogram()
  for (const [value, count] of counts) histogram.add(value, count)
  return histogram
}

function cutsOf(histogram: ValueHistogram): { cuts: number[]; counts: number[] } {
  const { cells, counts } = freezeNumeric(histogram)
  assert.ok(cells.kind === 'numeric')
  return { cuts: cells.cuts, counts }
}

describe('cells of a numeric field', () => {
  it('are tenths, with tails split at 5 % and 1 %, and two cells outside for values never seen', () => {
    // 1,000 values, 1 … 1000, one each: at full resolution every integer is its own bin.
    const { cuts, counts } = cutsOf(histogramOf(Array.from({ length: 1000 }, (_, at) => [at + 1, 1] as const)))
    const highest = [10, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 990, 1000]
    assert.deepEqual(cuts, [fullIndex(1) - 1, ...highest.map(fullIndex)])
    assert.deepEqual(counts, [0, 10, 40, 50, 100, 100, 100, 100, 100, 100, 100, 100, 50, 40, 10, 0])
  })

  it('leave an atom of a tenth or more alone', () => {
    // 600 zeros, then 400 different values: 60 % zeros are one cell, and the first cut at 1 % and 5 % is theirs.
    const { cuts, counts } = cutsOf(
      histogramOf([[0, 600], ...Array.from({ length: 400 }, (_, at) => [at + 1, 1] as const)]),
    )
    assert.deepEqual(cuts, [-1, 0, ...[100, 200, 300, 350, 390, 400].map(fullIndex)])
    assert.deepEqual(counts, [0, 600, 100, 100, 100, 50, 40, 10, 0])
  })

  it('of a constant are the constant, below and above', () => {
    const { cuts, counts } = cutsOf(histogramOf([[-7, 2000]]))
    assert.deepEqual(cuts, [fullIndex(-7) - 1, fullIndex(-7)])
    assert.deepEqual(counts, [0, 2000, 0])
  })

  it('are whole bins of the histogram at any resolution, negative values included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 3000, size: 'max' }),
        (values) => {
          const histogram = histogramOf(values.map((value) => [value, 1]))
          const { cuts, counts } = cutsOf(histogram)
          const byValue = new Array<number>(cuts.length + 1).fill(0)
          for (const value of values) byValue[cuts.filter((cut) => cut < fullIndex(value)).length]!++
          assert.deepEqual(counts, byValue)
          assert.ok(counts[0] === 0 && counts.at(-1) === 0)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('a table written on cells', () => {
  const numeric = { cut: 1, cells: { kind: 'numeric', cuts: [fullIndex(10), fullIndex(20)] } satisfies Cells }
  const names = { cut: 2, cells: { kind: 'names', names: ['de', 'fr'] } satisfies Cells }
  const hashed = { cut: 3, cells: { kind: 'hashed' } satisfies Cells }

  it('puts each bin into the cell of its lowest index, bucket by bucket and cohort by cohort', () => {
    const table = new BinTable()
    table.add(0, 7, 10, 3)
    table.add(1, 7, 10.5, 2)
    table.add(1, 255, 21, 300)
    const cells = cellsOf(table, numeric)!
    assert.deepEqual([cells.cut, cells.cells], [1, 3])
    assert.deepEqual([cells.count(0, 7, 0), cells.count(1, 7, 1), cells.count(1, 255, 2)], [3, 2, 300])
    assert.equal(cells.count(1, 7, 0) + cells.count(0, 255, 2), 0)
  })

  it('puts names into theirs, and all others into `new`', () => {
    const table = new CategoryTable()
    table.add(0, 1, 'fr', 5)
    table.add(0, 1, 'it', 1)
    table.add(1, 2, 'zz', 4)
    const cells = cellsOf(table, names)!
    assert.deepEqual([cells.count(0, 1, 1), cells.count(0, 1, 2), cells.count(1, 2, 2)], [5, 1, 4])
  })

  it('hashes names where the cells are hash bins', () => {
    const table = new CategoryTable()
    table.add(1, 9, 'fr', 5)
    assert.equal(cellsOf(table, hashed)!.count(1, 9, hashBin('fr')), 5)
  })

  it('cannot go from hash bins back to names', () => {
    const table = new CategoryTable('hashed')
    assert.equal(cellsOf(table, names), null)
    assert.equal(cellsOf(table, hashed)?.cells, 64)
  })
})

/** Slices of the plan's fields, of which only price (numeric) and country (categorical) matter here. */
class Story {
  readonly book = new CellBook(PLAN.stream, LENGTH_MS, [PLAN])
  readonly ledger: CellsFrozen[] = []
  number = 0

  /** One slice, assembled as the assembler does; then what is due goes into the ledger and comes back. */
  slice({
    prices = [],
    countries = [],
  }: {
    prices?: readonly number[]
    countries?: readonly string[]
  }): FieldTallies[] {
    this.number++
    const tallies = talliesOf(prices, countries)
    tallies.fields.forEach((field, at) => {
      const inForce = this.book.inForce(PLAN.stream, PLAN.fields[at]!.name, this.number)
      if (inForce !== null && field.table !== null)
        field.table = cellsOf(field.table as BinTable, inForce) ?? field.table
    })
    this.book.addSlice(this.sliceOf(tallies))
    for (let body = this.book.due()[0]; body !== undefined; body = this.book.due()[0]) {
      assert.deepEqual(readBody(JSON.parse(JSON.stringify(body))), body)
      this.ledger.push(body)
      this.book.addFrozen(body)
    }
    return tallies.fields
  }

  cutsOf(field: string): { cut: number; afterNumber: number; fromNumber: number; kind: string; values: number }[] {
    return this.ledger
      .filter((body) => body.field === field)
      .map(({ cut, afterNumber, fromNumber, cells, counts }) => {
        const values = counts.reduce((sum, count) => sum + count, 0)
        return { cut, afterNumber, fromNumber, kind: cells.kind, values }
      })
  }

  sliceOf(tallies: Tallies): Slice {
    const streams = [{ name: PLAN.stream, partitions: [], tallies }]
    const startMs = (this.number - 1) * LENGTH_MS
    return { stream: PLAN.stream, startMs, lengthMs: LENGTH_MS, number: this.number, paneConfigDigest: '', streams }
  }
}

function talliesOf(prices: readonly number[], countries: readonly string[]): Tallies {
  const tallies = createTallies(PLAN)
  const numeric = new NumericColumn()
  const categorical = new CategoricalColumn()
  prices.forEach((price, at) => numeric.add(at % 2 === 0 ? 0 : 1, at & 255, price))
  countries.forEach((country, at) => categorical.add(at % 2 === 0 ? 0 : 1, at & 255, country))
  Object.assign(tallies.fields[0]!, numeric.close())
  Object.assign(tallies.fields[1]!, categorical.close())
  return tallies
}

const pricesOf = (count: number): number[] => Array.from({ length: count }, (_, at) => at % 100)
const countriesOf = (count: number, names: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `c${from + (at % names)}`)

describe('cuts', () => {
  it('come first once a field has 2,000 values of both cohorts from 3 slices, and hold from the first slice', () => {
    const story = new Story()
    for (const count of [3000, 0, 1, 0]) story.slice({ prices: pricesOf(count) })
    assert.deepEqual(story.cutsOf('price'), [])
    const [before] = story.slice({ prices: pricesOf(5) })
    assert.ok(before!.table instanceof BinTable)
    assert.deepEqual(story.cutsOf('price'), [{ cut: 1, afterNumber: 5, fromNumber: 1, kind: 'numeric', values: 3006 }])
    const [after] = story.slice({ prices: pricesOf(5) })
    assert.ok(after!.table instanceof CellTable && after!.table.cut === 1)
  })

  it('do not come at 1,999 values', () => {
    const story = new Story()
    for (const count of [666, 666, 667]) story.slice({ prices: pricesOf(count) })
    assert.deepEqual(story.ledger, [])
    story.slice({ prices: [1] })
    assert.equal(story.ledger.length, 1)
  })

  it('come again after slice 288, from the values of those 288 slices, and hold from slice 289', () => {
    const story = new Story()
    for (let number = 1; number <= 290; number++) story.slice({ prices: pricesOf(700), countries: countriesOf(700, 5) })
    for (const [field, kind] of [
      ['price', 'numeric'],
      ['country', 'names'],
    ] as const) {
      assert.deepEqual(story.cutsOf(field), [
        { cut: 1, afterNumber: 3, fromNumber: 1, kind, values: 2100 },
        { cut: 2, afterNumber: 288, fromNumber: 289, kind, values: 288 * 700 },
      ])
    }
  })

  it('do not come again when the first came only then', () => {
    const story = new Story()
    for (let number = 1; number <= 300; number++) story.slice({ prices: pricesOf(number === 288 ? 600 : 5) })
    assert.deepEqual(story.cutsOf('price'), [
      { cut: 1, afterNumber: 288, fromNumber: 1, kind: 'numeric', values: 287 * 5 + 600 },
    ])
  })

  it('come first after day one where a field is sparse', () => {
    const story = new Story()
    for (let number = 1; number <= 310; number++) story.slice({ prices: number % 100 === 0 ? pricesOf(800) : [] })
    assert.deepEqual(story.cutsOf('price'), [
      { cut: 1, afterNumber: 300, fromNumber: 1, kind: 'numeric', values: 2400 },
    ])
  })

  it('give one cell per name up to 63 names so far, else the 64 hash bins', () => {
    const named = new Story()
    for (let number = 1; number <= 3; number++) named.slice({ countries: countriesOf(700, 21, number * 21) })
    const [frozen] = named.ledger
    assert.ok(frozen!.cells.kind === 'names' && frozen!.cells.names.length === 63)
    assert.deepEqual([frozen!.counts.length, frozen!.counts.at(-1)], [64, 0])

    const crowded = new Story()
    for (let number = 1; number <= 3; number++) crowded.slice({ countries: countriesOf(700, 22, number * 22) })
    assert.deepEqual(crowded.cutsOf('country'), [
      { cut: 1, afterNumber: 3, fromNumber: 1, kind: 'hashed', values: 2100 },
    ])
    const counts = new Array<number>(64).fill(0)
    for (const number of [1, 2, 3]) for (const name of countriesOf(700, 22, number * 22)) counts[hashBin(name)]!++
    assert.deepEqual(crowded.ledger[0]!.counts, counts)
    assert.equal((crowded.slice({ countries: ['c1'] })[1]!.table as CellTable).cells, 64)
  })

  it('turn to hash bins from the slice on that arrives hashed', () => {
    const story = new Story()
    for (let number = 1; number <= 4; number++) story.slice({ countries: countriesOf(700, 63) })
    const [, arrived] = story.slice({ countries: countriesOf(700, 64) })
    assert.ok(arrived!.table instanceof CategoryTable && arrived!.table.hashed)
    assert.deepEqual(story.cutsOf('country'), [
      { cut: 1, afterNumber: 3, fromNumber: 1, kind: 'names', values: 2100 },
      { cut: 2, afterNumber: 5, fromNumber: 5, kind: 'hashed', values: 3500 },
    ])
    const [, next] = story.slice({ countries: countriesOf(700, 5) })
    assert.ok(next!.table instanceof CellTable && next!.table.cut === 2 && next!.table.cells === 64)
    // 63 names and `new` are 64 cells too: the counts must have come from the names then.
    const counts = new Array<number>(64).fill(0)
    for (let number = 1; number <= 4; number++) for (const name of countriesOf(700, 63)) counts[hashBin(name)]!++
    for (const name of countriesOf(700, 64)) counts[hashBin(name)]!++
    assert.deepEqual(story.ledger[1]!.counts, counts)
  })

  it('turn to hash bins after day one as well, with the counts of all slices', () => {
    const story = new Story()
    for (let number = 1; number <= 290; number++) story.slice({ countries: countriesOf(700, 3) })
    story.slice({ countries: countriesOf(70, 70) })
    assert.deepEqual(story.cutsOf('country').at(-1), {
      cut: 3,
      afterNumber: 291,
      fromNumber: 291,
      kind: 'hashed',
      values: 290 * 700 + 70,
    })
  })

  it('are not due again after a restart that reads the ledger before the slices', () => {
    const story = new Story()
    const slices: Slice[] = []
    for (let number = 1; number <= 6; number++) {
      const fields = story.slice({ prices: pricesOf(700), countries: countriesOf(700, number < 5 ? 5 : 64) })
      slices.push(story.sliceOf({ ...createTallies(PLAN), fields }))
    }
    const restarted = new CellBook(PLAN.stream, LENGTH_MS, [PLAN])
    for (const body of story.ledger) restarted.addFrozen(body)
    for (const slice of slices) {
      restarted.addSlice(slice)
      assert.deepEqual(restarted.due(), [])
    }
    // The finer tables of slices 1 to 3 stay what they were, although cells are known.
    assert.equal(restarted.inForce(PLAN.stream, 'price', 3), null)
    assert.equal(restarted.inForce(PLAN.stream, 'price', 4)!.cut, 1)
  })
})
