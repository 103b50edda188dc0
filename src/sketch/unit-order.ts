/** Units as a table of hashes holds them: those with mask 0 are free places. */
export interface UnitSlots {
  firsts: Uint32Array
  seconds: Uint32Array
  masks: Uint8Array
}

/**
 * The units of a table in order, as first, second, first, second, …
 *
 * Hashes are evenly spread, so that dealing them into as many ranges as there are units leaves them all but sorted: a few
 * nanoseconds a unit, where the engine's own sort of numbers takes fifty. Where they are not spread (whoever knows the salt
 * can choose units), that sort does it.
 */
export function unitsInOrder({ firsts, seconds, masks }: UnitSlots, used: number): Uint32Array {
  const pairs = new Uint32Array(used * 2)
  let highest = 0
  for (let slot = 0; slot < masks.length; slot++) {
    if (masks[slot] !== 0 && firsts[slot]! > highest) highest = firsts[slot]!
  }
  const starts = new Uint32Array(used + 1)
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
    const at = starts[Math.floor(firsts[slot]! / perRange)]!++ * 2
    pairs[at] = firsts[slot]!
    pairs[at + 1] = seconds[slot]!
  }
  return crowd <= CROWD_MAX ? settle(pairs) : sorted(pairs)
}

/** Of n evenly spread units hardly ever more than ten fall into one of n ranges. */
const CROWD_MAX = 64

/** Insertion sort of pairs that are no further from their place than a crowd is long. */
function settle(pairs: Uint32Array): Uint32Array {
  for (let from = 2; from < pairs.length; from += 2) {
    const first = pairs[from]!
    const second = pairs[from + 1]!
    let at = from
    for (; at > 0 && (pairs[at - 2]! > first || (pairs[at - 2] === first && pairs[at - 1]! > second)); at -= 2) {
      pairs[at] = pairs[at - 2]!
      pairs[at + 1] = pairs[at - 1]!
    }
    pairs[at] = first
    pairs[at + 1] = second
  }
  return pairs
}

function sorted(pairs: Uint32Array): Uint32Array {
  const keys = new BigUint64Array(pairs.length / 2)
  for (let at = 0; at < keys.length; at++) keys[at] = (BigInt(pairs[at * 2]!) << 32n) | BigInt(pairs[at * 2 + 1]!)
  keys.sort()
  for (const [at, key] of keys.entries()) {
    pairs[at * 2] = Number(key >> 32n)
    pairs[at * 2 + 1] = Number(key & 0xffffffffn)
  }
  return pairs
}
