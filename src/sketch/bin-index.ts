/**
 * Bins of doubles without logarithm and without configuration: the upper 32 bits of a double, shifted right.
 *
 *   shift 0    20 bits of mantissa, about six digits; every step of shift joins two neighbouring bins into one
 *   index      0 for ±0; k + 1 above, -(k + 1) below, k = (upper word without sign) >>> shift
 *   ordinal    k above, ~k below: at shift s simply `ordinal >> s`, so the sketches work with these; ±0 is ZERO
 *
 * The order of indices is the order of values, and so is the order of ordinals, zero aside. A bin's lowest and highest index
 * at shift 0, its "full" indices, locate it among bins of any shift. (Idea: HdrHistogram; format: IEEE 754-2019.)
 */
export const SHIFT_MAX = 31

/** Zero's ordinal: the upper word of a NaN, so no other value has it. It must not be shifted. */
export const ZERO = 0x7fffffff

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)
/** Which of the two words is the upper one depends on the machine; the index does not. */
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** `value` is finite. */
export function binIndex(value: number, shift: number): number {
  return value === 0 ? 0 : indexOf(ordinalOf(value) >> shift)
}

/** At shift 0. */
export function ordinalOf(value: number): number {
  if (value === 0) return ZERO
  double[0] = value
  const upper = words[UPPER]!
  return upper ^ ((upper >> 31) & 0x7fffffff)
}

/** The index of an ordinal that is not zero's, both at the same shift. */
export function indexOf(ordinal: number): number {
  return ordinal >= 0 ? ordinal + 1 : ordinal
}

/** The lowest ordinal, in size, of a bin. */
export function ordinalIn(index: number, shift: number): number {
  if (index === 0) return ZERO
  return (index > 0 ? index - 1 : index) << shift
}

/** The index `by` steps of shift further on. */
export function coarsen(index: number, by: number): number {
  return index === 0 ? 0 : indexOf((index > 0 ? index - 1 : index) >> by)
}

/** Of the bin that holds the largest double. */
export function indexMaxAt(shift: number): number {
  return (UPPER_WORD_MAX >> shift) + 1
}

/** Multiplied, not shifted: the top bins reach 2^31. */
export function lowestFullIndex(index: number, shift: number): number {
  if (index > 0) return (index - 1) * scaleOf(shift) + 1
  return index === 0 ? 0 : index * scaleOf(shift)
}

export function highestFullIndex(index: number, shift: number): number {
  if (index > 0) return index * scaleOf(shift)
  return index === 0 ? 0 : (index + 1) * scaleOf(shift) - 1
}

/** The double of smallest magnitude in the bin, with the bin's sign: `lowBits` of the golden cases. */
export function lowDouble(index: number, shift: number): number {
  if (index === 0) return 0
  const low = doubleOf((Math.abs(index) - 1) * scaleOf(shift), 0)
  return index > 0 ? low : -low
}

/** The finite double of largest magnitude in the bin, with the bin's sign. */
export function highDouble(index: number, shift: number): number {
  if (index === 0) return 0
  const upper = Math.abs(index) * scaleOf(shift) - 1
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

/** 2^shift, for shifts up to 31; `**` is not for the inside. */
function scaleOf(shift: number): number {
  return (1 << shift) >>> 0
}

/** Of the largest finite double. */
const UPPER_WORD_MAX = 0x7fefffff

function doubleOf(upper: number, lower: number): number {
  words[UPPER] = upper
  words[1 - UPPER] = lower
  return double[0]!
}
