import { binIndex, lowDouble } from '../../src/sketch/bin-index.ts'

const MANTISSA_BITS_MAX = 20

/** `b` bits are kept per octave: the product shifts the other ones of the 20 away. It never bins what is not finite. */
export function runBinIndex({ bits, b }: { bits: string; b: number }): unknown {
  const value = doubleOf(bits)
  if (Number.isNaN(value)) return { index: 'nan' }
  if (!Number.isFinite(value)) return { index: value > 0 ? '+inf' : '-inf' }
  const shift = MANTISSA_BITS_MAX - b
  const index = binIndex(value, shift)
  return { index, lowBits: index === 0 ? undefined : bitsOf(lowDouble(index, shift)) }
}

function doubleOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(`0x${bits}`))
  return view.getFloat64(0)
}

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}
