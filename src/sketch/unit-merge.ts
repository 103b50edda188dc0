import type { OrderedUnits } from './unit-order.ts'

/** The units of both in order, at most the `max` smallest; a unit that is in both has both masks. */
export function mergeUnits(one: OrderedUnits, other: OrderedUnits, max: number): OrderedUnits {
  const longest = Math.min(one.masks.length + other.masks.length, max)
  if (scratch.masks.length < longest) scratch = newScratch(longest)
  const { pairs, masks } = scratch
  const [onePairs, otherPairs] = [one.pairs, other.pairs]
  const [oneEnd, otherEnd] = [one.masks.length, other.masks.length]
  let length = 0
  let left = 0
  let right = 0
  while (left < oneEnd && right < otherEnd && length < longest) {
    const first = onePairs[left * 2]!
    const second = onePairs[left * 2 + 1]!
    const otherFirst = otherPairs[right * 2]!
    const otherSecond = otherPairs[right * 2 + 1]!
    const isLeft = first < otherFirst || (first === otherFirst && second <= otherSecond)
    const isRight = first > otherFirst || (first === otherFirst && second >= otherSecond)
    pairs[length * 2] = isLeft ? first : otherFirst
    pairs[length * 2 + 1] = isLeft ? second : otherSecond
    masks[length++] = (isLeft ? one.masks[left]! : 0) | (isRight ? other.masks[right]! : 0)
    if (isLeft) left++
    if (isRight) right++
  }
  const rest = left < oneEnd ? one : other
  for (let at = left < oneEnd ? left : right; at < rest.masks.length && length < longest; at++) {
    pairs[length * 2] = rest.pairs[at * 2]!
    pairs[length * 2 + 1] = rest.pairs[at * 2 + 1]!
    masks[length++] = rest.masks[at]!
  }
  return { pairs: pairs.slice(0, length * 2), masks: masks.slice(0, length) }
}

/** Of one call at a time; as long as the longest result so far. */
let scratch = newScratch(8192)

function newScratch(length: number) {
  return { pairs: new Uint32Array(length * 2), masks: new Uint8Array(length) }
}
