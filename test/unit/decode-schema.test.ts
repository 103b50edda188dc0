import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBlockReader } from '../../src/decode/block-reader.ts'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { SlotValue } from '../../src/decode/decoder.ts'
import { fieldType } from '../../src/decode/field-type.ts'
import { MonitorError } from '../../src/errors.ts'
import { decodeAvro, decodeWith, encode, framed, LIMITS, planFor, record, recordOf, varint } from './decode-support.ts'

function refusal(schema: unknown): string {
  const { outcome } = decodeAvro(schema, Buffer.from([0]), ['f'])
  assert.ok(outcome.kind === 'violation')
  assert.equal(outcome.reason, 'unknown-schema')
  return outcome.detail
}

function shapeOf(schema: unknown, body: Buffer, paths: readonly string[] = []) {
  const { outcome } = decodeAvro(schema, body, paths)
  assert.ok(outcome.kind === 'shape', JSON.stringify(outcome))
  return outcome
}

describe('schemas that cannot be used', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 'int' : { type: 'array', items: nested(levels - 1) })
  const chain = (count: number): unknown =>
    Array.from({ length: count }, (_, index) => ({
      type: 'record',
      name: `R${index}`,
      fields: index === 0 ? [] : [{ name: 'x', type: `R${index - 1}` }],
    }))
  const wide = (count: number): unknown =>
    record(...Array.from({ length: count }, (_, index): [string, unknown] => [`f${index}`, 'null']))

  const cases: [string, unknown, RegExp][] = [
    ['text that is no JSON', '{"type":', /does not define/],
    ['a type that is none', { type: 'record', name: 'R', fields: [{ name: 'f', type: 7 }] }, /not a type/],
    ['a name that is not defined', record(['f', 'Missing']), /does not define/],
    ['a name defined twice', [{ type: 'fixed', name: 'F', size: 1 }, { type: 'fixed', name: 'F', size: 2 }], /twice/], // prettier-ignore
    ['a field named twice', record(['f', 'int'], ['f', 'int']), /own name/],
    ['a record without fields', { type: 'record', name: 'R' }, /without fields/],
    ['a record without name', { type: 'record', fields: [] }, /without name/],
    ['an enum without symbols', { type: 'enum', name: 'E' }, /symbols/],
    ['a fixed of negative size', { type: 'fixed', name: 'F', size: -1 }, /size/],
    ['65 levels', record(['f', nested(64)]), /deeper/],
    ['levels behind names', chain(70), /deeper/],
    ['70,000 levels, without parsing them', '['.repeat(70_000), /deeper/],
    ['10,001 fields', wide(10_001), /10000 fields/],
    ['more than 1 MiB of text', JSON.stringify({ ...record(['f', 'int']), doc: 'x'.repeat(1_048_576) }), /1 MiB/],
  ]
  for (const [title, schema, why] of cases) it(title, () => assert.match(refusal(schema), why))

  it('a union of unions of a recursive type, along a path without end', () => {
    const branches = Array.from({ length: 12 }, (_, index) => ({
      type: 'record',
      name: `N${index}`,
      fields: [{ name: 'n', type: index === 0 ? ['null', 'Event'] : 'Event' }],
    }))
    const path = Array.from({ length: 40 }, () => 'n').join('.')
    const { outcome } = decodeAvro(record(['n', ['null', ...branches]]), Buffer.from([0]), [path])
    assert.ok(outcome.kind === 'violation' && /complex/.test(outcome.detail))
  })

  it('20 records in each other are nothing', () => {
    let type: unknown = 'int'
    for (let level = 0; level < 20; level++) type = { type: 'record', name: `R${level}`, fields: [{ name: 'f', type }] }
    assert.deepEqual(decodeAvro(type, varint(5), [Array.from({ length: 20 }, () => 'f').join('.')]).values, [5])
  })

  it('10,000 fields are read', () => {
    assert.equal(shapeOf(wide(10_000), Buffer.alloc(0)).fields.length, 256)
    const ints = record(...Array.from({ length: 10_000 }, (_, index): [string, unknown] => [`f${index}`, 'int']))
    const { values } = decodeAvro(ints, Buffer.concat([Buffer.alloc(9_999), varint(5)]), ['f9999'])
    assert.deepEqual(values, [5])
  })

  it('records that double at every level neither take long nor much', () => {
    let type: unknown = 'int'
    for (let level = 0; level < 60; level++) {
      const below = level === 0 ? 'int' : `D${level - 1}`
      type = { type: 'record', name: `D${level}`, fields: [{ name: 'l', type }, { name: 'r', type: below }] } // prettier-ignore
    }
    const { outcome } = decodeAvro(type, Buffer.alloc(1000), ['l', 'l.l.r'])
    assert.ok(outcome.kind === 'violation' && outcome.reason === 'undecodable')
  })
})

describe('names in schemas', () => {
  it('a name takes the namespace it stands in, a name with a dot is whole', () => {
    const schema = {
      type: 'record',
      name: 'Event',
      namespace: 'shop',
      fields: [
        { name: 'a', type: { type: 'fixed', name: 'Two', size: 2 } },
        { name: 'b', type: 'Two' },
        { name: 'c', type: 'shop.Two' },
        { name: 'd', type: { type: 'record', name: 'other.Part', fields: [{ name: 'x', type: { type: 'fixed', name: 'Two', size: 1 } }] } }, // prettier-ignore
        { name: 'e', type: 'other.Two' },
        { name: 'f', type: 'int' },
      ],
    }
    const { values } = decodeAvro(schema, Buffer.concat([Buffer.alloc(8), varint(9)]), ['f'])
    assert.deepEqual(values, [9])
  })

  it('schemas may refer to others', () => {
    const references = [
      JSON.stringify({ type: 'record', name: 'geo.Point', fields: [{ name: 'x', type: 'int' }] }),
      JSON.stringify({ type: 'record', name: 'geo.Place', fields: [{ name: 'at', type: 'Point' }] }),
    ]
    const schema = JSON.stringify(record(['place', 'geo.Place']))
    const lookup = { get: () => ({ id: '7', schema, references }) }
    const decoder = createDecoder(planFor(['place.at.x']), lookup, LIMITS)
    assert.deepEqual(decodeWith(decoder, recordOf(framed(7, varint(5))), 1).values, [5])
    assert.deepEqual(fieldType({ id: '7', schema, references }, 'place.at.x'), { kind: 'type', type: 'int' })
  })
})

describe('the outline of an Avro event', () => {
  it('names the fields with the types of the writer’s schema', () => {
    const schema = record(['z', ['null', 'double']], ['a', 'string'], ['r', { type: 'record', name: 'R', fields: [] }])
    const shape = shapeOf(schema, encode(schema, { z: null, a: 'x', r: {} }))
    assert.deepEqual(shape.fields, ['a:string', 'r:record', 'z:null|double'])
    assert.equal(shape.schemaId, '7')
  })

  it('is one object per schema, and one per branch where the root is a union', () => {
    const schema = [record(['a', 'int']), { ...record(['b', 'int']), name: 'Other' }]
    const decoder = createDecoder(
      planFor(['a', 'b']),
      { get: () => ({ id: '7', schema: JSON.stringify(schema) }) },
      LIMITS,
    )
    const read = (branch: number) => decodeWith(decoder, recordOf(framed(7, Buffer.from([branch * 2, 4]))), 2)
    assert.deepEqual(read(0).values, [2, undefined])
    assert.deepEqual(read(1).values, [undefined, 2])
    assert.deepEqual(
      [read(0), read(1)].map(({ outcome }) => outcome.kind === 'shape' && outcome.fields),
      [['a:int'], ['b:int']],
    )
    assert.equal(read(0).outcome, read(0).outcome)
  })

  it('tells the unit of the event time by the logical type', () => {
    const unitOf = (type: unknown) => shapeOf(record(['ts', type]), Buffer.from([0, 0]).subarray(0, Array.isArray(type) ? 2 : 1), ['ts']).timeUnit // prettier-ignore
    assert.equal(unitOf({ type: 'long', logicalType: 'timestamp-millis' }), 'ms')
    assert.equal(unitOf({ type: 'long', logicalType: 'timestamp-micros' }), 'us')
    assert.equal(unitOf([{ type: 'long', logicalType: 'timestamp-micros' }, 'null']), 'us')
    assert.equal(unitOf('long'), null)
    assert.equal(unitOf({ type: 'string', logicalType: 'timestamp-millis' }), null)
  })

  it('the types at a path, for checks', () => {
    const user = { type: 'record', name: 'User', fields: [{ name: 'age', type: ['null', 'int'] }] }
    const found = { id: '7', schema: JSON.stringify(record(['user', ['null', user]], ['tags', { type: 'map', values: 'string' }])) } // prettier-ignore
    const typeOf = (path: string) => fieldType(found, path)
    assert.deepEqual(typeOf('user.age'), { kind: 'type', type: 'null|int' })
    assert.deepEqual(typeOf('user'), { kind: 'type', type: 'null|record' })
    assert.deepEqual(typeOf('tags.color'), { kind: 'type', type: 'string' })
    assert.deepEqual(typeOf('user.shoe'), { kind: 'type', type: null })
    assert.equal(fieldType({ id: '7', schema: '"Missing"' }, 'a').kind, 'fault')
  })
})

describe('a block of a container', () => {
  const schema = record(['s', 'string'])
  const block = Buffer.concat(['one', 'two', 'three'].map((s) => encode(schema, { s })))
  const values: SlotValue[] = []

  it('is walked record by record', () => {
    const reader = createBlockReader(planFor(['s']), JSON.stringify(schema), LIMITS, 'events.avro')
    const seen: SlotValue[] = []
    for (let position = 0; position < block.length; position = reader.position) {
      const outcome = reader.read(block, position, values)
      assert.ok(outcome.kind === 'shape' && outcome.schemaId === 'events.avro')
      seen.push(values[0])
    }
    assert.deepEqual(seen, ['one', 'two', 'three'])
  })

  it('goes on behind a record that is too long, not behind a broken one', () => {
    const reader = createBlockReader(planFor(['s']), JSON.stringify(schema), { recordBytes: 5 }, 'events.avro')
    const third = reader.read(block, 8, values)
    assert.ok(third.kind === 'violation' && third.reason === 'oversized')
    assert.equal(reader.position, block.length)
    const broken = reader.read(block.subarray(0, 10), 8, values)
    assert.ok(broken.kind === 'violation' && broken.reason === 'undecodable')
    assert.equal(reader.position, 8)
  })

  it('of an unusable schema is unreadable', () => {
    assert.throws(
      () => createBlockReader(planFor(['s']), '"Missing"', LIMITS, 'events.avro'),
      (error) => error instanceof MonitorError && error.code === 'EVENKEEL_INPUT_UNREADABLE',
    )
  })
})
