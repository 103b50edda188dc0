import assert from 'node:assert/strict'
import { CentroidBuilder } from './centroid-builder.ts'
import { COMPRESSION_MAX, COMPRESSION_MIN, decodeTDigest, encodeSmall, encodeVerbose } from './t-digest-codec.ts'

export const COMPRESSION = 100

/**
 * A merging t-digest (Dunning and Ertl, "Computing extremely accurate quantiles using t-digests", 2019; Dunning, "The
 * t-digest: efficient estimates of distributions", 2021), for display: nothing that decides reads it.
 *
 * Values sorted by size are joined into centroids that may span one step of the scale function k1(q) = δ/2π·asin(2q - 1):
 * wide in the middle, narrow at the ends. A centroid that starts at share q may reach
 *
 *   ½ + ½·sin(asin(2q - 1) + 2π/δ) = ½ + ½·((2q - 1)·cos(2π/δ) + 2·√(q(1 - q))·sin(2π/δ))
 *
 * so square roots and two constants do, and the same input order gives the same bytes on every machine. No randomness, and
 * always from the low end.
 *
 * A weight means so many equal values. One heavier than a centroid may be is cut into several of the same mean: an atom of
 * sixty per cent in one centroid would be drawn as if spread between its neighbours.
 *
 * Bound: a quantile's rank is off by at most one centroid, 2π·√(q(1 - q))/δ, plus the weight of one value; a digest merged
 * from many by at most twice that. On ordinary distributions it is less than half the bound between 1 % and 99 %.
 */
export class TDigest {
  readonly compression: number
  min = Infinity
  max = -Infinity
  private means: number[] = []
  private weights: number[] = []
  private total = 0
  private newMeans: number[] = []
  private newWeights: number[] = []
  /** Of what is new: may be cut (a value) or not (a centroid of another digest). */
  private newIsValue: boolean[] = []
  private newAreSingles = true

  constructor(compression = COMPRESSION) {
    assert.ok(compression >= COMPRESSION_MIN && compression <= COMPRESSION_MAX, `compression ${compression}`)
    this.compression = compression
  }

  /** `value` is finite; anything else, or no weight, is ignored. */
  add(value: number, weight = 1): void {
    if (!Number.isFinite(value) || !(weight > 0)) return
    this.widen(value, value)
    this.append(value + 0, weight, true)
  }

  /** Adds the other's centroids in ascending order. */
  merge(other: TDigest): void {
    other.compress()
    if (other.total === 0) return
    this.widen(other.min, other.max)
    for (let at = 0; at < other.means.length; at++) this.append(other.means[at]!, other.weights[at]!, false)
  }

  get count(): number {
    this.compress()
    return this.total
  }

  centroids(): { mean: number; weight: number }[] {
    this.compress()
    return this.means.map((mean, at) => ({ mean, weight: this.weights[at]! }))
  }

  /** Straight lines between the centroids' middles, the minimum and the maximum; NaN without values. */
  quantile(q: number): number {
    this.compress()
    if (this.total === 0) return NaN
    const target = Math.min(Math.max(q, 0), 1) * this.total
    let [x, y] = [0, this.min]
    let before = 0
    for (let at = 0; at < this.means.length; at++) {
      const middle = before + this.weights[at]! / 2
      if (target <= middle) return this.within(between(target, x, middle, y, this.means[at]!))
      ;[x, y] = [middle, this.means[at]!]
      before += this.weights[at]!
    }
    return this.within(between(target, x, this.total, y, this.max))
  }

  /** The share of values below x, those equal to x half: the inverse of `quantile`. NaN without values. */
  rank(x: number): number {
    this.compress()
    if (this.total === 0) return NaN
    if (x < this.min) return 0
    if (x > this.max) return 1
    let first = 0
    while (first < this.means.length && this.means[first]! < x) first++
    let after = first
    let equal = 0
    while (after < this.means.length && this.means[after] === x) equal += this.weights[after++]!
    const before = this.weightOfFirst(first)
    if (equal > 0) return (before + equal / 2) / this.total
    const left = first === 0 ? [0, this.min] : [before - this.weights[first - 1]! / 2, this.means[first - 1]!]
    const right =
      first === this.means.length ? [this.total, this.max] : [before + this.weights[first]! / 2, this.means[first]!]
    return between(x, left[1]!, right[1]!, left[0]!, right[0]!) / this.total
  }

  /** The reference implementation's encodings 1 (doubles) and 2 (floats; weights above 2^24 are rounded). */
  encodeVerbose(): Uint8Array {
    return encodeVerbose({ ...this.extremes(), centroids: this.centroids() })
  }

  encodeSmall(): Uint8Array {
    return encodeSmall({ ...this.extremes(), centroids: this.centroids() })
  }

  static decode(bytes: Uint8Array): TDigest {
    const { compression, min, max, centroids } = decodeTDigest(bytes)
    const digest = new TDigest(compression)
    digest.min = min
    digest.max = max
    digest.means = centroids.map(({ mean }) => mean)
    digest.weights = centroids.map(({ weight }) => weight)
    digest.total = digest.weightOfFirst(centroids.length)
    return digest
  }

  private extremes(): { compression: number; min: number; max: number } {
    return { compression: this.compression, min: this.min, max: this.max }
  }

  private append(mean: number, weight: number, isValue: boolean): void {
    this.newMeans.push(mean)
    this.newWeights.push(weight)
    this.newIsValue.push(isValue)
    if (weight !== 1 || !isValue) this.newAreSingles = false
    if (this.newMeans.length >= BUFFER_PER_COMPRESSION * this.compression) this.compress()
  }

  private compress(): void {
    if (this.newMeans.length === 0) return
    // Single values, the usual input, need not keep their places: the engine's own sort of numbers is several times faster.
    if (this.newAreSingles) this.newMeans = Array.from(Float64Array.from(this.newMeans).sort())
    const order = orderOf(this.newMeans)
    const { means, weights } = this
    for (const weight of this.newWeights) this.total += weight
    const builder = new CentroidBuilder(this.compression, this.total)
    let old = 0
    for (const at of order) {
      while (old < means.length && means[old]! <= this.newMeans[at]!) builder.add(means[old]!, weights[old++]!, false)
      builder.add(this.newMeans[at]!, this.newWeights[at]!, this.newIsValue[at]!)
    }
    while (old < means.length) builder.add(means[old]!, weights[old++]!, false)
    builder.close()
    this.means = builder.means
    this.weights = builder.weights
    this.newMeans = []
    this.newWeights = []
    this.newIsValue = []
    this.newAreSingles = true
  }

  private weightOfFirst(length: number): number {
    let weight = 0
    for (let at = 0; at < length; at++) weight += this.weights[at]!
    return weight
  }

  private widen(low: number, high: number): void {
    if (low < this.min) this.min = low + 0
    if (high > this.max) this.max = high + 0
  }

  private within(value: number): number {
    return Math.min(Math.max(value, this.min), this.max)
  }
}

const BUFFER_PER_COMPRESSION = 10

function between(x: number, x0: number, x1: number, y0: number, y1: number): number {
  if (!(x1 > x0)) return y1
  const share = (x - x0) / (x1 - x0)
  return y0 * (1 - share) + y1 * share
}

/** Positions by mean; equal ones stay in order of appearance. */
function orderOf(means: readonly number[]): number[] {
  const order = Array.from(means, (_, at) => at)
  if (isAscending(means)) return order
  return order.sort((a, b) => means[a]! - means[b]!)
}

function isAscending(means: readonly number[]): boolean {
  for (let at = 1; at < means.length; at++) if (means[at - 1]! > means[at]!) return false
  return true
}
