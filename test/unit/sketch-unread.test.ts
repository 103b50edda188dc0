import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'

/** As a field of a slice: a view into a larger Buffer, which nobody keeps. */
function within(bytes: Uint8Array): { view: Buffer; erase(): void } {
  const larger = Buffer.concat([Buffer.from([7, 7, 7]), bytes, Buffer.from([7])])
  return { view: larger.subarray(3, 3 + bytes.length), erase: () => larger.fill(0xff) }
}

function histogramOf(...values: number[]): ValueHistogram {
  const histogram = new ValueHistogram()
  for (const value of values) histogram.add(value)
  return histogram
}

function countsOf(...names: string[]): CategoryCounts {
  const counts = new CategoryCounts()
  for (const name of names) counts.add(name)
  return counts
}

describe('a decoded histogram that nobody has read yet', () => {
  const whole = histogramOf(-3, 0, 0, 1.5, 1e9)

  it('needs its bytes no longer', () => {
    const { view, erase } = within(whole.encode())
    const decoded = ValueHistogram.decode(view)
    erase()
    assert.deepEqual([decoded.count, decoded.min, decoded.max], [5, -3, 1e9])
    assert.deepEqual(decoded.entries(), whole.entries())
    assert.equal(decoded.shift, whole.shift)
  })

  it('adds and is added to as any other', () => {
    const more = histogramOf(2, 2, -7e-5)
    const expected = histogramOf(-3, 0, 0, 1.5, 1e9, 2, 2, -7e-5).encode()
    const into = ValueHistogram.decode(whole.encode())
    into.merge(ValueHistogram.decode(more.encode()))
    assert.deepEqual(into.encode(), expected)

    const fresh = new ValueHistogram()
    fresh.merge(ValueHistogram.decode(more.encode()))
    fresh.merge(ValueHistogram.decode(whole.encode()))
    assert.deepEqual(fresh.encode(), expected)

    const grown = ValueHistogram.decode(more.encode())
    for (const value of [-3, 0, 0, 1.5, 1e9]) grown.add(value)
    assert.deepEqual(grown.encode(), expected)
  })

  it('holds nothing where nothing was', () => {
    const decoded = ValueHistogram.decode(new ValueHistogram().encode())
    assert.deepEqual([decoded.count, decoded.entries()], [0, []])
    decoded.add(1)
    assert.deepEqual(decoded.encode(), histogramOf(1).encode())
  })
})

describe('decoded names that nobody has read yet', () => {
  const names = ['de', 'de', 'fr', 'île', '数', '😀', '']
  const whole = countsOf(...names)

  it('need their bytes no longer', () => {
    const { view, erase } = within(whole.encode())
    const decoded = CategoryCounts.decode(view)
    erase()
    assert.equal(decoded.size, 6)
    assert.deepEqual(decoded.entries(), whole.entries())
    assert.deepEqual([decoded.count('de'), decoded.count('xx'), decoded.other], [2, 0, 0])
    assert.deepEqual(decoded.encode(), whole.encode())
  })

  it('add and are added to as any others', () => {
    const expected = countsOf(...names, 'fr', 'es').encode()
    const into = CategoryCounts.decode(whole.encode())
    into.merge(CategoryCounts.decode(countsOf('fr', 'es').encode()))
    assert.deepEqual(into.encode(), expected)

    const grown = CategoryCounts.decode(countsOf('fr', 'es').encode())
    for (const name of names) grown.add(name)
    assert.deepEqual(grown.encode(), expected)
  })

  it('know which of too many names were dropped', () => {
    const many = Array.from({ length: 1500 }, (_, at) => `name ${at}`)
    const counts = countsOf(...many)
    const decoded = CategoryCounts.decode(counts.encode())
    assert.deepEqual([decoded.size, decoded.other], [1024, 476])
    decoded.merge(CategoryCounts.decode(countsOf('another', ...many).encode()))
    counts.merge(countsOf('another', ...many))
    assert.deepEqual(decoded.encode(), counts.encode())
  })

  const refused: [why: string, bytes: number[], reason: RegExp][] = [
    ['names that are equal', [2, 1, 97, 1, 1, 97, 1], /order/],
    ['a longer name before its beginning', [2, 2, 97, 97, 1, 1, 97, 1], /order/],
    ['names in the order of UTF-16', [2, 4, 0xf0, 0x9f, 0x98, 0x80, 1, 3, 0xef, 0xbf, 0xbd, 1], /order/],
    ['half of a character', [1, 1, 0xc3, 1], /UTF-8/],
    ['a surrogate', [1, 3, 0xed, 0xa0, 0x80, 1], /UTF-8/],
    ['a name beyond the end', [1, 5, 97, 97], /too early/],
    ['a name that should have been cut', [1, 0x81, 1, ...new Array<number>(129).fill(97), 1], /too long/],
    ['a length that takes more bytes than it needs', [1, 0x81, 0, 97, 1], /longer than needed/],
    ['a count of nothing', [1, 1, 97, 0], /without a count/],
    ['bytes that are left over', [1, 1, 97, 1, 0], /too many/],
  ]
  for (const [why, bytes, reason] of refused) {
    it(`are refused at once: ${why}`, () => {
      assert.throws(() => CategoryCounts.decode(Uint8Array.from(bytes)), {
        code: 'EVENKEEL_RECORD_CORRUPT',
        message: reason,
      })
    })
  }
})
