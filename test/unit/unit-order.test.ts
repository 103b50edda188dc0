import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { unitAt, unitsInOrder } from '../../src/sketch/unit-order.ts'

const WORD = 2 ** 32
const word = fc.oneof(fc.integer({ min: 0, max: WORD - 1 }), fc.nat(3), fc.constantFrom(WORD - 2, WORD - 1))

describe('units in order', () => {
  it('are those of a plain sort, spread or crowded', () => {
    const units = fc.oneof(
      fc.array(fc.tuple(word, word), { maxLength: 300 }),
      // More of one first word than a range may hold.
      fc.array(fc.tuple(fc.constantFrom(7, WORD - 1), word), { minLength: 100, maxLength: 300 }),
    )
    fc.assert(fc.property(units, fc.nat(5), (given, free) => assert.deepEqual(ordered(given, free), plain(given))))
  })

  it('are none of none, and stay what they are where they are in order', () => {
    assert.deepEqual(ordered([], 16), [])
    const rising = Array.from({ length: 1000 }, (_, at): [number, number] => [at * 4_000_000, at])
    assert.deepEqual(ordered(rising, 0), rising)
  })

  it('are by the second word where the first is the same, however many there are', () => {
    const same = Array.from({ length: 500 }, (_, at): [number, number] => [9, (at * 7919) % 500])
    assert.deepEqual(ordered(same, 1), plain(same))
  })

  it('are cut at the smallest that are wanted, and each is found by its rank', () => {
    const some = Array.from({ length: 300 }, (_, at): [number, number] => [(at * 7919) % 1000, at])
    assert.deepEqual(ordered(some, 40, 200), plain(some).slice(0, 200))
    for (const rank of [1, 2, 150, 300]) {
      const { first, second } = unitAt(rank, tableOf(some, 40))
      assert.deepEqual([first, second], plain(some)[rank - 1])
    }
  })
})

/** Units of a table with so many free places. */
function tableOf(units: readonly (readonly [number, number])[], free: number) {
  const slots = units.length + free
  const masks = Uint8Array.from({ length: slots }, (_, slot) => (slot < units.length ? maskOf(units[slot]!) : 0))
  const firsts = Uint32Array.from({ length: slots }, (_, slot) => units[slot]?.[0] ?? WORD - 1)
  const seconds = Uint32Array.from({ length: slots }, (_, slot) => units[slot]?.[1] ?? WORD - 1)
  return { firsts, seconds, masks, used: units.length }
}

/** Follows from the unit, so that one that lost its own on the way is seen. */
function maskOf([first, second]: readonly [number, number]): number {
  return ((first ^ second) & 127) + 1
}

function ordered(units: readonly (readonly [number, number])[], free: number, max?: number): [number, number][] {
  const { pairs, masks } = unitsInOrder(tableOf(units, free), max)
  assert.equal(pairs.length, masks.length * 2)
  return Array.from(masks, (mask, at) => {
    const unit: [number, number] = [pairs[at * 2]!, pairs[at * 2 + 1]!]
    assert.equal(mask, maskOf(unit))
    return unit
  })
}

function plain(units: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return [...units].sort(([a, b], [c, d]) => a - c || b - d)
}
