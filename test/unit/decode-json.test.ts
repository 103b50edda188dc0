import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import { COMPLEX } from '../../src/decode/decoder.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { createJsonReader } from '../../src/decode/json-decoder.ts'
import type { StreamPlan } from '../../src/pane/plan.ts'
import { decodeWith, framed, LIMITS, lookupOf, planFor, recordOf } from './decode-support.ts'

function decode(text: string | Buffer, paths: readonly string[], changes: Partial<StreamPlan> = {}) {
  const decoder = createDecoder(planFor(paths, { format: 'json', ...changes }), lookupOf({}), LIMITS)
  return decodeWith(decoder, recordOf(Buffer.from(text)), paths.length)
}

function valuesOf(text: string, paths: readonly string[], changes: Partial<StreamPlan> = {}): SlotValue[] {
  const { outcome, values } = decode(text, paths, changes)
  assert.equal(outcome.kind, 'shape')
  return values
}

function refusal(text: string | Buffer): string {
  const { outcome } = decode(text, ['a'])
  assert.ok(outcome.kind === 'violation')
  assert.equal(outcome.reason, 'undecodable')
  return outcome.detail
}

describe('values of a JSON event', () => {
  it('scalars as they are, everything else as complex, what is missing as absent', () => {
    const text = '{"s":"x","n":1.5,"t":true,"f":false,"z":null,"o":{},"l":[1]}'
    const paths = ['s', 'n', 't', 'f', 'z', 'o', 'l', 'missing']
    assert.deepEqual(valuesOf(text, paths), ['x', 1.5, true, false, null, COMPLEX, COMPLEX, undefined])
  })

  it('walks a dotted path through objects', () => {
    assert.deepEqual(valuesOf('{"user":{"home":{"city":"Ulm"}}}', ['user.home.city', 'user.home', 'user.age']), [
      'Ulm',
      COMPLEX,
      undefined,
    ])
  })

  it('takes a key of exactly that text before it walks', () => {
    assert.deepEqual(valuesOf('{"a.b":1,"a":{"b":2,"c":3}}', ['a.b', 'a.c']), [1, 3])
    assert.deepEqual(valuesOf('{"a":{"b":2},"a.b":null}', ['a.b']), [null])
  })

  it('below a null everything is null; below a scalar or a list there is nothing', () => {
    const text = '{"none":null,"word":"x","list":[{"b":1}]}'
    assert.deepEqual(valuesOf(text, ['none.b.c', 'word.length', 'list.0', 'list.length']), [null, undefined, undefined, undefined]) // prettier-ignore
  })

  it('never finds what an object only inherits', () => {
    assert.deepEqual(
      valuesOf('{"a":{}}', ['constructor', 'toString', '__proto__', 'a.constructor.name', 'a.__proto__']),
      [undefined, undefined, undefined, undefined, undefined],
    )
  })

  it('reads a key __proto__ like any other, and nothing inherits from it', () => {
    assert.deepEqual(valuesOf('{"__proto__":{"admin":true},"a":1}', ['__proto__', '__proto__.admin', 'admin', 'a']), [
      COMPLEX,
      true,
      undefined,
      1,
    ])
    assert.equal(({} as { admin?: unknown }).admin, undefined)
  })

  it('forgets the event before', () => {
    const decoder = createDecoder(planFor(['a', 'b'], { format: 'json' }), lookupOf({}), LIMITS)
    const values: SlotValue[] = []
    decoder.decode(recordOf(Buffer.from('{"a":1,"b":2}')), values)
    decoder.decode(recordOf(Buffer.from('{"b":3}')), values)
    assert.deepEqual(values, [undefined, 3])
  })

  it('finds keys behind the 256th', () => {
    const event = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, index]))
    const text = JSON.stringify(event)
    assert.deepEqual(valuesOf(text, ['k0', 'k299']), [0, 299])
  })

  it('takes no long key for one that is its beginning', () => {
    const [short, long] = ['k'.repeat(128), 'k'.repeat(200)]
    const decoder = createDecoder(planFor([short, long], { format: 'json' }), lookupOf({}), LIMITS)
    const read = (event: object) => decodeWith(decoder, recordOf(Buffer.from(JSON.stringify(event))), 2).values
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(read({ [long]: 1, after: 2 }), [undefined, 1])
      assert.deepEqual(read({ [short]: 3, after: 4 }), [3, undefined])
    }
  })

  it('passes over the five bytes of a JSON Schema serializer', () => {
    const decoder = createDecoder(planFor(['a'], { format: 'json' }), lookupOf({}), LIMITS)
    assert.deepEqual(decodeWith(decoder, recordOf(framed(3, Buffer.from('{"a":1}'))), 1).values, [1])
  })
})

describe('integers beyond 2^53 in JSON', () => {
  const text = '{"id":9007199254740993,"unit":-12345678901234567890,"n":9007199254740993,"ok":1e21}'
  it('keep their digits where they are compared as text', () => {
    assert.deepEqual(valuesOf(text, ['id', 'unit']), [9007199254740993n, -12345678901234567890n])
    const plan = planFor(['ok'])
    assert.deepEqual(valuesOf(text, ['ok'], { cohort: { ...plan.cohort, slot: 0 } }), [1e21])
  })
  it('are plain numbers where they are measured', () => assert.deepEqual(valuesOf(text, ['n']), [9007199254740992]))
  it('that overflow a double are infinite', () => {
    assert.deepEqual(valuesOf(`{"id":${'9'.repeat(400)}}`, ['id']), [Infinity])
  })
})

describe('JSON that is refused', () => {
  it('bytes that are not UTF-8', () => {
    assert.match(refusal(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])), /UTF-8/)
  })
  it('but not the replacement character itself', () => assert.deepEqual(valuesOf('{"a":"\ufffd"}', ['a']), ['\ufffd']))
  for (const text of ['', '{"a":1', '{"a":1}{"a":2}', "{'a':1}", '{"a":NaN}', '{"a":01}']) {
    it(`what is no JSON: ${text}`, () => assert.match(refusal(text), /not JSON/))
  }
  for (const text of ['null', '1', '"x"', '[{"a":1}]', 'true']) {
    it(`what is no object: ${text}`, () => assert.match(refusal(text), /not an object/))
  }
  it('64 levels are read, 65 are not', () => {
    const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)
    assert.equal(decode(nested(64), ['a']).outcome.kind, 'shape')
    assert.match(refusal(nested(65)), /too deep/)
  })
  it('levels of both kinds together', () => {
    const nested = (pairs: number): string => '{"a":['.repeat(pairs) + ']}'.repeat(pairs)
    assert.equal(decode(nested(32), ['a']).outcome.kind, 'shape')
    assert.match(refusal(nested(33)), /too deep/)
  })
  it('brackets in strings and side by side are no levels', () => {
    const text = JSON.stringify({ a: '[{'.repeat(200) + '\\"', b: Array.from({ length: 200 }, () => ({})) })
    assert.equal(decode(text, ['a']).outcome.kind, 'shape')
  })
  it('200,000 levels, without parsing them', () => assert.match(refusal('['.repeat(200_000)), /too deep/))
  it('a tombstone and what is too long', () => {
    const decoder = createDecoder(planFor(['a'], { format: 'json' }), lookupOf({}), { recordBytes: 7 })
    const reasonOf = (value: Buffer | null): string => {
      const { outcome } = decodeWith(decoder, recordOf(value), 1)
      return outcome.kind === 'violation' ? outcome.reason : 'shape'
    }
    assert.equal(reasonOf(null), 'undecodable')
    assert.equal(reasonOf(Buffer.from('{"a":1}')), 'shape')
    assert.equal(reasonOf(Buffer.from('{"a":10}')), 'oversized')
  })
})

describe('the outline of a JSON event', () => {
  const shapeOf = (text: string) => {
    const { outcome } = decode(text, ['a'])
    assert.ok(outcome.kind === 'shape')
    return outcome
  }
  it('names fields with types, sorted', () => {
    const text = '{"z":"x","a":1,"n":null,"t":true,"o":{},"l":[]}'
    assert.deepEqual(shapeOf(text).fields, ['a:number', 'l:array', 'n:null', 'o:object', 't:boolean', 'z:string'])
    assert.equal(shapeOf(text).schemaId, 'json')
  })

  it('is the same object for the same keys and types, another for others', () => {
    const reader = createJsonReader(planFor(['a'], { format: 'json' }))
    const read = (text: string) => reader.read(Buffer.from(text), 0, Buffer.byteLength(text), [])
    const first = read('{"a":1,"b":"x"}')
    assert.equal(read('{"a":2,"b":"y"}'), first)
    assert.notEqual(read('{"a":null,"b":"y"}'), first)
    assert.notEqual(read('{"a":1}'), first)
    assert.equal(read('{"a":3,"b":"z"}'), first)
  })

  it('is bounded, whatever comes', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${'k'.repeat(200)}${index}`, 1]))
    const { fields } = shapeOf(JSON.stringify(many))
    assert.equal(fields.length, 256)
    assert.ok(fields.every((field) => field.length <= 128))
  })

  it('depends on the event alone, also after thousands of others', () => {
    const reader = createJsonReader(planFor(['a'], { format: 'json' }))
    const names = ['a', 'b', 'c', '__proto__', 'constructor', 'x'.repeat(150), '0', '']
    const scalar = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.string(),
      fc.constant({}),
      fc.constant([]),
    )
    const event = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), scalar, { noNullPrototype: true })
    fc.assert(
      fc.property(event, (json) => {
        const text = JSON.stringify(json)
        const values: SlotValue[] = []
        const outcome = reader.read(Buffer.from(text), 0, Buffer.byteLength(text), values)
        assert.ok(outcome.kind === 'shape')
        const typeOf = (value: unknown): string =>
          value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
        const parsed = JSON.parse(text) as Record<string, unknown>
        const expected = Object.keys(parsed).map((key) => `${key.slice(0, 128)}:${typeOf(parsed[key])}`.slice(0, 128))
        assert.deepEqual(outcome.fields, expected.sort())
        const a = Object.hasOwn(parsed, 'a') ? parsed.a : undefined
        assert.deepEqual(values[0], typeof a === 'object' && a !== null ? COMPLEX : a)
      }),
      { numRuns: 3000 },
    )
  })
})
