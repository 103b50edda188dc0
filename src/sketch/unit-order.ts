import type { UnitTable } from './unit-table.ts'

/** Distinct units, ascending by first, then second. */
export interface OrderedUnits {
  /** first, second, first, second, … */
  readonly pairs: Uint32Array
  /** Of each unit: not 0. */
  readonly masks: Uint8Array
}

export const NO_UNITS: OrderedUnits = { pairs: new Uint32Array(0), masks: new Uint8Array(0) }

type Table = Pick<UnitTable, 'firsts' | 'seconds' | 'masks' | 'used'>

/** The units of a table in order: all of them, or the `max` smallest. */
export function unitsInOrder(table: Table, max = Infinity): OrderedUnits {
  if (table.used === 0) return NO_UNITS
  const { pairs, masks } = order(table)
  const length = Math.min(table.used, max)
  return { pairs: pairs.slice(0, length * 2), masks: masks.slice(0, length) }
}

/** The n-th smallest, from 1. */
export function unitAt(n: number, table: Table): { first: number; second: number } {
  const { pairs } = order(table)
  return { first: pairs[n * 2 - 2]!, second: pairs[n * 2 - 1]! }
}

/**
 * Hashes are evenly spread, so that dealing them into as many ranges as there are units leaves them all but sorted: a few
 * nanoseconds a unit, where the engine's own sort of numbers takes fifty. Where they are not spread (whoever knows the salt
 * can choose units), that sort does it.
 */
function order({ firsts, seconds, masks, used }: Table): Scratch {
  if (scratch.masks.length < used) scratch = newScratch(used)
  const { starts, pairs, masks: ordered } = scratch
  let highest = 0
  for (let slot = 0; slot < masks.length; slot++) {
    if (masks[slot] !== 0 && firsts[slot]! > highest) highest = firsts[slot]!
  }
  starts.fill(0, 0, used + 1)
  const perRange = (highest + 1) / used
  for (let slot = 0; slot < masks.length; slot++) {
    if (masks[slot] !== 0) starts[Math.floor(firsts[slot]! / perRange) + 1]!++
  }
  let crowd = 0
  for (let range = 1; range <= used; range++) {
    if (starts[range]! > crowd) crowd = starts[range]!
    starts[range]! += starts[range - 1]!
  }
  for (let slot = 0; slot < masks.length; slot++) {
    if (masks[slot] === 0) continue
    const at = starts[Math.floor(firsts[slot]! / perRange)]!++
    pairs[at * 2] = firsts[slot]!
    pairs[at * 2 + 1] = seconds[slot]!
    ordered[at] = masks[slot]!
  }
  if (crowd <= CROWD_MAX) settle(scratch, used)
  else sort(scratch, used)
  return scratch
}

interface Scratch {
  starts: Uint32Array
  pairs: Uint32Array
  masks: Uint8Array
}

/** Of one call at a time; as long as the largest table that was ever put in order. */
let scratch = newScratch(8192)

function newScratch(length: number): Scratch {
  return { starts: new Uint32Array(length + 1), pairs: new Uint32Array(length * 2), masks: new Uint8Array(length) }
}

/** Of n evenly spread units hardly ever more than ten fall into one of n ranges. */
const CROWD_MAX = 64

/** Insertion sort of units that are no further from their place than a crowd is long. */
function settle({ pairs, masks }: Scratch, length: number): void {
  for (let from = 1; from < length; from++) {
    const first = pairs[from * 2]!
    const second = pairs[from * 2 + 1]!
    const mask = masks[from]!
    let at = from
    for (; at > 0; at--) {
      const before = pairs[at * 2 - 2]!
      if (before < first || (before === first && pairs[at * 2 - 1]! <= second)) break
      pairs[at * 2] = before
      pairs[at * 2 + 1] = pairs[at * 2 - 1]!
      masks[at] = masks[at - 1]!
    }
    if (at === from) continue
    pairs[at * 2] = first
    pairs[at * 2 + 1] = second
    masks[at] = mask
  }
}

function sort({ pairs, masks }: Scratch, length: number): void {
  const units = Array.from({ length }, (_, at) => {
    return { first: pairs[at * 2]!, second: pairs[at * 2 + 1]!, mask: masks[at]! }
  })
  units.sort((a, b) => a.first - b.first || a.second - b.second)
  for (const [at, { first, second, mask }] of units.entries()) {
    pairs[at * 2] = first
    pairs[at * 2 + 1] = second
    masks[at] = mask
  }
}
