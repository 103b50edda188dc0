/** Exact bounds for counts, by adding up the binomial distribution. For reports and tests: plain logarithms do. */

/** P(X ≥ count) of so many trials with this chance each. */
export function upperTail(count: number, trials: number, chance: number): number {
  if (count <= 0) return 1
  let sum = 0
  for (let k = count; k <= trials; k++) {
    const term = Math.exp(logChoose(trials, k) + k * Math.log(chance) + (trials - k) * Math.log1p(-chance))
    sum += term
    if (term < sum * 1e-12) break
  }
  return Math.min(1, sum)
}

/** What a count may be at most if the chance is no higher than this: it is exceeded once in `1/level` runs at worst. */
export function countMax(trials: number, chance: number, level = 0.001): number {
  let count = Math.floor(trials * chance)
  while (upperTail(count + 1, trials, chance) > level) count++
  return count
}

/** 95 % upper bound of a rate of rare events, by their count: 3.0 for none, 4.74 for one (Poisson). */
export function poissonUpper(count: number): number {
  const atMost = (mean: number): number => {
    let term = Math.exp(-mean)
    let sum = term
    for (let k = 1; k <= count; k++) sum += term *= mean / k
    return sum
  }
  let low = count
  let high = count + 10 + 5 * Math.sqrt(count + 1)
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (atMost(middle) > 0.05) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Position ⌈q·n⌉ of ascending values; of none: null. */
export function quantileOf(ascending: readonly number[], q: number): number | null {
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)] ?? null
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}

const logFactorials = [0]

function logFactorial(n: number): number {
  while (logFactorials.length <= n) logFactorials.push(logFactorials.at(-1)! + Math.log(logFactorials.length))
  return logFactorials[n]!
}
