/**
 * Bins of doubles without logarithm and without configuration: the upper 32 bits of a double, shifted right.
 *
 *   shift 0    20 bits of mantissa, about six digits; every step of shift joins two neighbouring bins into one
 *   index      0 for ±0; k + 1 above, -(k + 1) below, k = (upper word without sign) >>> shift
 *
 * The order of indices is the order of values. A bin's lowest and highest index at shift 0, its "full" indices, locate it
 * among bins of any shift. (Idea: HdrHistogram; format: IEEE 754-2019.)
 */
export const SHIFT_MAX = 31

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)
/** Which of the two words is the upper one depends on the machine; the index does not. */
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** `value` is finite. */
export function binIndex(value: number, shift: number): number {
  return coarsen(fullIndex(value), shift)
}

/** The index at shift 0. */
export function fullIndex(value: number): number {
  if (value === 0) return 0
  double[0] = value
  const upper = words[UPPER]!
  return upper >= 0 ? upper + 1 : -(upper & 0x7fffffff) - 1
}

/** The index `by` steps of shift further on. */
export function coarsen(index: number, by: number): number {
  if (index > 0) return ((index - 1) >>> by) + 1
  return index === 0 ? 0 : -(((-index - 1) >>> by) + 1)
}

/** Multiplied, not shifted: the top bins reach 2^31. */
export function lowestFullIndex(index: number, shift: number): number {
  if (index > 0) return (index - 1) * 2 ** shift + 1
  return index === 0 ? 0 : index * 2 ** shift
}

export function highestFullIndex(index: number, shift: number): number {
  if (index > 0) return index * 2 ** shift
  return index === 0 ? 0 : (index + 1) * 2 ** shift - 1
}

/** The double of smallest magnitude in the bin, with the bin's sign: `lowBits` of the golden cases. */
export function lowDouble(index: number, shift: number): number {
  if (index === 0) return 0
  const low = doubleOf((Math.abs(index) - 1) * 2 ** shift, 0)
  return index > 0 ? low : -low
}

/** The finite double of largest magnitude in the bin, with the bin's sign. */
export function highDouble(index: number, shift: number): number {
  if (index === 0) return 0
  const upper = Math.abs(index) * 2 ** shift - 1
  const high = upper > UPPER_WORD_MAX ? Number.MAX_VALUE : doubleOf(upper, -1)
  return index > 0 ? high : -high
}

/** The mean of the bin's lowest and highest double. */
export function midpoint(index: number, shift: number): number {
  const low = lowDouble(index, shift)
  const high = highDouble(index, shift)
  const sum = low + high
  return Number.isFinite(sum) ? sum / 2 : low / 2 + high / 2
}

/** Of the largest finite double. */
const UPPER_WORD_MAX = 0x7fefffff

function doubleOf(upper: number, lower: number): number {
  words[UPPER] = upper
  words[1 - UPPER] = lower
  return double[0]!
}
