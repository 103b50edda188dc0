import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CellsFrozen } from '../../src/ledger/record.ts'
import { Term } from '../../src/evidence/term.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { hashBin } from '../../src/slice/cells-of.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { CategoryTeller } from '../../src/verdict/checks/categorical-check.ts'
import type { Question } from '../../src/verdict/question.ts'

const BIN = hashBin('sku-new')
const NAMES = Array.from({ length: 3000 }, (_, at) => `sku-${at}`).filter((name) => hashBin(name) === BIN).slice(0, 9) // prettier-ignore

function sliceOf(control: Record<string, number>, candidate: Record<string, number>): Slice {
  const categories = [control, candidate].map((counts) => {
    const sketch = new CategoryCounts()
    for (const [name, count] of Object.entries(counts)) sketch.add(name, count)
    return sketch
  })
  return { number: 1, streams: [{ name: 's', tallies: { fields: [{ categories }] } }] } as unknown as Slice
}

it('a hash bin is told by the name that moved it, though the last slice of a sparse stream did not have it', () => {
  const frozen = { cells: { kind: 'hashed' }, counts: [] } as unknown as CellsFrozen
  const teller = new CategoryTeller(frozen, 's', 0)
  const usual = Object.fromEntries(NAMES.map((name, at) => [name, 20 - at]))
  for (let slice = 0; slice < 5; slice++) teller.add(sliceOf(usual, { ...usual, 'sku-new': 12 }))
  teller.add(sliceOf({ elsewhere: 1 }, {}))
  const term = new Term({ buckets: 1, bins: 64, tables: 0 })
  const told = teller.tell(term, { kind: 'cell', cell: BIN } as unknown as Question, {} as never, 0)
  assert.match(told, /in hash bin \d+ \("sku-new", /)
})

it('what is kept for that stays bounded: crowded slices push out older ones', () => {
  const frozen = { cells: { kind: 'hashed' }, counts: [] } as unknown as CellsFrozen
  const teller = new CategoryTeller(frozen, 's', 0)
  const crowd = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`c${at}`, 1]))
  teller.add(sliceOf({ 'sku-new': 1 }, {}))
  for (let slice = 0; slice < 5; slice++) teller.add(sliceOf(crowd, crowd))
  assert.doesNotMatch(teller.nameOf(BIN, 0), /sku-new/)
})

it('sentences are asked for at every look: the names of a slice are read once for each bin that is asked for', (t) => {
  const read = t.mock.method(CategoryCounts.prototype, 'unordered')
  const teller = new CategoryTeller({ cells: { kind: 'hashed' }, counts: [] } as unknown as CellsFrozen, 's', 0)
  teller.add(sliceOf({ 'sku-new': 5 }, { 'sku-new': 5, [NAMES[0]!]: 3 }))
  const told = teller.nameOf(BIN, 0)
  assert.ok(told.includes(`"${NAMES[0]}", "sku-new"`) || told.includes(`"sku-new", "${NAMES[0]}"`), told)
  assert.equal(teller.nameOf(BIN, 0), told)
  assert.equal(read.mock.callCount(), 2, 'once for each cohort')
  teller.add(sliceOf({}, { 'sku-new': 900 }))
  assert.match(teller.nameOf(BIN, 0), /\("sku-\d+", "sku-new"\)|\("sku-new", "sku-\d+"\)/)
  assert.equal(read.mock.callCount(), 4, 'of the new slice alone')
})
