import { describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'
import { digestOf, sha256 } from '../../src/ledger/digest.ts'

describe('canonical JSON', () => {
  it('writes the example of RFC 8785, section 3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    const values = [...canonicalJson(value).matchAll(/:"([^"]*)"/g)].map((match) => match[1])
    assert.deepEqual(values, [
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  it('writes numbers as the RFC lists them', () => {
    const numbers = [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0, 1e21, 1e-7]
    assert.equal(canonicalJson(numbers), '[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,1e-7]')
  })

  it('gives one text whatever the order of keys, at any depth', () => {
    const left = { b: [{ y: 1, x: null }], a: 'é' }
    const right = { a: 'é', b: [{ x: null, y: 1 }] }
    assert.equal(canonicalJson(left), '{"a":"é","b":[{"x":null,"y":1}]}')
    assert.equal(digestOf(left), digestOf(right))
  })

  const homeless: [string, unknown][] = [
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['a hole in an array', [1, , 3]],
    ['NaN', NaN],
    ['an infinity', [-Infinity]],
    ['a bigint', 1n],
    ['half of a surrogate pair', '\ud83d'],
    ['a Map', new Map([['a', 1]])],
    ['bytes', new Uint8Array(2)],
  ]
  for (const [title, value] of homeless) {
    it(`refuses ${title}`, () => assert.throws(() => canonicalJson(value), TypeError))
  }
})

describe('digest', () => {
  it('is the sha256 of the canonical text', () => {
    assert.equal(digestOf({}), sha256('{}'))
    assert.equal(sha256(''), 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    assert.equal(sha256('é'), sha256(new Uint8Array([0xc3, 0xa9])))
  })
})
