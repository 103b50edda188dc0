import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeAvro, encode, record, varint } from './decode-support.ts'

/** What is refused, and read without reading: with the field monitored, and with it skipped. */
function refusals(schema: unknown, body: Buffer, path = 'f'): string[] {
  return [[path], []].map((paths) => {
    const { outcome } = decodeAvro(schema, body, paths)
    assert.ok(outcome.kind === 'violation', 'it was read')
    assert.equal(outcome.reason, 'undecodable')
    return outcome.detail
  })
}

function isRead(schema: unknown, body: Buffer, paths: readonly string[]): void {
  const { outcome } = decodeAvro(schema, body, paths)
  assert.equal(outcome.kind, 'shape', JSON.stringify(outcome))
}

const array = (items: unknown): unknown => record(['f', { type: 'array', items }])
const map = (values: unknown): unknown => record(['f', { type: 'map', values }])
const bytes = (...parts: (number | bigint | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : varint(part))))

describe('hostile block counts', () => {
  for (const [title, schema] of [
    ['array<null>', array('null')],
    ['array<union>', array(['null', 'int', 'string'])],
    ['array<int>', array('int')],
    ['array<double>', array('double')],
    ['array<empty record>', array({ type: 'record', name: 'R', fields: [] })],
    ['map<null>', map('null')],
    ['map<string>', map('string')],
  ] as const) {
    for (const count of [100_000_000, 2 ** 31 - 1, 2 ** 40, -(2 ** 31), 2n ** 63n - 1n, -(2n ** 63n)]) {
      it(`${title} of ${count} items in a few bytes`, () => {
        for (const detail of refusals(schema, bytes(count, 0, 0, 0))) assert.match(detail, /block count|more bytes/)
      })
    }
  }

  it('counts are held against what an item takes at least', () => {
    const pair = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'x', type: 'double' },
        { name: 'y', type: 'double' },
      ],
    }
    const three = Buffer.concat([varint(3), Buffer.alloc(48), varint(0)])
    isRead(array(pair), three, ['f'])
    for (const detail of refusals(array(pair), three.subarray(0, 48))) assert.match(detail, /block count/)
  })

  it('items without bytes: 65,536 in all are believed, one more is not', () => {
    isRead(array('null'), bytes(65_536, 0), ['f'])
    refusals(array('null'), bytes(65_537, 0))
    refusals(array('null'), bytes(65_536, 1, 0))
    refusals(array('null'), bytes(-65_537, 0, 0))
  })

  it('a block size that is negative, too long, or not what the items take', () => {
    for (const size of [-1, -1_000_000, 1_000_000, 2n ** 40n]) refusals(array('int'), bytes(-1, size, 5, 0))
    for (const size of [-1, -1_000_000, 1_000_000])
      refusals(map('int'), bytes(-1, size, 1, Buffer.from('k'), 5, 0), 'f.k')
    refusals(array('null'), bytes(-1, -1, 0))
    const schema = record(['f', { type: 'map', values: 'int' }], ['n', 'int'])
    const sized = (size: number): Buffer => bytes(-1, size, 1, Buffer.from('k'), 5, 0, 0)
    isRead(schema, sized(3), ['f.k', 'n'])
    for (const size of [2, 4]) {
      const { outcome } = decodeAvro(schema, sized(size), ['f.k', 'n'])
      assert.equal(outcome.kind, 'violation')
    }
  })

  it('more items than the block has bytes for', () => {
    for (const detail of refusals(array('int'), bytes(-9, 2, 1, 1, 0))) assert.match(detail, /block count/)
  })
})

describe('hostile depth', () => {
  const list = record(['next', ['null', 'Event']])
  it('64 records in each other are read, more are not', () => {
    const nested = (levels: number): Buffer => Buffer.concat([Buffer.alloc(levels - 1, 2), Buffer.from([0])])
    isRead(list, nested(64), [])
    for (const detail of refusals(list, nested(50_000), 'next')) assert.match(detail, /too deep/)
    for (const detail of refusals(list, nested(50_000), 'next.next.next')) assert.match(detail, /too deep/)
  })

  it('arrays in arrays in arrays', () => {
    const tree = record(['f', { type: 'array', items: 'Event' }])
    for (const detail of refusals(tree, Buffer.alloc(50_000, 2))) assert.match(detail, /too deep/)
  })

  it('a record that only contains itself', () => {
    for (const detail of refusals(record(['f', 'Event'], ['g', 'Event']), Buffer.alloc(0)))
      assert.match(detail, /too deep/)
    refusals(array({ type: 'record', name: 'Loop', fields: [{ name: 'g', type: 'Loop' }] }), bytes(1, 0))
  })
})

describe('hostile numbers, strings and indexes', () => {
  it('an int of six bytes, a long of eleven', () => {
    for (const detail of refusals(record(['f', 'int']), Buffer.from('808080808000', 'hex')))
      assert.match(detail, /more bytes/)
    const eleven = Buffer.from('8080808080808080808000', 'hex')
    for (const detail of refusals(record(['f', 'long']), eleven)) assert.match(detail, /more bytes/)
  })

  it('an int of 33 bits and a long of 65, where they are monitored', () => {
    for (const [type, hex] of [
      ['int', 'ffffffff1f'],
      ['long', 'ffffffffffffffffff03'],
    ] as const) {
      const { outcome } = decodeAvro(record(['f', type]), Buffer.from(hex, 'hex'), ['f'])
      assert.equal(outcome.kind, 'violation')
    }
  })

  it('numbers that are padded are still numbers', () => isRead(record(['f', 'int']), Buffer.from('8000', 'hex'), ['f']))

  it('a string length that is negative or beyond the end', () => {
    for (const type of ['string', 'bytes']) {
      for (const length of [-1, -(2 ** 31), 2, 2 ** 30, 2n ** 40n]) refusals(record(['f', type]), bytes(length, 1))
    }
  })

  it('a union branch and an enum symbol that do not exist', () => {
    for (const index of [2, -1, 1000, 2 ** 31]) refusals(record(['f', ['null', 'int']]), bytes(index, 1))
    const schema = record(['f', { type: 'enum', name: 'E', symbols: ['A', 'B'] }])
    for (const index of [2, -1, 1000]) {
      const { outcome } = decodeAvro(schema, bytes(index), ['f'])
      assert.equal(outcome.kind, 'violation')
    }
  })

  it('a boolean that is 7, where it is monitored', () => {
    const schema = record(['f', 'boolean'])
    assert.equal(decodeAvro(schema, Buffer.from([7]), ['f']).outcome.kind, 'violation')
    isRead(schema, Buffer.from([7]), [])
  })

  it('a string that is not UTF-8, where it is monitored', () => {
    const schema = record(['f', 'string'])
    const long = Buffer.concat([Buffer.alloc(30, 0x61), Buffer.from([0xff])])
    for (const text of [
      Buffer.from([0xff]),
      Buffer.from([0xe9]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xc0, 0x80]),
      long,
    ]) {
      const { outcome } = decodeAvro(schema, bytes(text.length, text), ['f'])
      assert.ok(outcome.kind === 'violation' && /UTF-8/.test(outcome.detail))
      isRead(schema, bytes(text.length, text), [])
    }
  })

  it('bytes behind the record', () => {
    for (const detail of refusals(record(['f', 'int']), bytes(1, 1))) assert.match(detail, /left over/)
  })

  it('a record that breaks off, at every byte', () => {
    const point = {
      type: 'record',
      name: 'P',
      fields: [
        { name: 'x', type: 'double' },
        { name: 'y', type: ['null', 'float'] },
      ],
    }
    const schema = record(
      ['id', 'string'],
      ['ts', 'long'],
      ['tags', { type: 'map', values: 'string' }],
      ['points', { type: 'array', items: point }],
      ['at', ['null', 'P']],
      ['kind', { type: 'enum', name: 'E', symbols: ['A', 'B'] }],
      ['raw', { type: 'fixed', name: 'F', size: 4 }],
      ['ok', 'boolean'],
    )
    const value = {
      ...{
        id: 'e-0001',
        ts: 1_772_672_400_123,
        tags: { color: 'red', size: 'L' },
        kind: 'B',
        raw: Buffer.alloc(4),
        ok: true,
      },
      ...{ points: [{ x: 1, y: { float: 2 } }], at: { P: { x: 1, y: null } } },
    }
    const whole = encode(schema, value)
    const paths = ['id', 'ts', 'tags.color', 'points', 'at.x', 'at.y', 'kind', 'raw', 'ok']
    isRead(schema, whole, paths)
    for (let length = 0; length < whole.length; length++) {
      for (const wanted of [paths, [], ['ok']]) {
        const { outcome } = decodeAvro(schema, whole.subarray(0, length), wanted)
        assert.ok(outcome.kind === 'violation' && outcome.reason === 'undecodable', `${length} bytes were enough`)
      }
    }
  })
})
