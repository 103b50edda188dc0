import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { murmur3 } from '../../src/sketch/murmur3.ts'
import { UnitHash } from '../../src/sketch/unit-hash.ts'

const SEED = 0x9747b28c

describe('murmur3_x86_32', () => {
  it('gives the published hashes', () => {
    const published: [text: string, seed: number, hash: number][] = [
      ['', 0, 0],
      ['', 1, 0x514e28b7],
      ['', 0xffffffff, 0x81f16f39],
      ['test', 0, 0xba6bd213],
      ['test', SEED, 0x704b81dc],
      ['Hello, world!', 0, 0xc0363e43],
      ['Hello, world!', SEED, 0x24884cba],
      ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
      ['The quick brown fox jumps over the lazy dog', SEED, 0x2fa826cd],
      ['a', SEED, 0x7fa09ea6],
      ['aa', SEED, 0x5d211726],
      ['aaa', SEED, 0x283e0130],
      ['aaaa', SEED, 0x5a97808a],
      ['ππππππππ', SEED, 0xd58063c1],
    ]
    for (const [text, seed, hash] of published) assert.equal(murmur3(text, seed), hash, `"${text}" ${seed}`)
  })

  it('takes a lone surrogate for U+FFFD, as UTF-8 does', () => {
    assert.equal(murmur3('a\ud800b', 7), murmur3('a\ufffdb', 7))
  })
})

describe('unit hash', () => {
  it('is two murmur3 words, salted by the hash of the salt', () => {
    const salt32 = murmur3('spring', 0)
    const unitHash = new UnitHash('spring')
    for (const unit of ['', 'u', 'user-1', 'user-12', 'user-123', 'ünït', '\u{1F600}']) {
      unitHash.hash(unit)
      assert.equal(unitHash.first, murmur3(unit, salt32), unit)
      assert.equal(unitHash.second, murmur3(unit, (salt32 ^ 0x9e3779b9) >>> 0), unit)
    }
  })

  it('spreads units evenly over the 256 buckets, also those that the sample keeps', () => {
    const unitHash = new UnitHash('evenkeel')
    const all = new Array<number>(256).fill(0)
    const sampled = new Array<number>(256).fill(0)
    for (let unit = 0; unit < 200_000; unit++) {
      unitHash.hash(`user-${unit}`)
      all[unitHash.second & 255]!++
      if (unitHash.first < 2 ** 32 / 8) sampled[unitHash.second & 255]!++
    }
    // Chi-square with 255 degrees of freedom: 99.99 % are below 346.
    assert.ok(chiSquare(all) < 346, `${chiSquare(all)}`)
    assert.ok(chiSquare(sampled) < 346, `${chiSquare(sampled)}`)
  })
})

function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
}
