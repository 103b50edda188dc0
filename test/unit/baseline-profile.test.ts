import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BaselineMetric } from '../../src/baseline/baseline.ts'
import { HOUR_MS, hourOf, hourOfDay, hourOfWeek } from '../../src/baseline/hours.ts'
import { onHashBins, Profile } from '../../src/baseline/profile.ts'
import { hashBin } from '../../src/sketch/category-table.ts'

/** A Monday. */
const MONDAY = hourOf(Date.parse('2026-03-02T00:00:00Z'))

function rate(n: number[], x: number[]): BaselineMetric {
  return { measure: 'rate', name: 'ctr', cells: null, counts: null, n, x: [x] }
}

/** The same hours of so many days in a row. */
function hoursOf(days: number, hours: readonly number[]): number[] {
  return Array.from({ length: days }, (_, day) => hours.map((hour) => MONDAY + 24 * day + hour)).flat()
}

describe('hours of the day and of the week', () => {
  it('begin on Monday at 00:00 UTC, before 1970 as well', () => {
    for (const [time, day, week] of [
      ['1970-01-01T00:00:00Z', 0, 72],
      ['2026-03-02T00:59:59Z', 0, 0],
      ['2026-03-08T23:00:00Z', 23, 167],
      ['1969-12-29T05:00:00Z', 5, 5],
    ] as const) {
      const hour = hourOf(Date.parse(time))
      assert.deepEqual([hourOfDay(hour), hourOfWeek(hour)], [day, week], time)
    }
  })
})

describe('the profile of a metric', () => {
  it('knows slots by the hour of the day with 13 days, by the hour of the week with 14', () => {
    const thirteen = new Profile(
      { hours: hoursOf(13, [9]) },
      rate(new Array<number>(13).fill(100), new Array<number>(13).fill(10)),
    )
    assert.deepEqual([thirteen.days, thirteen.slots, thirteen.n[9]], [13, 24, 1300])
    const fourteen = new Profile(
      { hours: hoursOf(14, [9]) },
      rate(new Array<number>(14).fill(100), new Array<number>(14).fill(10)),
    )
    assert.deepEqual([fourteen.days, fourteen.slots, fourteen.n[9], fourteen.n[24 + 9]], [14, 168, 200, 200])
    assert.equal(fourteen.slotOf((MONDAY + 24 * 8 + 9) * HOUR_MS + 1), 24 + 9)
  })

  it('does not know a slot of fewer than 200 events', () => {
    const hours = hoursOf(7, [9, 10])
    const n = hours.map((_, at) => (at % 2 === 0 ? 29 : 28))
    const profile = new Profile(
      { hours },
      rate(
        n,
        n.map(() => 7),
      ),
    )
    assert.deepEqual([profile.isKnown(9), profile.isKnown(10), profile.isKnown(11)], [true, false, false])
    assert.deepEqual(profile.of(9, 0), { x: 49, n: 203 })
  })

  it('knows a slot of 200 events, to the last one', () => {
    const knows = (last: number): boolean => {
      const n = [25, 25, 25, 25, 25, 25, 25, last]
      return new Profile({ hours: hoursOf(8, [9]) }, rate(n, n)).isKnown(9)
    }
    assert.deepEqual([knows(25), knows(24)], [true, false])
  })

  it('does not count a day without events of this metric', () => {
    const n = [100, 100, 0, 100, 100, 100, 100]
    assert.equal(
      new Profile(
        { hours: hoursOf(7, [9]) },
        rate(
          n,
          n.map(() => 0),
        ),
      ).days,
      6,
    )
  })

  it('measures each day against the others, over the hours asked for', () => {
    // Two hours a day of 100 events: rates 10 % and 30 %, and the third day has 4 and 8 more.
    const hours = hoursOf(7, [9, 20])
    const x = hours.map((_, at) => (at % 2 === 0 ? 10 : 30) + (at === 4 ? 4 : at === 5 ? 8 : 0))
    const profile = new Profile(
      { hours },
      rate(
        hours.map(() => 100),
        x,
      ),
    )
    const close = (actual: readonly number[], expected: readonly number[]): void => {
      assert.equal(actual.length, expected.length)
      actual.forEach((each, at) => assert.ok(Math.abs(each - expected[at]!) < 1e-12, `${at}: ${each} ${expected[at]}`))
    }
    // Of the others: 4 more in 600 events; of the third day itself, against six without.
    const others = (more: number): number[] =>
      [0, 1, 2, 3, 4, 5, 6].map((day) => (day === 2 ? more / 100 : -more / 600))
    close(profile.dayEffects(1 << 9, 0), others(4))
    close(profile.dayEffects(1 << 20, 0), others(8))
    close(profile.dayEffects((1 << 9) | (1 << 20), 0), others(6))
    close(profile.dayEffects(1 << 3, 0), [])
  })

  it('compares each day with its own weekday where slots are of the week, and has an effect for every day', () => {
    const hours = hoursOf(14, [9])
    // Every weekday has a rate of its own; the second Monday has 5 more than the first.
    const x = hours.map((_, day) => 10 * (day % 7) + (day === 7 ? 5 : 0))
    const effects = new Profile(
      { hours },
      rate(
        hours.map(() => 100),
        x,
      ),
    ).dayEffects(1 << 9, 0)
    assert.deepEqual(effects.length, 14)
    assert.ok(Math.abs(effects[0]! + 0.05) < 1e-12 && Math.abs(effects[7]! - 0.05) < 1e-12)
    assert.ok(effects.every((effect, day) => day % 7 === 0 || Math.abs(effect) < 1e-12))
  })

  it('leaves out a day whose slot no other day has', () => {
    // 14 days, but only one Wednesday holds this hour.
    const hours = [...hoursOf(14, [9]).filter((_, day) => day !== 2)]
      .concat(MONDAY + 24 * 15 + 20)
      .sort((a, b) => a - b)
    const profile = new Profile(
      { hours },
      rate(
        hours.map(() => 100),
        hours.map(() => 10),
      ),
    )
    assert.equal(profile.days, 14)
    assert.equal(profile.dayEffects(1 << 9, 0).length, 12)
  })
})

describe('names on hash bins', () => {
  it('keep every event of every hour, also where names share a bin, and are no longer names', () => {
    const names = Array.from({ length: 60 }, (_, at) => `c${at + 10}`)
    const x = [...names.map((_, at) => [at + 1, 2 * at]), [0, 0]]
    const n = [0, 1].map((hour) => x.reduce((sum, column) => sum + column[hour]!, 0))
    const counts = x.map(([first, second]) => first! + second!)
    const metric: BaselineMetric = { measure: 'values', name: 'country', cells: { kind: 'names', names }, counts, n, x }
    const hashed = onHashBins(metric)
    assert.deepEqual([hashed.cells, hashed.n, hashed.x.length], [{ kind: 'hashed' }, n, 64])
    for (let bin = 0; bin < 64; bin++) {
      const own = names.flatMap((name, cell) => (hashBin(name) === bin ? [cell] : []))
      const sumOf = (of: (cell: number) => number): number => own.reduce((sum, cell) => sum + of(cell), 0)
      assert.deepEqual(hashed.x[bin], [sumOf((cell) => x[cell]![0]!), sumOf((cell) => x[cell]![1]!)])
      assert.equal(hashed.counts![bin], sumOf((cell) => counts[cell]!)) // prettier-ignore
    }
  })
})
