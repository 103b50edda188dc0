/**
 * `ln` and `exp` from nothing but + − * / and the bits of a double, so that a verdict has the same bytes on any machine:
 * the engine's own logarithm may differ in the last place from version to version (docs/statistics.md 1).
 *
 * ln x: x = m·2^e with m in (√½, √2]; with t = (m−1)/(m+1), ln m = 2·atanh t = 2t·(1 + t²/3 + t⁴/5 + … + t²⁰/21).
 *   |t| ≤ 0.1716, so the first dropped term is below 2^-58 of the sum.
 * exp x: x = k·ln2 + r with |r| ≤ ln2/2; Taylor to r¹⁴/14! by Horner, then the exponent is put in by its bits.
 * In both, ln 2 = LN2_HIGH + LN2_LOW, and k·LN2_HIGH is exact for |k| < 2^21 (Cody and Waite 1980; constants of fdlibm).
 * Within 2 ulp.
 */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const LN2 = 0.6931471805599453
const TWO_TO_54 = 18014398509481984
/** The largest double whose exponential is finite. */
const EXP_ARGUMENT_MAX = 709.782712893384
const EXP_ARGUMENT_MIN = -708

const view = new DataView(new ArrayBuffer(8))

/** ln 0 = −∞, ln ∞ = ∞, of negative numbers and NaN: NaN. Subnormal numbers are scaled up first, exactly. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN
  if (x === Infinity) return Infinity

  const isSubnormal = x < 2.2250738585072014e-308
  view.setFloat64(0, isSubnormal ? x * TWO_TO_54 : x)
  const high = view.getUint32(0)
  view.setUint32(0, (high & 0xfffff) | (1023 << 20))
  let m = view.getFloat64(0)
  let e = (high >>> 20) - 1023 - (isSubnormal ? 54 : 0)
  if (m > Math.SQRT2) {
    m /= 2
    e += 1
  }

  const t = (m - 1) / (m + 1)
  const q = t * t
  let s = 0
  for (let k = 21; k >= 3; k -= 2) s = (s + 1 / k) * q
  return e * LN2_HIGH + (2 * t + (2 * t * s + e * LN2_LOW))
}

/** 0 below −708 (where results near the subnormal range begin), ∞ above 709.78, NaN of NaN. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN
  if (x < EXP_ARGUMENT_MIN) return 0
  if (x > EXP_ARGUMENT_MAX) return Infinity

  const k = Math.floor(x / LN2 + 0.5)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let s = 1
  for (let i = 14; i >= 1; i -= 1) s = 1 + (s * r) / i
  // 2^1024 is no double: there the last doubling is done apart.
  return k > 1023 ? s * 2 * powerOfTwo(k - 1) : s * powerOfTwo(k)
}

/** 2^k for −1022 ≤ k ≤ 1023, by its exponent bits. */
function powerOfTwo(k: number): number {
  view.setUint32(0, (k + 1023) << 20)
  view.setUint32(4, 0)
  return view.getFloat64(0)
}
