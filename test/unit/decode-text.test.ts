import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { COMPLEX } from '../../src/decode/decoder.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { textOf } from '../../src/decode/text.ts'

describe('the text of a value', () => {
  const cases: [string, SlotValue, string | null][] = [
    ['a string is itself', '007', '007'],
    ['an empty string is a text', '', ''],
    ['an integer', 42, '42'],
    ['minus zero is zero', -0, '0'],
    ['an integer has no exponent', 1e21, '1000000000000000000000'],
    ['nor has a negative one', -1e22, '-10000000000000000000000'],
    ['the largest double', Number.MAX_VALUE, BigInt(Number.MAX_VALUE).toString()],
    ['a fraction in its shortest form', 0.1, '0.1'],
    ['a tiny fraction', 1e-7, '1e-7'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['a bigint keeps its digits', 12345678901234567890n, '12345678901234567890'],
    ['NaN', NaN, 'NaN'],
    ['an infinity', -Infinity, '-Infinity'],
    ['null has none', null, null],
    ['what is absent has none', undefined, null],
    ['what is no scalar has none', COMPLEX, null],
  ]
  for (const [title, value, text] of cases) {
    it(title, () => assert.equal(textOf(value), text))
  }
})
