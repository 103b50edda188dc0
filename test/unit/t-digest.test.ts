import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MonitorError } from '../../src/errors.ts'
import { TDigest } from '../../src/sketch/t-digest.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import { randomOf } from '../support/sketch-data.ts'

const COUNT = 50_000
const QUANTILES = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999]

const random = randomOf(11)
const DISTRIBUTIONS: Record<string, (at: number) => number> = {
  uniform: () => random(),
  normal: () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  exponential: () => -Math.log(1 - random()),
  'heavy-tailed': () => (1 - random()) ** -2,
  sorted: (at) => at,
  reversed: (at) => COUNT - at,
  'of ten values': () => Math.floor(random() * 10),
  'mostly zero': () => (random() < 0.6 ? 0 : random()),
}

describe('t-digest: rank accuracy', () => {
  for (const [name, valueAt] of Object.entries(DISTRIBUTIONS)) {
    const values = Float64Array.from({ length: COUNT }, (_, at) => valueAt(at))
    const sorted = values.toSorted()
    it(`${name}: is within the stated bound at the ends and half of it between, merged or not`, () => {
      const parts = Array.from({ length: 50 }, () => new TDigest())
      const merged = new TDigest()
      values.forEach((value, at) => parts[at % 50]!.add(value))
      for (const part of parts) merged.merge(part)
      for (const digest of [digestOf(values), merged]) {
        assert.ok(digest.centroids().length <= 100, `${digest.centroids().length} centroids`)
        assert.equal(digest.count, COUNT)
        for (const q of QUANTILES) {
          const error = rankError(sorted, digest.quantile(q), q)
          const bound = boundAt(q) * (q < 0.01 || q > 0.99 ? 1 : 0.5)
          assert.ok(error <= bound, `q ${q}: ${error} above ${bound}`)
        }
        assert.equal(digest.quantile(0), sorted[0])
        assert.equal(digest.quantile(1), sorted.at(-1))
      }
    })

    it(`${name}: rank is the inverse of quantile`, () => {
      const digest = digestOf(values)
      for (const q of QUANTILES) {
        const error = rankError(sorted, digest.quantile(q), digest.rank(digest.quantile(q)))
        assert.ok(error <= boundAt(q), `q ${q}: ${error}`)
      }
    })
  }

  it('built from a value histogram in ascending order is as good as its bins', () => {
    const values = Float64Array.from({ length: COUNT }, () => (random() < 0.6 ? 0 : Math.exp(3 * random())))
    const histogram = new ValueHistogram()
    for (const value of values) histogram.add(value)
    const digest = new TDigest()
    let before = 0
    for (const [index, count] of histogram.entries()) {
      digest.add(index === 0 ? 0 : histogram.quantile((before + count / 2) / COUNT), count)
      before += count
    }
    const sorted = values.toSorted()
    for (const q of QUANTILES) assert.ok(rankError(sorted, digest.quantile(q), q) <= boundAt(q), `q ${q}`)
  })

  it('bears comparison with the npm package, which keeps ten times the centroids', () => {
    const { TDigest: NpmDigest } = createRequire(import.meta.url)('tdigest') as { TDigest: new () => NpmTDigest }
    const npm = new NpmDigest()
    const values = Float64Array.from({ length: 20_000 }, () => Math.floor(random() * 10))
    for (const value of values) npm.push(value)
    const [ours, sorted] = [digestOf(values), values.toSorted()]
    const worst = (quantile: (q: number) => number): number =>
      Math.max(...QUANTILES.map((q) => rankError(sorted, quantile(q), q)))
    assert.ok(worst((q) => ours.quantile(q)) < worst((q) => npm.percentile(q)))
  })
})

describe('t-digest: encodings', () => {
  it('verbose is laid out as the reference implementation lays it out', () => {
    const digest = new TDigest(50)
    for (const value of [3, 1, 2]) digest.add(value)
    const expected = Buffer.alloc(32 + 3 * 16)
    expected.writeInt32BE(1, 0)
    ;[1, 3, 50].forEach((each, at) => expected.writeDoubleBE(each, 4 + 8 * at))
    expected.writeInt32BE(3, 28)
    ;[1, 1, 1, 2, 1, 3].forEach((each, at) => expected.writeDoubleBE(each, 32 + 8 * at))
    assert.deepEqual(Buffer.from(digest.encodeVerbose()), expected)
  })

  it('small likewise, with the buffer lengths that its reader allocates', () => {
    const digest = new TDigest(100)
    digest.add(0.5)
    digest.add(-4)
    const expected = Buffer.alloc(30 + 2 * 8)
    expected.writeInt32BE(2, 0)
    expected.writeDoubleBE(-4, 4)
    expected.writeDoubleBE(0.5, 12)
    expected.writeFloatBE(100, 20)
    ;[210, 1050, 2].forEach((each, at) => expected.writeInt16BE(each, 24 + 2 * at))
    ;[1, -4, 1, 0.5].forEach((each, at) => expected.writeFloatBE(each, 30 + 4 * at))
    assert.deepEqual(Buffer.from(digest.encodeSmall()), expected)
  })

  it('both survive a round trip, and a decoded digest goes on like the one it was', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })), (values) => {
        const digest = digestOf(values)
        const verbose = TDigest.decode(digest.encodeVerbose())
        assert.deepEqual(verbose.encodeVerbose(), digest.encodeVerbose())
        const small = TDigest.decode(digest.encodeSmall())
        assert.deepEqual(small.encodeSmall(), digest.encodeSmall())
        for (const each of [digest, verbose]) for (const value of values) each.add(value)
        assert.deepEqual(verbose.encodeVerbose(), digest.encodeVerbose())
      }),
    )
  })

  it('refuses damaged bytes with a reason', () => {
    const good = digestOf([1, 2, 3, 4]).encodeVerbose()
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const bytes = good.slice(0, length % 3 === 0 ? good.length : length)
        if (at < bytes.length) bytes[at] = byte
        try {
          TDigest.decode(bytes).quantile(0.5)
        } catch (error) {
          assert.ok(error instanceof MonitorError && error.code === 'EVENKEEL_RECORD_CORRUPT', String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('t-digest', () => {
  it('gives the same bytes for the same order of input', () => {
    const values = Float64Array.from({ length: 5000 }, () => random())
    assert.deepEqual(digestOf(values).encodeVerbose(), digestOf(values).encodeVerbose())
  })

  it('is exact for a few values, and says nothing about none', () => {
    const digest = digestOf([4, 1, 3, 2, 5])
    assert.deepEqual(
      [0, 0.5, 1].map((q) => digest.quantile(q)),
      [1, 3, 5],
    )
    assert.ok(Number.isNaN(new TDigest().quantile(0.5)) && Number.isNaN(new TDigest().rank(1)))
  })

  it('ignores what is not finite', () => {
    const digest = digestOf([1, NaN, Infinity, -Infinity, 2])
    assert.deepEqual([digest.count, digest.min, digest.max], [2, 1, 2])
  })
})

interface NpmTDigest {
  push(value: number): void
  percentile(q: number): number
}

function digestOf(values: Iterable<number>): TDigest {
  const digest = new TDigest()
  for (const value of values) digest.add(value)
  return digest
}

function boundAt(q: number): number {
  return (2 * Math.PI * Math.sqrt(q * (1 - q))) / 100 + 1 / COUNT
}

/** How far q is from the ranks that the value has among the sorted ones. */
function rankError(sorted: Float64Array, value: number, q: number): number {
  const below = sorted.findIndex((each) => each >= value)
  const low = (below < 0 ? sorted.length : below) / sorted.length
  const above = sorted.findLastIndex((each) => each <= value)
  const high = (above + 1) / sorted.length
  return q < low ? low - q : Math.max(0, q - high)
}
