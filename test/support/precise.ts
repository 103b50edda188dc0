/**
 * Logarithm and exponential to 300 bits, in whole numbers: the reference for what a double can be off by.
 * Numbers are fixed-point: value · 2^300 as a BigInt.
 */
const BITS = 300n
const ONE = 1n << BITS
const LN_2 = lnByAtanh(ONE << 1n)

/** How many units in the last place `actual` is off ln x. */
export function ulpsOfLn(actual: number, x: number): number {
  const { mantissa, exponent } = exactly(x)
  const length = BigInt(mantissa.toString(2).length)
  const m = mantissa << (BITS + 1n - length) // in [1, 2)
  const exact = lnByAtanh(m) + (BigInt(exponent) + length - 1n) * LN_2
  return ulps(actual, exact, 0n)
}

/** How many units in the last place `actual` is off e^x. */
export function ulpsOfExp(actual: number, x: number): number {
  const scaled = fixed(x)
  let k = scaled / LN_2
  if (scaled < 0n) k -= 1n
  const r = scaled - k * LN_2
  let sum = ONE
  let power = ONE
  for (let i = 1n; i <= 80n; i += 1n) {
    power = ((power * r) >> BITS) / i
    sum += power
  }
  return ulps(actual, sum, k)
}

/** ln of m in (0, 2], by 2·atanh((m−1)/(m+1)). */
function lnByAtanh(m: bigint): bigint {
  const t = ((m - ONE) << BITS) / (m + ONE)
  const q = (t * t) >> BITS
  let sum = 0n
  let power = t
  for (let i = 1n; i <= 400n && power !== 0n && power !== -1n; i += 2n) {
    sum += power / i
    power = (power * q) >> BITS
  }
  return sum * 2n
}

/** |actual − exact·2^k| in units of the last place of `actual`. */
function ulps(actual: number, exact: bigint, k: bigint): number {
  const { mantissa, exponent } = exactly(actual)
  // actual = mantissa·2^exponent; exact = e·2^(k−300): both over 2^exponent.
  const shift = BITS - k + BigInt(exponent)
  const actualFixed = shift >= 0n ? mantissa << shift : mantissa >> -shift
  const unit = shift >= 0n ? 1n << shift : 1n
  const gap = actualFixed > exact ? actualFixed - exact : exact - actualFixed
  return Number((gap * 1000n) / unit) / 1000
}

function fixed(x: number): bigint {
  const { mantissa, exponent } = exactly(x)
  const shift = BITS + BigInt(exponent)
  return shift >= 0n ? mantissa << shift : mantissa >> -shift
}

/** x = mantissa·2^exponent, with a mantissa of 53 bits for normal numbers. */
function exactly(x: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n)
  return { mantissa: bits >> 63n === 1n ? -mantissa : mantissa, exponent: (biased === 0 ? 1 : biased) - 1075 }
}
