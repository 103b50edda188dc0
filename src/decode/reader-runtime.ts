import { FAULT } from './fault.ts'

/** Where a helper hands back what it cannot return: the position behind what it read (negative: a fault), the root's branch. */
export const cursor = { p: 0, k: 0 }

/** The rest of a number of at most 32 bits whose first byte is `first`. */
export function restOfNumber(bytes: Uint8Array, position: number, end: number, first: number): number {
  let value = first & 127
  let scale = 128
  for (let size = 2; size <= 5; size++) {
    if (position >= end) return fail(FAULT.truncated)
    const byte = bytes[position++]!
    value += (byte & 127) * scale
    if (byte < 128) {
      if (value > 0xffff_ffff) break
      cursor.p = position
      return value
    }
    scale *= 128
  }
  return fail(FAULT.varint)
}

/** Passes over the rest of a number, at most `sizeMax` bytes; answers the position behind it, or a fault. */
export function skipRestOfNumber(bytes: Uint8Array, position: number, end: number, sizeMax: number): number {
  for (let size = 1; size <= sizeMax; size++) {
    if (position >= end) return -FAULT.truncated
    if (bytes[position++]! < 128) return position
  }
  return -FAULT.varint
}

/**
 * A 64-bit integer, exact: a number as long as it is safe, else a bigint. The halves are read apart, because 32 bits are
 * all that bitwise operators have: `low` 28 bits, `middle` 28 bits, the rest in `high`.
 */
export function readLong(bytes: Uint8Array, start: number, end: number): number | bigint {
  let position = start
  let low = 0
  let middle = 0
  let high = 0
  for (let shift = 0; shift < 70; shift += 7) {
    if (position >= end) return fail(FAULT.truncated)
    const byte = bytes[position++]!
    if (shift < 28) low |= (byte & 127) << shift
    else if (shift < 56) middle |= (byte & 127) << (shift - 28)
    else high |= (byte & 127) << (shift - 56)
    if (byte < 128) {
      // 64 bits leave one for the tenth byte.
      if (high > 255) break
      cursor.p = position
      return signed(low, middle, high)
    }
  }
  return fail(FAULT.varint)
}

export function readFloat(bytes: Uint8Array, position: number): number {
  for (let at = 0; at < 4; at++) EIGHT_BYTES[at] = bytes[position + at]!
  return FLOAT[0]!
}

export function readDouble(bytes: Uint8Array, position: number): number {
  EIGHT_BYTES[0] = bytes[position]!
  EIGHT_BYTES[1] = bytes[position + 1]!
  EIGHT_BYTES[2] = bytes[position + 2]!
  EIGHT_BYTES[3] = bytes[position + 3]!
  EIGHT_BYTES[4] = bytes[position + 4]!
  EIGHT_BYTES[5] = bytes[position + 5]!
  EIGHT_BYTES[6] = bytes[position + 6]!
  EIGHT_BYTES[7] = bytes[position + 7]!
  return DOUBLE[0]!
}

export function equalBytes(bytes: Uint8Array, position: number, length: number, wanted: Uint8Array): boolean {
  if (length !== wanted.length) return false
  for (let at = 0; at < length; at++) if (bytes[position + at] !== wanted[at]) return false
  return true
}

const EIGHT_BYTES = new Uint8Array(8)
const DOUBLE = new Float64Array(EIGHT_BYTES.buffer)
const FLOAT = new Float32Array(EIGHT_BYTES.buffer)

function fail(fault: number): number {
  cursor.p = -fault
  return 0
}

function signed(low: number, middle: number, high: number): number | bigint {
  // Half of the zigzag number; its lowest bit is the sign.
  const half = (high * 2 ** 28 + middle) * 2 ** 27 + (low >>> 1)
  const isNegative = (low & 1) === 1
  if (half < Number.MAX_SAFE_INTEGER) return isNegative ? -half - 1 : half
  const exact = (((BigInt(high) << 28n) | BigInt(middle)) << 27n) | BigInt(low >>> 1)
  const value = isNegative ? -exact - 1n : exact
  return value >= -SAFE && value <= SAFE ? Number(value) : value
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
