import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellsFrom } from '../../src/baseline/cells-from.ts'
import type { CellsFrozen } from '../../src/ledger/record.ts'
import { LedgerChain, sealRecord } from '../../src/ledger/chain.ts'
import { planStream } from '../../src/pane/plan.ts'
import { CategoryTable } from '../../src/sketch/category-table.ts'
import { CellTable } from '../../src/sketch/cell-table.ts'
import { CellBook } from '../../src/slice/cell-book.ts'
import { baselineOf } from '../support/baselines.ts'
import { configOf, SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const CONFIG = configOf({ fields: [{ name: 'price', kind: 'numeric' }, { name: 'country', kind: 'categorical' }] }, {}, { length: '6h' }) // prettier-ignore
const NAME = { stream: 'shop', fieldStream: 'shop' }

function events(count: number, country: (at: number) => string = () => 'de'): TestEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const cohort = at % 2 === 0 ? 'control' : 'candidate'
    return { unit: `u${at}`, cohort, values: { price: at % 90, country: country(at) } }
  })
}

const BASELINE = baselineOf(CONFIG, [events(2500)])
const OF_PRICE = cellsFrom(BASELINE, 'shop', 'price')!
const OF_COUNTRY = cellsFrom(BASELINE, 'shop', 'country')!

describe('cells that a baseline gives', () => {
  it('are due before the first slice, and both cuts of the slices’ own values never are', () => {
    const maker = new SliceMaker(CONFIG, BASELINE)
    const first = { type: 'cells-frozen', ...NAME, cut: 1, afterNumber: 0, fromNumber: 1 }
    assert.deepEqual(maker.begin(), [
      { ...first, field: 'price', ...OF_PRICE },
      { ...first, field: 'country', ...OF_COUNTRY },
    ])
    // Six slices of six hours: the day of the second cut lies in between.
    for (let number = 1; number <= 6; number++) {
      const { sealed, due } = maker.next(events(1500))
      assert.deepEqual(due, [], `slice ${number}`)
      for (const { table } of sealed.slice.streams[0]!.tallies.fields) assert.ok(table instanceof CellTable)
    }
  })

  it('are none of an unverified baseline, or of a field or stream that it does not hold', () => {
    assert.equal(cellsFrom({ ...BASELINE, verified: null }, 'shop', 'price'), null)
    assert.equal(cellsFrom(BASELINE, 'shop', 'other'), null)
    assert.equal(cellsFrom(BASELINE, 'other', 'price'), null)
    assert.equal(cellsFrom(null, 'shop', 'price'), null)
  })

  it('are taken up once by a watch that began without them, from the slice to come', () => {
    const own = new SliceMaker(CONFIG)
    const slices = Array.from({ length: 5 }, () => own.next(events(1500, (at) => ['fr', 'it'][at % 2]!)))
    const earlier = slices.flatMap(({ due }) => due)
    assert.deepEqual(earlier.map(({ field, cut, afterNumber }) => [field, cut, afterNumber]), [
      ['price', 1, 3], ['country', 1, 3], ['price', 2, 4], ['country', 2, 4],
    ]) // prettier-ignore

    const restarted = new CellBook('shop', CONFIG.panes.lengthMs, [planStream(CONFIG.streams[0]!, CONFIG)], (stream, field) => cellsFrom(BASELINE, stream, field)) // prettier-ignore
    for (const body of earlier) restarted.addFrozen(body)
    assert.deepEqual(restarted.due(), [])
    for (const { sealed } of slices) restarted.addSlice(sealed.slice)
    const due = restarted.due()
    assert.deepEqual(due, [
      { type: 'cells-frozen', ...NAME, field: 'price', cut: 3, afterNumber: 5, fromNumber: 6, ...OF_PRICE },
      { type: 'cells-frozen', ...NAME, field: 'country', cut: 3, afterNumber: 5, fromNumber: 6, ...OF_COUNTRY },
    ])
    for (const body of due) restarted.addFrozen(body)
    restarted.addSlice({ ...slices[4]!.sealed.slice, number: 6 })
    assert.deepEqual(restarted.due(), [])
  })

  it('give way to hash bins where live names become too many, and do not come back', () => {
    const maker = new SliceMaker(CONFIG, BASELINE)
    maker.begin()
    const turned = maker.next(events(500, (at) => `c${at}`))
    const [record, ...rest] = turned.due
    assert.deepEqual([record!.field, record!.cells, record!.cut, record!.fromNumber, rest], ['country', { kind: 'hashed' }, 2, 1, []]) // prettier-ignore
    assert.ok(turned.sealed.slice.streams[0]!.tallies.fields[1]!.table instanceof CategoryTable)
    for (let number = 2; number <= 6; number++) assert.deepEqual(maker.next(events(50)).due, [])
  })
})

describe('the ledger record of a verified baseline', () => {
  const verified = { type: 'baseline-verified', digest: BASELINE.digest, by: 'alice', atMs: 1 } as const

  it('is valid at any place, and moves nothing else', () => {
    const chain = new LedgerChain()
    const bodies = [verified, { type: 'watch-started', stream: 'shop', fromMs: 0, lengthMs: 1, paneConfigDigest: 'x' }, verified] as const // prettier-ignore
    for (const body of bodies) assert.equal(chain.add(sealRecord(body, chain.head)).refused, null)
    const cells: CellsFrozen = { type: 'cells-frozen', ...NAME, field: 'price', cut: 1, afterNumber: 0, fromNumber: 1, ...OF_PRICE } // prettier-ignore
    assert.equal(chain.add(sealRecord(cells, chain.head)).refused, null)
  })

  for (const [what, body] of Object.entries({
    'no name': { ...verified, by: '' },
    'no time': { ...verified, atMs: 'now' },
    'no digest': { ...verified, digest: 'sha256:12' },
  })) {
    it(`is refused with ${what}`, () => {
      const chain = new LedgerChain()
      assert.equal(chain.add(sealRecord(body as typeof verified, chain.head)).refused, 'unknown-body')
    })
  }
})
