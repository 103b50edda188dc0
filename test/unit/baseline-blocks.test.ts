import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { BaselineMetric } from '../../src/baseline/baseline.ts'
import { Profile } from '../../src/baseline/profile.ts'
import { offeredWindows } from '../../src/evidence/ladder.ts'
import { Term } from '../../src/evidence/term.ts'
import { WindowSums } from '../../src/evidence/window-sums.ts'
import { Blocks } from '../../src/verdict/checks/baseline-blocks.ts'
import type { Block } from '../../src/verdict/checks/baseline-blocks.ts'
import { addCounts, noCounts } from '../../src/verdict/checks/baseline-counts.ts'
import type { Counts } from '../../src/verdict/checks/baseline-counts.ts'
import { SharedEvents } from '../../src/verdict/checks/baseline-events.ts'
import { BaselineLadder } from '../../src/verdict/checks/baseline-ladder.ts'
import { shapeOfCells, sumsOfCell, surplusSumOf } from '../../src/verdict/checks/baseline-term.ts'
import { baselineTermOf } from '../support/baselines.ts'
import { randomOf } from '../support/slices.ts'

const BUCKETS = 256
const MINUTES_5 = 300_000

describe('counts', () => {
  it('are kept in the narrowest type that holds them, to the last one', () => {
    let counts: Counts = noCounts(3)
    for (const [more, sum, Type] of [
      [255, 255, Uint8Array],
      [1, 256, Uint16Array],
      [65_279, 65_535, Uint16Array],
      [1, 65_536, Uint32Array],
      [4_294_901_759, 4_294_967_295, Uint32Array],
      [1, 4_294_967_296, Float64Array],
    ] as const) {
      counts = addCounts(counts, [more], 1)
      assert.ok(counts instanceof Type)
      assert.deepEqual([...counts], [0, sum, 0])
    }
  })

  it('may be fractions', () => {
    const counts = addCounts(addCounts(noCounts(2), [200, 200]), [0, 100.25])
    assert.deepEqual([...counts], [200, 300.25])
    assert.throws(() => addCounts(counts, [NaN]), /not a number/)
  })
})

/** A block that knows which slices it holds. */
class Slices implements Block {
  readonly held: number[] = []
  merge(next: Slices): void {
    this.held.push(...next.held)
  }
  copy(): this {
    const copied = new Slices()
    copied.held.push(...this.held)
    return copied as this
  }
}

/** The windows that are held against a baseline. */
function windowsAt(T: number, levels: number, begin: number): number[] {
  const windows = offeredWindows(T, levels, begin).filter(({ blocks, level }) => blocks === 3 && level >= 3)
  return windows.map(({ start }) => start)
}

describe('blocks', () => {
  it('hold every slice of every window once and in order, whatever the levels and wherever they begin', () => {
    for (const [levels, begin] of [
      [10, 0],
      [10, 13],
      [6, 8],
      [4, 5],
      [3, 0],
    ] as const) {
      // prettier-ignore
      const blocks = new Blocks(levels, () => new Slices())
      for (let T = begin + 1; T <= 4_500; T++) {
        blocks.enter(T)?.held.push(T - 1)
        for (const start of windowsAt(T, levels, begin)) {
          const held = blocks.from(start).flatMap((block) => block.held)
          assert.equal(held.length, T - start)
          assert.ok(held.every((each, at) => each === start + at))
        }
      }
    }
  })

  it('are few: two for every level beside the first', () => {
    const blocks = new Blocks(10, () => new Slices())
    let most = 0
    for (let T = 1; T <= 4_032; T++) {
      blocks.enter(T)
      const oldest = Math.max(0, (Math.floor(T / 512) - 3) * 512)
      most = Math.max(most, blocks.from(oldest).length)
    }
    assert.equal(most, 16)
  })
})

const CELLS = 3
const HOURS = Array.from({ length: 20 * 24 }, (_, hour) => hour)
const METRIC: BaselineMetric = {
  ...{ measure: 'values', name: 'f', cells: { kind: 'hashed' }, counts: [1, 1, 1] },
  n: HOURS.map((hour) => 1_000 + (hour % 24)),
  x: Array.from({ length: CELLS }, (_, cell) => HOURS.map((hour) => 100 * (cell + 1) + (hour % 7))),
}
const PROFILE = new Profile({ hours: HOURS }, METRIC)

function near(found: number, expected: number, scale: number): void {
  assert.ok(Math.abs(found - expected) <= 1e-11 * (1 + scale), `${found}, not ${expected}`)
}

describe('the ladder of a baseline', () => {
  for (const begin of [0, 13]) {
    it(`says of every window what running sums of its slices say, from slice ${begin} on`, () => {
      const random = randomOf(5)
      const ladder = new BaselineLadder(PROFILE, { levels: 7, begin, events: null })
      const sums = new WindowSums({ ...shapeOfCells(CELLS), levels: 7, begin })
      const whole = new Term(shapeOfCells(CELLS))
      let compared = 0
      for (let T = begin + 1; T <= 600; T++) {
        const x = Float64Array.from({ length: BUCKETS * CELLS }, () => Math.floor(random() * random() * 9))
        // As where a slice is coarser than the baseline, and is set right by its histogram.
        if (T % 50 === 0) for (let at = 0; at < x.length; at++) x[at]! *= 1.1
        const n = Float64Array.from({ length: BUCKETS }, () => Math.floor(random() * 20))
        n.forEach((events, bucket) => events === 0 && x.fill(0, bucket * CELLS, (bucket + 1) * CELLS))
        const counted = T % 9 === 0 ? null : { x, n }
        const slot = PROFILE.slotOf((T - 1) * MINUTES_5)
        ladder.add(counted, slot)
        const term = counted === null ? null : baselineTermOf(counted, PROFILE, slot)
        sums.add(term)
        if (term !== null) whole.add(term)
        const known = new Map(sums.offered(begin).map((window) => [`${window.cls} ${window.blocks}`, window]))
        const offered = ladder.offered(begin)
        assert.deepEqual(offered.map(({ start }) => start), windowsAt(T, 7, begin)) // prettier-ignore
        for (const { cls, blocks, sums: window } of offered) {
          const { sums: term } = known.get(`${cls} ${blocks}`)!
          compared++
          assert.equal(window.w, term.w)
          for (let cell = 0; cell < CELLS; cell++) {
            const [found, expected] = [sumsOfCell(window, PROFILE, cell), sumsOfCell(term, PROFILE, cell)]
            for (let bucket = 0; bucket < BUCKETS; bucket++) near(found.r[bucket]!, expected.r[bucket]!, term.w)
            assert.deepEqual(found.events, expected.events)
            near(found.viid, expected.viid, expected.viid)
            near(found.vBaseline, expected.vBaseline, expected.vBaseline)
            near(surplusSumOf(window, cell), surplusSumOf(term, cell), term.w)
            for (const kind of [0, 1] as const) near(window.counts[kind][cell]!, term.counts[kind][cell]!, term.w)
          }
        }
      }
      assert.ok(compared > 300)
      assert.deepEqual(ladder.whole.sums.scalars, whole.scalars, 'the whole, to the bit')
      assert.deepEqual([ladder.whole.sums.r, ladder.whole.sums.events], [whole.r, whole.events])
      assert.equal(ladder.whole.start, begin)
    })
  }

  it('of fewer levels than two hours have has a whole and no window', () => {
    const ladder = new BaselineLadder(PROFILE, { levels: 3, begin: 0, events: null })
    for (let T = 1; T <= 40; T++) {
      ladder.add({ x: new Float64Array(BUCKETS * CELLS).fill(1), n: new Float64Array(BUCKETS).fill(3) }, 0)
      assert.deepEqual(ladder.offered(0), [])
    }
    assert.equal(ladder.whole.sums.w, 40 * 3 * BUCKETS)
  })
})

describe('events that several metrics count', () => {
  /** Sums by slot and bucket, without zeros. */
  function toldBy(events: SharedEvents, start: number): Record<string, number> {
    const told: Record<string, number> = {}
    for (const block of events.from(start)) {
      for (const [place, slot] of block.slots.entries()) {
        let total = 0
        block.at(place).forEach((count, bucket) => {
          total += count
          if (count > 0) told[`${slot} ${bucket}`] = (told[`${slot} ${bucket}`] ?? 0) + count
        })
        assert.equal(block.totals[place], total)
      }
    }
    return told
  }

  it('are told to each as if it had a list of its own, whenever and with whomever it leaves', () => {
    const metrics = 4
    // In each slice each metric counts one of three: nothing, all, or what is not missing.
    const slices = fc.array(fc.array(fc.constantFrom(null, 1, 1, 1, 1, 1, 1, 2), { minLength: metrics, maxLength: metrics }), { minLength: 40, maxLength: 90 }) // prettier-ignore
    fc.assert(
      fc.property(slices, fc.integer({ min: 0, max: 9 }), (story, begin) => {
        const shared = new SharedEvents(5, begin)
        const lists: SharedEvents[] = Array.from({ length: metrics }, () => shared)
        const own = lists.map(() => new SharedEvents(5, begin))
        for (const [at, kinds] of story.entries()) {
          const T = begin + at + 1
          for (const [metric, kind] of kinds.entries()) {
            const events = kind === null ? null : Float64Array.from({ length: BUCKETS }, (_, bucket) => ((bucket * T) % 5) * kind) // prettier-ignore
            const slot = Math.floor(T / 12)
            lists[metric] = lists[metric]!.add(T, slot, events)
            own[metric]!.add(T, slot, events)
          }
          for (const start of windowsAt(T, 5, begin)) {
            for (const [metric, list] of lists.entries()) {
              assert.deepEqual(toldBy(list, start), toldBy(own[metric]!, start))
            }
          }
        }
      }),
      { numRuns: 25, seed: 1_234 },
    )
  })

  it('are one list for those that count the same, also of those that left', () => {
    const all = new Float64Array(BUCKETS).fill(5)
    const some = new Float64Array(BUCKETS).fill(4)
    const shared = new SharedEvents(5, 0)
    assert.equal(shared.add(1, 0, all), shared)
    assert.equal(shared.add(1, 0, all.slice()), shared)
    const left = shared.add(1, 0, some)
    assert.notEqual(left, shared)
    assert.equal(shared.add(1, 0, some.slice()), left, 'who leaves for the same reason goes along')
    assert.notEqual(shared.add(1, 1, all), shared, 'another slot is another list')
    assert.notEqual(shared.add(1, 0, null), shared)
    assert.equal(left.add(2, 0, all), left)
  })
})
