import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import type { SchemaSource } from '../../src/registry/registry.ts'
import { realRegistry } from '../real/registry.ts'
import type { RealRegistry } from '../real/registry.ts'
import { decodeWith, framed, LIMITS, planFor, record, recordOf, varint } from '../unit/decode-support.ts'

/** What our fake registry cannot show: that a real one says what we think it says. */
const real = await realRegistry()

describe('a real schema registry', { skip: real === null }, () => {
  const registry = real as RealRegistry
  let source: SchemaSource
  const AVRO = { format: 'avro' } as const

  before(() => {
    source = openRegistry({ url: registry.url })
  })
  after(async () => {
    await source.close()
    await registry.stop()
  })

  it('gives a schema by the id it was registered under, and its records are decoded', async () => {
    const id = await register('shop.impressions-value', record(['a', 'int']))
    const event = recordOf(framed(id, varint(5)))
    assert.equal(await source.prepare([event], AVRO), 'ready')
    const decoder = createDecoder(planFor(['a']), source.lookup, LIMITS)
    const { outcome, values } = decodeWith(decoder, event, 1)
    assert.ok(outcome.kind === 'shape' && outcome.schemaId === String(id))
    assert.deepEqual(values, [5])
  })

  it('says that an id does not exist, so that its records are an unknown schema', async () => {
    const event = recordOf(framed(999_999, varint(5)))
    assert.equal(await source.prepare([event], AVRO), 'ready')
    assert.equal(source.lookup.get('id:999999'), 'absent')
  })

  it('gives the schemas that a schema refers to', async () => {
    const point = { type: 'record', name: 'Point', namespace: 'geo', fields: [{ name: 'x', type: 'int' }] }
    const place = { type: 'record', name: 'Place', namespace: 'geo', fields: [{ name: 'at', type: 'geo.Point' }] }
    await register('geo.Point', point)
    await register('geo.Place', place, [{ name: 'geo.Point', subject: 'geo.Point', version: 1 }])
    const id = await register('shop.visits-value', record(['place', ['null', 'geo.Place']]), [
      { name: 'geo.Place', subject: 'geo.Place', version: 1 },
    ])
    const event = recordOf(framed(id, Buffer.from([2, 8])))
    assert.equal(await source.prepare([event], AVRO), 'ready')
    const decoder = createDecoder(planFor(['place.at.x']), source.lookup, LIMITS)
    assert.deepEqual(decodeWith(decoder, event, 1).values, [4])
  })

  it('gives the newest schema of a subject, and knows no other', async () => {
    const id = await register('shop.impressions-value', record(['a', 'int'], ['b', ['null', 'string']]))
    const latest = await source.latestSchema('shop.impressions-value')
    assert.ok(latest !== 'absent')
    assert.equal(latest.id, String(id))
    assert.match(latest.schema, /"b"/)
    assert.equal(await source.latestSchema('shop.nothing-value'), 'absent')
  })

  it('has no GUIDs, which is an answer', async () => {
    const event = recordOf(varint(5), { __value_schema_id: Buffer.from(`01${'ab'.repeat(16)}`, 'hex') })
    assert.equal(await source.prepare([event], AVRO), 'ready')
    assert.equal(source.lookup.get('guid:abababab-abab-abab-abab-abababababab'), 'absent')
  })

  it('killed and started again: records wait, and are decoded then', async () => {
    const id = await register('shop.orders-value', record(['c', 'long']))
    const event = recordOf(framed(id, varint(7)))
    await registry.kill()
    const parked = await source.prepare([event], AVRO)
    assert.ok(parked !== 'ready')
    assert.equal(source.lookup.get(`id:${id}`), undefined)
    await registry.restart()
    let prepared = await source.prepare([event], AVRO)
    while (prepared !== 'ready') {
      await new Promise((resolve) => setTimeout(resolve, (prepared as { retryInMs: number }).retryInMs))
      prepared = await source.prepare([event], AVRO)
    }
    assert.notEqual(source.lookup.get(`id:${id}`), 'absent')
  })

  async function register(subject: string, schema: unknown, references?: unknown): Promise<number> {
    const response = await fetch(`${registry.url}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(schema), references }),
    })
    const answer = (await response.json()) as { id?: number }
    assert.ok(typeof answer.id === 'number', JSON.stringify(answer))
    return answer.id
  }
})
