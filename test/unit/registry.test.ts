import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createDecoder } from '../../src/decode/create-decoder.ts'
import type { SchemaKey } from '../../src/decode/decoder.ts'
import { MonitorError } from '../../src/errors.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import type { Prepared, SchemaSource } from '../../src/registry/registry.ts'
import type { RemoteOptions } from '../../src/registry/remote-schemas.ts'
import { fakeRegistry, sendJson } from '../real/fake-registry.ts'
import type { FakeRegistry } from '../real/fake-registry.ts'
import { decodeWith, framed, LIMITS, planFor, record, recordOf, varint } from './decode-support.ts'

const AVRO = { format: 'avro' } as const
const SCHEMA = JSON.stringify(record(['a', 'int']))
const GUID = '00112233-4455-6677-8899-aabbccddeeff'

let fake: FakeRegistry
let source: SchemaSource
let nowMs: number
const fetched: boolean[] = []

const open = (options: RemoteOptions = {}): SchemaSource =>
  openRegistry({ url: fake.url }, { now: () => nowMs, random: () => 0.5, timeoutMs: 60_000, onFetch: (isOk) => fetched.push(isOk), ...options }) // prettier-ignore
const withIds = (...ids: number[]): LogRecord[] => ids.map((id) => recordOf(framed(id, varint(1))))
const withGuid = (): LogRecord => recordOf(varint(1), { __value_schema_id: Buffer.from(`01${GUID.replaceAll('-', '')}`, 'hex') }) // prettier-ignore
const asked = (key: SchemaKey): string => {
  const found = source.lookup.get(key)
  return found === undefined || found === 'absent' ? String(found) : (found.unusable ?? found.id)
}
const reasonOf = (prepared: Prepared): string => {
  assert.ok(prepared !== 'ready')
  return prepared.reason
}

beforeEach(async () => {
  fake = await fakeRegistry()
  fake.answers.set('/schemas/ids/7', { schema: SCHEMA })
  fake.answers.set('/schemas/ids/8', { schema: SCHEMA, schemaType: 'AVRO' })
  fake.answers.set(`/schemas/guids/${GUID}`, { schema: SCHEMA, guid: GUID })
  nowMs = 1_000_000
  fetched.length = 0
  source = open()
})

afterEach(async () => {
  await source.close()
  await fake.close()
})

describe('a registry that answers', () => {
  it('is asked for every id and GUID of a batch, once', async () => {
    assert.equal(await source.prepare([...withIds(7, 8, 7, 7, 8), withGuid(), recordOf(null)], AVRO), 'ready')
    assert.deepEqual([...fake.requests].sort(), [`/schemas/guids/${GUID}`, '/schemas/ids/7', '/schemas/ids/8'])
    assert.deepEqual([asked('id:7'), asked('id:8'), asked(`guid:${GUID}`)], ['7', '8', GUID])
    assert.equal(await source.prepare([...withIds(7, 8), withGuid()], AVRO), 'ready')
    assert.equal(fake.requests.length, 3)
    assert.deepEqual(fetched, [true, true, true])
  })

  it('is asked once, however many partitions want to know at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => source.prepare(withIds(7), AVRO)))
    assert.deepEqual(fake.requests, ['/schemas/ids/7'])
  })

  it('and its schemas decode the records', async () => {
    await source.prepare([...withIds(7), withGuid()], AVRO)
    const decoder = createDecoder(planFor(['a']), source.lookup, LIMITS)
    assert.deepEqual(decodeWith(decoder, recordOf(framed(7, varint(5))), 1).values, [5])
    assert.deepEqual(decodeWith(decoder, withGuid(), 1).values, [1])
  })

  it('is not asked for JSON streams, nor for ids below zero, nor for subjects', async () => {
    assert.equal(await source.prepare(withIds(7), { format: 'json' }), 'ready')
    assert.equal(await source.prepare(withIds(-7), AVRO), 'ready')
    assert.deepEqual([asked('id:-7'), asked('subject:shop.impressions-value')], ['absent', 'absent'])
    assert.deepEqual(fake.requests, [])
  })

  it('with a path in its address, and user and password', async () => {
    fake.answers.set('/apis/ccompat/v7/schemas/ids/7', { schema: SCHEMA })
    const url = fake.url.replace('http://', 'http://eve:p%40ss@')
    source = openRegistry({ url: `${url}/apis/ccompat/v7/` })
    assert.equal(await source.prepare(withIds(7), AVRO), 'ready')
    assert.equal(asked('id:7'), '7')
    assert.equal(fake.headers[0]!.authorization, `Basic ${Buffer.from('eve:p@ss').toString('base64')}`)
  })

  it('gives the newest schema of a subject, with its id', async () => {
    fake.answers.set('/subjects/shop.impressions-value/versions/latest', {
      subject: 'x',
      version: 3,
      id: 42,
      schema: SCHEMA,
    })
    assert.deepEqual(await source.latestSchema('shop.impressions-value'), { id: '42', schema: SCHEMA })
    assert.equal(await source.latestSchema('other-value'), 'absent')
  })
})

describe('a schema that refers to others', () => {
  const reference = (subject: string, version = 1) => ({ name: subject, subject, version })

  it('comes with them, each after what it refers to itself', async () => {
    fake.answers.set('/schemas/ids/9', { schema: '"whole"', references: [reference('left'), reference('right')] })
    fake.answers.set('/subjects/left/versions/1', { schema: '"left"', references: [reference('base', 4)] })
    fake.answers.set('/subjects/right/versions/1', { schema: '"right"', references: [reference('base', 4)] })
    fake.answers.set('/subjects/base/versions/4', { schema: '"base"' })
    assert.equal(await source.prepare(withIds(9), AVRO), 'ready')
    assert.deepEqual(source.lookup.get('id:9'), {
      id: '9',
      schema: '"whole"',
      references: ['"base"', '"left"', '"right"'],
    })
  })

  it('that refers to itself, or to what does not exist, ends', async () => {
    fake.answers.set('/schemas/ids/9', { schema: '"a"', references: [reference('loop')] })
    fake.answers.set('/subjects/loop/versions/1', { schema: '"loop"', references: [reference('loop')] })
    fake.answers.set('/schemas/ids/10', { schema: '"a"', references: [reference('missing')] })
    fake.answers.set('/schemas/ids/11', {
      schema: '"a"',
      references: [{ subject: '..', version: 1 }, { subject: 5 }, null],
    })
    assert.equal(await source.prepare(withIds(9, 10, 11), AVRO), 'ready')
    assert.match(asked('id:10'), /does not exist/)
    assert.equal(asked('id:9'), '9')
    assert.equal(asked('id:11'), '11')
    assert.ok(fake.requests.every((each) => /^\/(schemas\/ids|subjects)\//.test(each)))
  })

  it('has at most 100 of them', async () => {
    for (let version = 1; version <= 150; version++) {
      fake.answers.set(`/subjects/s/versions/${version}`, { schema: '"s"', references: [reference('s', version + 1)] })
    }
    fake.answers.set('/schemas/ids/9', { schema: '"a"', references: [reference('s')] })
    await source.prepare(withIds(9), AVRO)
    assert.match(asked('id:9'), /too many references/)
    assert.ok(fake.requests.length <= 102)
  })
})

describe('a schema that does not exist', () => {
  it('is absent for a while, then asked for again', async () => {
    assert.equal(await source.prepare(withIds(404), AVRO), 'ready')
    assert.equal(asked('id:404'), 'absent')
    nowMs += 59_000
    await source.prepare(withIds(404), AVRO)
    assert.equal(fake.requests.length, 1)
    fake.answers.set('/schemas/ids/404', { schema: SCHEMA })
    nowMs += 2_000
    await source.prepare(withIds(404), AVRO)
    assert.equal(fake.requests.length, 2)
    assert.equal(asked('id:404'), '404')
    assert.deepEqual(fetched, [true, true])
  })

  it('stays absent while its records are decoded, however long that takes', async () => {
    await source.prepare(withIds(404), AVRO)
    nowMs += 600_000
    assert.equal(asked('id:404'), 'absent')
  })

  it('is believed of a registry only: a 404 page from somewhere else parks', async () => {
    fake.behave = (_request, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>nginx</html>')
    assert.match(reasonOf(await source.prepare(withIds(7), AVRO)), /404.*path/)
    assert.equal(asked('id:7'), 'undefined')
  })

  it('a bare 404 is believed of a registry that has proved to be one', async () => {
    fake.behave = (request, response) => {
      if (request.url === '/subjects') sendJson(response, 200, [])
      else response.writeHead(404).end()
    }
    assert.equal(await source.prepare([withGuid()], AVRO), 'ready')
    assert.equal(asked(`guid:${GUID}`), 'absent')
  })

  it('a hundred invented ids cost a hundred questions, not one per record', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => 1000 + index)
    assert.equal(await source.prepare(withIds(...ids, ...ids, ...ids), AVRO), 'ready')
    await source.prepare(withIds(...ids), AVRO)
    // On a busy machine an answer may come too late once, and is asked for again.
    assert.ok(fake.requests.length >= 100 && fake.requests.length <= 110, String(fake.requests.length))
  })
})

describe('a schema that exists and cannot be used', () => {
  it('is an unknown schema, with the reason', async () => {
    fake.answers.set('/schemas/ids/9', { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' })
    fake.answers.set('/schemas/ids/10', { schema: 'x'.repeat(5_000_000) })
    assert.equal(await source.prepare(withIds(9, 10), AVRO), 'ready')
    assert.match(asked('id:9'), /PROTOBUF/)
    assert.match(asked('id:10'), /too long/)
    const decoder = createDecoder(planFor(['a']), source.lookup, LIMITS)
    const { outcome } = decodeWith(decoder, recordOf(framed(9, varint(5))), 1)
    assert.ok(outcome.kind === 'violation' && outcome.reason === 'unknown-schema' && /PROTOBUF/.test(outcome.detail))
  })
})

describe('a registry that does not answer', () => {
  const failures: [string, NonNullable<FakeRegistry['behave']>, RegExp][] = [
    ['500', (_request, response) => sendJson(response, 500, { error_code: 50001, message: 'store' }), /500/],
    ['an error that is the word null', (_request, response) => sendJson(response, 500, null), /500/],
    ['401', (_request, response) => sendJson(response, 401, {}), /401/],
    ['429', (_request, response) => sendJson(response, 429, {}), /429/],
    ['200 without a schema', (_request, response) => sendJson(response, 200, { id: 7 }), /no schema/],
    ['200 with a page', (_request, response) => response.end('<html>'), /no schema/],
    ['200 with null', (_request, response) => sendJson(response, 200, null), /no schema/],
    ['a redirect', (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/x' }).end(), /redirects/], // prettier-ignore
    ['an answer that breaks off', (_request, response) => (response.writeHead(200, { 'content-length': '99' }).write('{'), setImmediate(() => response.destroy())), /does not answer/], // prettier-ignore
    ['a closed door', (request) => request.socket.destroy(), /does not answer/],
  ]
  for (const [title, behave, why] of [...failures, ['silence', () => {}, /too long/] as const]) {
    it(`${title}: the partition waits, no record is blamed`, async () => {
      if (title === 'silence') source = open({ timeoutMs: 200 })
      fake.behave = behave
      const prepared = await source.prepare(withIds(7), AVRO)
      assert.match(reasonOf(prepared), why)
      assert.ok(prepared !== 'ready' && prepared.retryInMs > 0 && prepared.retryInMs <= 500)
      assert.equal(asked('id:7'), 'undefined')
      assert.deepEqual(fetched, [false, false])
    })
  }

  it('nobody there at all', async () => {
    await fake.close()
    assert.match(reasonOf(await source.prepare(withIds(7), AVRO)), /ECONNREFUSED/)
    fake = await fakeRegistry()
  })

  it('is left alone for longer and longer, and never longer than half a minute', async () => {
    fake.behave = (_request, response) => sendJson(response, 503, {})
    const waits: number[] = []
    for (let round = 0; round < 9; round++) {
      const prepared = await source.prepare(withIds(7), AVRO)
      assert.ok(prepared !== 'ready')
      waits.push(prepared.retryInMs)
      const before = fake.requests.length
      nowMs += prepared.retryInMs - 1
      assert.notEqual(await source.prepare(withIds(7, 8), AVRO), 'ready')
      assert.equal(fake.requests.length, before, 'it was asked while it should have been left alone')
      nowMs += 1
    }
    assert.deepEqual(waits, [375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500])
  })

  it('questions that fail together are one failure', async () => {
    fake.behave = (_request, response) => sendJson(response, 503, {})
    await source.prepare(withIds(1, 2, 3, 4, 5, 6, 7, 8), AVRO)
    await source.close()
    const prepared = await source.prepare(withIds(9), AVRO)
    assert.ok(prepared !== 'ready')
    assert.equal(prepared.retryInMs, 375)
  })

  it('one question goes first when it may be back', async () => {
    fake.behave = (_request, response) => sendJson(response, 503, {})
    const prepared = await source.prepare(withIds(7), AVRO)
    assert.ok(prepared !== 'ready')
    nowMs += prepared.retryInMs
    fake.requests.length = 0
    await source.prepare(withIds(1, 2, 3, 4, 5, 6), AVRO)
    assert.equal(new Set(fake.requests).size, 1)
  })

  it('and is back: what waited is ready, and known ids were never held up', async () => {
    await source.prepare(withIds(7), AVRO)
    fake.behave = (_request, response) => sendJson(response, 503, {})
    const prepared = await source.prepare(withIds(7, 8), AVRO)
    assert.ok(prepared !== 'ready')
    assert.equal(await source.prepare(withIds(7), AVRO), 'ready')
    fake.behave = null
    nowMs += prepared.retryInMs
    assert.equal(await source.prepare(withIds(7, 8), AVRO), 'ready')
  })

  it('one lost answer is ridden out', async () => {
    fake.behave = (_request, response) => {
      fake.behave = null
      sendJson(response, 502, {})
    }
    assert.equal(await source.prepare(withIds(7), AVRO), 'ready')
    assert.deepEqual(fetched, [false, true])
  })

  it('prepare ends in time, and goes on from there when asked again', async () => {
    source = open({ now: () => performance.now(), prepareMs: 60 })
    fake.behave = (_request, response) => void setTimeout(() => sendJson(response, 200, { schema: SCHEMA }), 50)
    const ids = Array.from({ length: 40 }, (_, index) => index + 1)
    const first = await source.prepare(withIds(...ids), AVRO)
    assert.ok(first !== 'ready' && first.retryInMs === 0 && /still asking/.test(first.reason))
    while ((await source.prepare(withIds(...ids), AVRO)) !== 'ready');
    assert.equal(fake.requests.length, 40)
  })

  it('a check is told so', async () => {
    fake.behave = (_request, response) => sendJson(response, 500, {})
    await assert.rejects(
      source.latestSchema('x-value'),
      (error) => error instanceof MonitorError && error.code === 'EVENKEEL_REGISTRY_UNREACHABLE' && error.retriable,
    )
  })

  it('closing does not wait for it', async () => {
    source = open({ timeoutMs: 60_000 })
    fake.behave = () => {}
    const waiting = source.prepare(withIds(7), AVRO)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await source.close()
    assert.notEqual(await waiting, 'ready')
  })
})

describe('schemas in a directory', () => {
  it('are found by id, GUID or subject, and prepare is immediate', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'schemas-'))
    try {
      for (const name of ['7', GUID, 'shop.clicks-value', 'shop.impressions'])
        writeFileSync(path.join(directory, `${name}.avsc`), SCHEMA)
      writeFileSync(path.join(directory, 'notes.txt'), 'no schema')
      source = openRegistry({ directory })
      assert.equal(await source.prepare(withIds(1, 2, 3), AVRO), 'ready')
      assert.deepEqual([asked('id:7'), asked(`guid:${GUID}`), asked('id:8')], ['7', GUID, 'absent'])
      assert.deepEqual([asked('subject:shop.impressions'), asked('subject:../notes')], ['shop.impressions', 'absent'])
      assert.deepEqual(await source.latestSchema('shop.clicks-value'), { id: 'shop.clicks-value', schema: SCHEMA })
      assert.deepEqual(await source.latestSchema('shop.impressions-value'), { id: 'shop.impressions', schema: SCHEMA })
      assert.equal(await source.latestSchema('shop.orders-value'), 'absent')
      const decoder = createDecoder(planFor(['a']), source.lookup, LIMITS)
      assert.deepEqual(decodeWith(decoder, recordOf(varint(5)), 1).values, [5])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('no registry', () => {
  it('knows no schema', async () => {
    source = openRegistry(null)
    assert.equal(await source.prepare(withIds(7), AVRO), 'ready')
    assert.equal(asked('id:7'), 'absent')
  })

  it('a directory that is not there, and an address that is none, are mistakes of the configuration', () => {
    for (const registry of [{ directory: '/does/not/exist' }, { url: 'ftp://registry' }, { url: 'registry:8081' }]) {
      assert.throws(
        () => openRegistry(registry),
        (error) => error instanceof MonitorError && error.code === 'EVENKEEL_CONFIG_INVALID',
      )
    }
  })
})
