import type { Batch } from './column-buffer.ts'

/**
 * Sorts a batch by key, ascending, and moves each bucket with its key; `scratch` is as long. Least significant digit first,
 * 8 bits at a time: 6 ns a value from a few hundred values on, where the engine's own sort takes 50 and moves no bucket. A
 * digit that is the same in all keys, such as the sign and the upper exponent, is skipped.
 *
 * With `bitsIgnored`, keys that differ only there stay as they came. Returns whichever of the two holds the result.
 */
export function radixSort(batch: Batch, scratch: Batch, length: number, bitsIgnored: 0 | 8 = 0): Batch {
  if (length <= INSERTION_LENGTH_MAX) return insertionSort(batch, length)
  countDigits(batch.keys, length)
  let from = batch
  let to = scratch
  for (let digit = bitsIgnored / 8; digit < 4; digit++) {
    const starts = counts.subarray(digit * 256, digit * 256 + 256)
    if (starts[digitOf(from.keys[0]!, digit * 8)] === length) continue
    let sum = 0
    for (let value = 0; value < 256; value++) {
      const count = starts[value]!
      starts[value] = sum
      sum += count
    }
    scatter(from, to, length, digit * 8, starts)
    ;[from, to] = [to, from]
  }
  return from
}

const INSERTION_LENGTH_MAX = 40
const counts = new Uint32Array(4 * 256)

function insertionSort(batch: Batch, length: number): Batch {
  const { keys, buckets } = batch
  for (let from = 1; from < length; from++) {
    const key = keys[from]!
    const bucket = buckets[from]!
    let at = from
    for (; at > 0 && keys[at - 1]! > key; at--) {
      keys[at] = keys[at - 1]!
      buckets[at] = buckets[at - 1]!
    }
    keys[at] = key
    buckets[at] = bucket
  }
  return batch
}

function countDigits(keys: Int32Array, length: number): void {
  counts.fill(0)
  for (let at = 0; at < length; at++) {
    const key = keys[at]! ^ SIGN
    counts[key & 255]!++
    counts[256 + ((key >>> 8) & 255)]!++
    counts[512 + ((key >>> 16) & 255)]!++
    counts[768 + (key >>> 24)]!++
  }
}

function scatter(from: Batch, to: Batch, length: number, shift: number, starts: Uint32Array): void {
  const { keys, buckets } = from
  const { keys: toKeys, buckets: toBuckets } = to
  for (let at = 0; at < length; at++) {
    const key = keys[at]!
    const digit = digitOf(key, shift)
    const place = starts[digit]!
    starts[digit] = place + 1
    toKeys[place] = key
    toBuckets[place] = buckets[at]!
  }
}

/** With the sign flipped, signed order is unsigned order. */
function digitOf(key: number, shift: number): number {
  return ((key ^ SIGN) >>> shift) & 255
}

const SIGN = 0x80000000 | 0
