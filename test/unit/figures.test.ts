import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { interval, listed, measured, percent, plusMinus, quoted, rough, utc, whole } from '../../src/verdict/figures.ts'

describe('figures', () => {
  it('gives a share the decimals it deserves', () => {
    const shares = [0, 1, 0.214, 0.021, 0.0021, 0.00002]
    assert.deepEqual(shares.map(percent), ['0.0 %', '100.0 %', '21.4 %', '2.1 %', '0.21 %', '0.0020 %'])
  })

  it('gives an interval the decimals of its width, and shows signs', () => {
    assert.equal(interval(0.021, 0.018, 0.024, 'pp'), '+2.10 pp [+1.80, +2.40]')
    assert.equal(interval(-0.35, -0.452, -0.248, '%'), '-35.0 % [-45.2, -24.8]')
    assert.equal(interval(0, -0.001, 0.001, 'pp'), '0.00 pp [-0.10, +0.10]')
    assert.equal(interval(0.21, 0.18, 0.24, ''), '+0.210 [+0.180, +0.240]')
  })

  it('never writes minus zero', () => {
    assert.equal(interval(-1e-9, -0.01, 0.01, 'pp'), '0.0 pp [-1.0, +1.0]')
    assert.equal(percent(-1e-12), '0.000000 %')
  })

  it('rounds what nobody can know better', () => {
    assert.equal(rough(38_412), '38,000')
    assert.equal(rough(1e20), '1.0e+20')
    assert.equal(plusMinus(0.011, 'pp'), '±1.1 pp')
    assert.equal(whole(1234567), '1,234,567')
    assert.equal(measured(1234.5678), '1235')
    assert.equal(measured(0.00012345), '0.0001234')
  })

  it('quotes texts from the data and cuts them short', () => {
    assert.equal(quoted('de'), '"de"')
    assert.equal(quoted('a"\n'), '"a\\"\\n"')
    assert.equal(quoted('x'.repeat(100)), `"${'x'.repeat(40)}…"`)
    assert.equal(quoted('\ud800'), '"\ufffd"')
  })

  it('lists a few and counts the rest', () => {
    assert.equal(listed(['a', 'b', 'c', 'd']), 'a, b, c and 1 more')
    assert.equal(listed(['a']), 'a')
  })

  it('writes event time as UTC', () => assert.equal(utc(1772672400000), '2026-03-05T01:00:00Z'))
})
