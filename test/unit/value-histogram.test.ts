import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import { randomOf } from '../support/sketch-data.ts'

describe('value histogram', () => {
  it('says nothing about no values', () => {
    const empty = new ValueHistogram()
    assert.deepEqual([empty.count, empty.min, empty.max], [0, Infinity, -Infinity])
    assert.deepEqual(empty.entries(), [])
    assert.ok(Number.isNaN(empty.mean()) && Number.isNaN(empty.quantile(0.5)))
  })

  it('keeps 1,024 bins beside zero, and halves its resolution at one more', () => {
    const histogram = new ValueHistogram()
    histogram.add(0)
    for (let at = 0; at < 1024; at++) histogram.add(1 + at * 2 ** -20)
    assert.equal(histogram.shift, 0)
    assert.equal(histogram.entries().length, 1025)
    histogram.add(1 + 1024 * 2 ** -20)
    assert.equal(histogram.shift, 1)
    assert.equal(histogram.entries().length, 514)
  })

  it('counts -0 as 0, and does not tell which of them came', () => {
    const [minus, plus] = [new ValueHistogram(), new ValueHistogram()]
    minus.add(-0)
    plus.add(0)
    assert.deepEqual(minus.encode(), plus.encode())
    assert.deepEqual(minus.entries(), [[0, 1]])
    assert.ok(Object.is(minus.min, 0))
  })

  it('mean and quantiles are those of the values, to the width of a bin', () => {
    const random = randomOf(5)
    const values = Array.from({ length: 20_000 }, () => Math.exp(2 * random()) - 3).sort((a, b) => a - b)
    const histogram = new ValueHistogram()
    for (const value of values) histogram.add(value)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    assert.ok(Math.abs(histogram.mean() - mean) < 0.005, `${histogram.mean()} for ${mean}`)
    for (const q of [0.01, 0.25, 0.5, 0.75, 0.9, 0.999]) {
      const exact = values[Math.floor(q * values.length)]!
      assert.ok(Math.abs(histogram.quantile(q) - exact) < 0.01 * Math.max(1, Math.abs(exact)), `q ${q}`)
    }
    assert.equal(histogram.quantile(0), values[0])
    assert.equal(histogram.quantile(1), values.at(-1))
  })

  it('stays finite at the ends of the doubles', () => {
    const histogram = new ValueHistogram()
    histogram.add(Number.MAX_VALUE, 3)
    histogram.add(-Number.MAX_VALUE)
    assert.ok(Math.abs(histogram.mean() / Number.MAX_VALUE - 0.5) < 1e-5)
    assert.ok(Number.isFinite(histogram.quantile(0.5)))
  })

  it('joins neighbours for a coarser view', () => {
    const histogram = new ValueHistogram()
    for (const value of [1, 1.25, 1.5, 3, -1, 0]) histogram.add(value)
    assert.deepEqual(
      histogram.entriesAt(20).map(([, count]) => count),
      [1, 1, 3, 1],
    )
    assert.deepEqual(histogram.entriesAt(0), histogram.entries())
  })
})
