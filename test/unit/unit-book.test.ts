import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTallies } from '../../src/pane/tallies.ts'
import { UnitHash } from '../../src/sketch/unit-hash.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { UnitBook } from '../../src/verdict/checks/unit-book.ts'
import { populationConfig, slicesIn } from '../support/population.ts'
import { SliceMaker } from '../support/slices.ts'
import type { TestEvent } from '../support/slices.ts'

const HALVES = { control: 0.5, candidate: 0.5 }

class Run {
  readonly book: UnitBook
  readonly #maker: SliceMaker

  constructor(allocation: unknown = HALVES) {
    const config = populationConfig({ allocation })
    this.book = new UnitBook(config.streams[0]!, 0)
    this.#maker = new SliceMaker(config)
  }

  /** [first seen in control, in candidate, return visits, switchers]; null where the slice does not count. */
  add(control: readonly string[], candidate: readonly string[]): number[] | null {
    const eventsOf = (cohort: TestEvent['cohort'], units: readonly string[]) =>
      units.map((unit): TestEvent => ({ unit, cohort, values: {} }))
    const events = [...eventsOf('control', control), ...eventsOf('candidate', candidate)]
    this.book.add(this.#maker.next(events, { isSealed: false }).sealed.slice)
    const { counts } = this.book
    return counts === null ? null : [...counts.firstSeen, counts.returnVisits, counts.switchers]
  }
}

describe('the book of units', () => {
  it('counts a unit once as first seen, however many events it sends, and each later slice as a return visit', () => {
    const run = new Run()
    assert.deepEqual(run.add(['a', 'a', 'b'], ['c']), [2, 1, 0, 0])
    assert.deepEqual(run.add(['a', 'd'], ['c', 'c']), [1, 0, 2, 0])
    assert.deepEqual(run.book.units, { control: 3, candidate: 1 })
  })

  it('counts who comes in both cohorts as a switcher, once, and not as first seen', () => {
    const run = new Run()
    assert.deepEqual(run.add(['a', 'both'], ['c', 'both']), [1, 1, 0, 1])
    assert.deepEqual(run.add(['c', 'both'], ['a', 'both']), [0, 0, 3, 2])
    assert.deepEqual(run.add(['a'], ['a']), [0, 0, 1, 0])
  })

  it('opens with the slice by which both cohorts have been seen: who came before is new then', () => {
    const run = new Run()
    assert.equal(run.add(['a', 'b'], []), null)
    assert.equal(run.add(['a'], []), null)
    assert.deepEqual(run.add([], ['a', 'c']), [0, 2, 0, 0])
    assert.equal(run.book.epochBegin, 2)
    // Once begun, a slice without a cohort counts.
    assert.deepEqual(run.add(['b'], []), [1, 0, 0, 0])
  })

  it('is emptied at a new entry of the allocation, and leaves out the slice that straddles two', () => {
    const run = new Run([
      { from: slicesIn(0), control: 0.5, candidate: 0.5 },
      { from: slicesIn(1.5), control: 0.9, candidate: 0.1 },
      { from: slicesIn(3), control: 0.5, candidate: 0.25 },
    ])
    assert.deepEqual(run.add(['a'], ['b']), [1, 1, 0, 0])
    assert.equal(run.add(['c'], ['a']), null)
    // New epoch: `a` has changed sides with the allocation, as it may; `c` was never counted.
    assert.deepEqual(run.add(['b', 'c'], ['a']), [2, 1, 0, 0])
    assert.deepEqual(run.book.counts!.shares, { control: 0.9, candidate: 0.1 })
    assert.equal(run.book.epochBegin, 2)
    // An entry that holds from a slice's very start straddles nothing; shares of both are 1 in sum.
    assert.deepEqual(run.add(['a'], ['b']), [1, 1, 0, 0])
    assert.deepEqual(run.book.counts!.shares, { control: 0.5 / 0.75, candidate: 0.25 / 0.75 })
  })

  it('knows no shares before the first entry, and none without an allocation, and counts units all the same', () => {
    const late = new Run([{ from: slicesIn(1), control: 0.5, candidate: 0.5 }])
    assert.deepEqual(late.add(['a'], ['b']), [1, 1, 0, 0])
    assert.equal(late.book.counts!.shares, null)
    assert.deepEqual(late.add(['a'], ['b']), [1, 1, 0, 0])
    const none = new Run(null)
    none.add(['a'], ['b'])
    assert.deepEqual(none.add(['b'], ['c']), [0, 1, 1, 1])
    assert.equal(none.book.counts!.shares, null)
  })

  it('keeps 65,536 units of an epoch', () => {
    const book = new UnitBook({ name: 'shop', allocation: null }, 0)
    for (let number = 1; number <= 17; number++) {
      const tallies = createTallies({ fields: [], rates: [], sums: [] })
      for (const { accepted } of tallies.cohorts) accepted.add(0)
      // Few enough for a slice to keep them all.
      for (let unit = 0; unit < 4000; unit++) tallies.units.add(number * 4000 + unit, unit, 1)
      book.add({ number, startMs: number, lengthMs: 1, streams: [{ name: 'shop', tallies }] } as unknown as Slice)
      assert.equal(book.size, Math.min(number * 4000, 65_536))
    }
  })

  it('counts only below the smallest limit so far: by hash, never by cohort', () => {
    const run = new Run()
    const early = Array.from({ length: 1000 }, (_, at) => `early${at}`)
    const crowd = Array.from({ length: 6000 }, (_, at) => `crowd${at}`)
    assert.deepEqual(run.add(early.slice(500), early.slice(0, 500)), [500, 500, 0, 0])

    // 6,000 units in one slice: it keeps the 4,096 smallest, and the 4,096th is the limit that is not counted itself.
    const limit = crowd.map(firstWord).sort((a, b) => a - b)[4095]!
    const isBelow = (unit: string): boolean => firstWord(unit) < limit
    const [control, candidate, visits] = run.add(crowd.slice(0, 5000), crowd.slice(5000))!
    assert.equal(control! + candidate!, 4095)
    assert.equal(control, crowd.slice(0, 5000).filter(isBelow).length)
    assert.equal(visits, 0)

    // Later slices are small again, but the book has forgotten all above the limit: there nobody is new, nobody returns.
    const again = [...early, 'new1', 'new2', 'new3', 'new4', 'new5', 'new6']
    const counts = run.add(again, [])!
    assert.equal(counts[2], early.filter(isBelow).length)
    assert.equal(counts[0], again.filter(isBelow).length - counts[2])
    // Half of `early` came as candidates before.
    assert.equal(counts[3], early.slice(0, 500).filter(isBelow).length)
  })
})

/** The salt is the default one: the topic prefix. */
function firstWord(unit: string): number {
  const hash = new UnitHash('evenkeel')
  hash.hash(unit)
  return hash.first
}
