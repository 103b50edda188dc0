import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { categoryName, compareUtf8 } from '../../src/sketch/category-name.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { CategoryTable } from '../../src/sketch/category-table.ts'
import { murmur3 } from '../../src/sketch/murmur3.ts'

describe('category name', () => {
  it('is the text itself up to 128 units, control characters included', () => {
    for (const text of ['', 'a\u0000\u001fb', 'x'.repeat(128), '\u{1F600}'.repeat(64)])
      assert.equal(categoryName(text), text)
  })

  it('is cut to 119 units, a tilde and the hash of the whole beyond that', () => {
    const text = `${'x'.repeat(128)}y`
    assert.equal(categoryName(text), `${'x'.repeat(119)}~${murmur3(text, 0).toString(16).padStart(8, '0')}`)
    assert.equal(categoryName(text).length, 128)
    assert.notEqual(categoryName(text), categoryName(`${'x'.repeat(128)}z`))
  })

  it('has no lone surrogate, also where the cut would have made one', () => {
    assert.equal(categoryName('\ud83d'), '\ufffd')
    const cut = categoryName('x'.repeat(118) + '\u{1F600}'.repeat(10))
    assert.ok(cut.isWellFormed())
    assert.equal(cut.slice(0, 120), `${'x'.repeat(118)}\ufffd~`)
  })

  it('is ordered by UTF-8 bytes, not by UTF-16 units', () => {
    assert.ok(compareUtf8('\uffff', '\u{10000}') < 0)
    assert.ok('\uffff' > '\u{10000}')
  })
})

describe('category table', () => {
  it('names up to 63 values and hashes from the 64th on', () => {
    const table = new CategoryTable()
    for (let value = 0; value < 63; value++) table.add((value % 2) as 0 | 1, value, `v${value}`)
    assert.deepEqual([table.hashed, table.bins, table.names.length], [false, 63, 63])
    table.add(0, 1, 'v63')
    assert.deepEqual([table.hashed, table.bins, table.names.length], [true, 64, 0])
    assert.equal(table.count(1, 5, murmur3('v5', 0) & 63), 1)
  })

  it('hashes what is named when it meets a hashed one', () => {
    const [hashed, named] = [new CategoryTable(), new CategoryTable()]
    for (let value = 0; value < 64; value++) hashed.add(0, 0, `v${value}`)
    named.add(1, 9, 'free', 5)
    named.merge(hashed)
    assert.ok(named.hashed)
    assert.equal(named.count(1, 9, murmur3('free', 0) & 63), 5)
  })
})

describe('category counts', () => {
  it('are exact up to 1,024 names, and total beyond that', () => {
    const counts = new CategoryCounts()
    for (let name = 0; name < 1024; name++) counts.add(`n${name}`, 2)
    assert.deepEqual([counts.entries().length, counts.other], [1024, 0])
    for (let name = 1024; name < 5000; name++) counts.add(`n${name}`)
    const kept = counts.entries().reduce((sum, [, count]) => sum + count, 0)
    assert.equal(counts.entries().length, 1024)
    assert.equal(kept + counts.other, 2 * 1024 + 3976)
  })

  it('go on counting the last name they keep', () => {
    const counts = new CategoryCounts()
    const names = Array.from({ length: 3000 }, (_, name) => `n${name}`)
    for (let round = 0; round < 3; round++) {
      for (const name of names) counts.addHashed(name, murmur3(name, 0), 1)
      assert.equal(counts.entries().length, 1024)
    }
    assert.deepEqual(
      counts.entries().filter(([, count]) => count !== 3),
      [],
    )
  })
})
