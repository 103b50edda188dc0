import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { SchemaKey } from '../../src/decode/decoder.ts'
import { decodeWith, framed, LIMITS, lookupOf, planFor, record, recordOf, varint } from './decode-support.ts'

const SCHEMA = record(['a', 'int'])
const OTHER = record(['b', 'int'])
const GUID = '00112233-4455-6677-8899-aabbccddeeff'
const GUID_HEADER = Buffer.from(`01${GUID.replaceAll('-', '')}`, 'hex')

function outcomeOf(schemas: Partial<Record<SchemaKey, unknown>>, value: Buffer | null, header?: Buffer): string {
  const decoder = createDecoder(planFor(['a', 'b']), lookupOf(schemas), LIMITS)
  const record = recordOf(value, header === undefined ? {} : { __value_schema_id: header })
  const { outcome, values } = decodeWith(decoder, record, 2)
  return outcome.kind === 'shape' ? `${outcome.schemaId}: ${values.join()}` : outcome.reason
}

describe('how a record names its schema', () => {
  it('by prefix', () => assert.equal(outcomeOf({ 'id:7': SCHEMA }, framed(7, varint(5))), '7: 5,'))

  it('by GUID in the header, with no prefix', () => {
    assert.equal(outcomeOf({ [`guid:${GUID}`]: SCHEMA }, varint(5), GUID_HEADER), `${GUID}: 5,`)
  })

  it('by id in the header, with no prefix', () => {
    assert.equal(outcomeOf({ 'id:7': SCHEMA }, varint(5), framed(7, Buffer.alloc(0))), '7: 5,')
  })

  it('the header goes first: then a prefix is part of the body', () => {
    const schemas = { 'id:7': OTHER, [`guid:${GUID}`]: SCHEMA } as const
    assert.equal(outcomeOf(schemas, framed(7, varint(5)), GUID_HEADER), 'undecodable')
  })

  it('a header of another form is no schema', () => {
    for (const header of ['', '01', '0100112233445566778899aabbccddeeff00', '00000007', '02000000007']) {
      assert.equal(outcomeOf({ 'id:7': SCHEMA }, framed(7, varint(5)), Buffer.from(header, 'hex')), 'undecodable')
    }
  })

  it('an id or GUID that does not exist is an unknown schema', () => {
    assert.equal(outcomeOf({}, framed(7, varint(5))), 'unknown-schema')
    assert.equal(outcomeOf({}, framed(-7, varint(5))), 'unknown-schema')
    assert.equal(outcomeOf({}, varint(5), GUID_HEADER), 'unknown-schema')
  })

  it('none at all, and no schema of the topic: undecodable', () => {
    assert.equal(outcomeOf({ 'id:7': SCHEMA }, varint(5)), 'undecodable')
    assert.equal(outcomeOf({ 'id:7': SCHEMA }, Buffer.alloc(0)), 'undecodable')
  })

  it('a tombstone is undecodable, a long record oversized', () => {
    assert.equal(outcomeOf({ 'id:7': SCHEMA }, null), 'undecodable')
    assert.equal(outcomeOf({ 'id:7': SCHEMA }, framed(7, Buffer.alloc(1_048_572))), 'oversized')
  })
})

describe('the topic’s own schema, from a directory', () => {
  it('reads records without prefix', () => {
    for (const name of ['shop.impressions-value', 'shop.impressions', 'impressions']) {
      assert.equal(outcomeOf({ [`subject:${name}`]: SCHEMA }, varint(5)), `${name}: 5,`)
    }
  })

  it('the full subject goes before topic, the topic before stream', () => {
    const schemas = { 'subject:impressions': OTHER, 'subject:shop.impressions': SCHEMA } as const
    assert.equal(outcomeOf(schemas, varint(5)), 'shop.impressions: 5,')
    assert.equal(
      outcomeOf({ ...schemas, 'subject:shop.impressions-value': OTHER }, varint(5)),
      'shop.impressions-value: ,5',
    )
  })

  it('does not read what has a known prefix', () => {
    assert.equal(outcomeOf({ 'id:7': OTHER, 'subject:impressions': SCHEMA }, framed(7, varint(5))), '7: ,5')
  })

  it('reads what only looks like a prefix', () => {
    const five = record(['a', 'int'], ['b', 'int'], ['c', 'int'], ['d', 'int'], ['e', 'int'])
    assert.equal(outcomeOf({ 'subject:impressions': five }, Buffer.from([0, 2, 4, 6, 8])), 'impressions: 0,1')
  })
})

describe('many schemas in one stream', () => {
  it('are told apart, and each is looked up once', () => {
    const asked: string[] = []
    const lookup = {
      get(key: SchemaKey) {
        asked.push(key)
        const id = Number(key.slice(3))
        return Number.isNaN(id)
          ? ('absent' as const)
          : { id: String(id), schema: JSON.stringify(id % 2 ? SCHEMA : OTHER) }
      },
    }
    const decoder = createDecoder(planFor(['a', 'b']), lookup, LIMITS)
    for (let round = 0; round < 3; round++) {
      for (let id = 0; id < 100; id++) {
        const { values } = decodeWith(decoder, recordOf(framed(id, varint(id))), 2)
        assert.deepEqual(values, id % 2 ? [id, undefined] : [undefined, id])
      }
    }
    assert.equal(asked.length, 100)
  })

  it('readers are bounded: after 1,000 others a schema is looked up again', () => {
    let asked = 0
    const lookup = { get: () => (asked++, { id: '0', schema: JSON.stringify(SCHEMA) }) }
    const decoder = createDecoder(planFor(['a']), lookup, LIMITS)
    for (let id = 0; id < 1100; id++) decoder.decode(recordOf(framed(id, varint(1))), [])
    for (let id = 0; id < 50; id++) decoder.decode(recordOf(framed(id, varint(1))), [])
    assert.equal(asked, 1150)
  })
})
