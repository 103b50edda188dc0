import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import avsc from 'avsc'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import { COMPLEX } from '../../src/decode/decoder.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { decodeAvro, encode, framed, LIMITS, lookupOf, planFor, record, recordOf, varint } from './decode-support.ts'

function valuesOf(schema: unknown, value: unknown, paths: readonly string[]): SlotValue[] {
  const { outcome, values } = decodeAvro(schema, encode(schema, value), paths)
  assert.equal(outcome.kind, 'shape', JSON.stringify(outcome))
  return values
}

function bytesOf(schema: unknown, body: Buffer, paths: readonly string[]): SlotValue[] {
  const { outcome, values } = decodeAvro(schema, body, paths)
  assert.equal(outcome.kind, 'shape', JSON.stringify(outcome))
  return values
}

describe('Avro values', () => {
  it('every type as its scalar, or as complex', () => {
    const schema = record(
      ['null', 'null'],
      ['boolean', 'boolean'],
      ['int', 'int'],
      ['long', 'long'],
      ['float', 'float'],
      ['double', 'double'],
      ['string', 'string'],
      ['bytes', 'bytes'],
      ['enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }],
      ['fixed', { type: 'fixed', name: 'F', size: 3 }],
      ['array', { type: 'array', items: 'int' }],
      ['map', { type: 'map', values: 'int' }],
      ['record', { type: 'record', name: 'R', fields: [] }],
    )
    const value = {
      ...{ null: null, boolean: true, int: -7, long: 1_772_672_400_123, float: 0.5, double: 0.1, string: 'naïve 🙂' },
      ...{ bytes: Buffer.from('xy'), enum: 'B', fixed: Buffer.from('abc'), array: [1, 2], map: { a: 1 }, record: {} },
    }
    const paths = [...Object.keys(value), 'missing', 'string.length', 'array.0']
    assert.deepEqual(valuesOf(schema, value, paths), [
      ...[null, true, -7, 1_772_672_400_123, 0.5, 0.1, 'naïve 🙂', COMPLEX, 'B', COMPLEX, COMPLEX, COMPLEX, COMPLEX],
      ...[undefined, undefined, undefined],
    ])
  })

  it('doubles and floats that are no numbers', () => {
    const schema = record(['a', 'double'], ['b', 'double'], ['c', 'float'], ['d', 'double'])
    assert.deepEqual(valuesOf(schema, { a: NaN, b: -Infinity, c: Infinity, d: -0 }, ['a', 'b', 'c', 'd']), [
      NaN,
      -Infinity,
      Infinity,
      -0,
    ])
  })

  it('logical types as what lies under them, a decimal as complex', () => {
    const schema = record(
      ['ts', { type: 'long', logicalType: 'timestamp-millis' }],
      ['id', { type: 'string', logicalType: 'uuid' }],
      ['price', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }],
      ['day', { type: 'int', logicalType: 'date' }],
    )
    const value = { ts: 5, id: 'u', price: Buffer.from([1]), day: 20_000 }
    assert.deepEqual(valuesOf(schema, value, ['ts', 'id', 'price', 'day']), [5, 'u', COMPLEX, 20_000])
  })

  it('64-bit integers are exact, to both ends', () => {
    const schema = record(['n', 'long'])
    for (const value of [
      0n,
      -1n,
      2n ** 31n,
      2n ** 53n - 1n,
      -(2n ** 53n) + 1n,
      2n ** 55n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      2n ** 53n,
      -(2n ** 53n),
    ]) {
      const isSafe = value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n
      assert.deepEqual(bytesOf(schema, varint(value), ['n']), [isSafe ? Number(value) : value], String(value))
    }
  })

  it('a path through records, and below a null one everything is null', () => {
    const home = { type: 'record', name: 'Home', fields: [{ name: 'city', type: ['null', 'string'] }] }
    const user = {
      type: 'record',
      name: 'User',
      fields: [
        { name: 'home', type: ['null', home] },
        { name: 'age', type: 'int' },
      ],
    }
    const schema = record(['user', ['null', user]], ['last', 'int'])
    const paths = ['user.home.city', 'user.age', 'user', 'user.home', 'last', 'user.shoe', 'user.age.x']
    const full = { user: { User: { home: { Home: { city: { string: 'Ulm' } } }, age: 40 } }, last: 9 }
    assert.deepEqual(valuesOf(schema, full, paths), ['Ulm', 40, COMPLEX, COMPLEX, 9, undefined, undefined])
    assert.deepEqual(valuesOf(schema, { user: { User: { home: null, age: 40 } }, last: 9 }, paths), [null, 40, COMPLEX, null, 9, undefined, undefined]) // prettier-ignore
    assert.deepEqual(valuesOf(schema, { user: null, last: 9 }, paths), [
      null,
      null,
      null,
      null,
      9,
      undefined,
      undefined,
    ])
  })

  it('a union by its branch, also where branches look alike', () => {
    const point = { type: 'record', name: 'P', fields: [{ name: 'x', type: 'double' }] }
    const pixel = {
      type: 'record',
      name: 'Q',
      fields: [
        { name: 'x', type: 'int' },
        { name: 'y', type: 'int' },
      ],
    }
    const schema = record(['at', [point, pixel, 'int', 'string', 'float']])
    const paths = ['at', 'at.x', 'at.y']
    assert.deepEqual(valuesOf(schema, { at: { P: { x: 0.5 } } }, paths), [COMPLEX, 0.5, undefined])
    assert.deepEqual(valuesOf(schema, { at: { Q: { x: 3, y: 4 } } }, paths), [COMPLEX, 3, 4])
    assert.deepEqual(valuesOf(schema, { at: { int: 3 } }, paths), [3, undefined, undefined])
    assert.deepEqual(valuesOf(schema, { at: { string: '3' } }, paths), ['3', undefined, undefined])
  })

  it('a key of a map, the last of two equal ones', () => {
    const schema = record(['tags', { type: 'map', values: ['null', 'string'] }], ['last', 'int'])
    const value = { tags: { color: { string: 'red' }, 'a.b': { string: 'dots' }, none: null }, last: 1 }
    const paths = ['tags.color', 'tags.size', 'tags.a.b', 'tags.none', 'tags', 'last']
    assert.deepEqual(valuesOf(schema, value, paths), ['red', undefined, 'dots', null, COMPLEX, 1])
    const twice = Buffer.from([2, 2, 0x63, 2, 2, 0x31, 2, 2, 0x63, 2, 2, 0x32, 0, 0])
    assert.deepEqual(
      bytesOf(record(['m', { type: 'map', values: ['null', 'string'] }], ['n', 'int']), twice, ['m.c', 'n']),
      ['2', 0],
    )
  })

  it('a path on through the values of a map', () => {
    const point = { type: 'record', name: 'P', fields: [{ name: 'x', type: 'int' }] }
    const schema = record(['by', { type: 'map', values: ['null', point] }])
    const paths = ['by.home.x', 'by.home', 'by.work.x', 'by.none.x']
    assert.deepEqual(valuesOf(schema, { by: { home: { P: { x: 5 } }, none: null } }, paths), [
      5,
      COMPLEX,
      undefined,
      null,
    ])
  })

  it('the names of Object.prototype are names like others', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const body = Buffer.concat(names.map((_, index) => varint(index)))
    const schema = record(...names.map((name): [string, unknown] => [name, 'int']))
    assert.deepEqual(bytesOf(schema, body, [...names, 'valueOf', '__proto__.x']), [0, 1, 2, 3, undefined, undefined])
    const map = { type: 'map', values: 'boolean' }
    const key = Buffer.from('__proto__')
    const tags = Buffer.concat([varint(1), varint(key.length), key, Buffer.from([1, 0])])
    assert.deepEqual(bytesOf(record(['tags', map]), tags, ['tags.__proto__', 'tags.constructor']), [true, undefined])
    assert.equal(({} as { admin?: unknown }).admin, undefined)
  })

  it('a recursive type, as deep as the path goes', () => {
    const schema = record(['v', 'int'], ['next', ['null', 'Event']])
    const value = { v: 1, next: { Event: { v: 2, next: { Event: { v: 3, next: null } } } } }
    const paths = ['v', 'next.v', 'next.next.v', 'next.next.next.v', 'next.next.next.next.v']
    assert.deepEqual(valuesOf(schema, value, paths), [1, 2, 3, null, null])
  })

  it('blocks of arrays and maps with their size in front', () => {
    const schema = record(['a', { type: 'array', items: 'int' }], ['m', { type: 'map', values: 'int' }], ['n', 'int'])
    const array = [varint(-2), varint(2), varint(5), varint(6), varint(1), varint(7), varint(0)]
    const map = [varint(-1), varint(3), varint(1), Buffer.from('k'), varint(9), varint(0)]
    const body = Buffer.concat([...array, ...map, varint(42)])
    assert.deepEqual(bytesOf(schema, body, ['n', 'm.k', 'a']), [42, 9, COMPLEX])
    assert.deepEqual(bytesOf(schema, body, ['n']), [42])
  })

  it('a record of 300 fields, of which the last is wanted', () => {
    const fields = Array.from({ length: 300 }, (_, index): [string, unknown] => [
      `f${index}`,
      index % 2 ? 'int' : 'string',
    ])
    const value = Object.fromEntries(fields.map(([name, type], index) => [name, type === 'int' ? index : `s${index}`]))
    assert.deepEqual(valuesOf(record(...fields), value, ['f299', 'f0', 'f150']), [299, 's0', 's150'])
  })

  it('words that come again, and ids that do not, for thousands of records', () => {
    const schema = record(['word', 'string'], ['id', 'string'])
    const type = avsc.Type.forSchema(schema as unknown as avsc.Schema)
    const decoder = createDecoder(planFor(['word', 'id']), lookupOf({ 'id:7': schema }), LIMITS)
    const values: SlotValue[] = []
    const words = ['m41', 'm42', 'naïve', '', 'DE', 'x'.repeat(16), 'x'.repeat(17), '日本', '\ufffd', 'é']
    for (let index = 0; index < 20_000; index++) {
      const value = { word: words[index % words.length]!, id: `id-${index}` }
      assert.equal(decoder.decode(recordOf(framed(7, type.toBuffer(value))), values).kind, 'shape')
      assert.deepEqual(values, [value.word, value.id])
    }
  })
})
