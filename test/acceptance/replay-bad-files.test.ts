import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { writeContainer } from '../support/case-events.ts'
import { evenkeel } from '../support/program.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ndjson, replayOf, shopEvents } from '../support/traffic.ts'
import type { ShopEvent } from '../support/traffic.ts'

const folder = temporaryFolder()

/** By its number: an account of that name need not be there. */
const NOBODY = 65_534

const SHOP_FIELDS = [
  { name: 'id', type: 'string' },
  { name: 'ts', type: 'long' },
  { name: 'user', type: 'string' },
  { name: 'model', type: 'string' },
  { name: 'price', type: ['null', 'double'] },
  { name: 'country', type: ['null', 'string'] },
  { name: 'plan', type: ['null', 'string'] },
  { name: 'member', type: ['null', 'boolean'] },
  { name: 'clicked', type: 'boolean' },
] as const
const SHOP_SCHEMA = { type: 'record', name: 'Shop', fields: SHOP_FIELDS } as never

/** A last field that does harm, with the bytes that do it; in the good records it is empty (a zero). */
const HOSTILE: Record<string, { schema: object; datum: Buffer }> = {
  'an array of a billion nulls': {
    schema: { type: 'array', items: 'null' },
    datum: long(1_000_000_000n),
  },
  'an array that says it has 2^62 items': {
    schema: { type: 'array', items: 'long' },
    datum: long(1n << 62n),
  },
  'a string that says it has 2^40 bytes': { schema: { type: 'array', items: 'string' }, datum: Buffer.concat([long(1n), long(1n << 40n)]) }, // prettier-ignore
  'a tree a hundred thousand levels deep': {
    schema: {
      type: 'array',
      items: { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] },
    },
    datum: Buffer.concat([long(1n), Buffer.alloc(100_000, 2), Buffer.from([0, 0])]),
  },
  'a number that does not end': { schema: { type: 'array', items: 'long' }, datum: Buffer.alloc(64, 0xff) },
}

describe('a file that cannot be read', () => {
  const events = shopEvents({ hours: 1 })

  it('that is not there: exit 3, and a report that names it', async () => {
    const args = [
      ...replayOf(folder, 'unread', []).slice(0, 3),
      '--input',
      `shop=${path.join(folder, 'nowhere.ndjson')}`,
    ]
    const { ended, report } = await replayed(args, folder, 'unread')
    assert.equal(ended.code, 3)
    assert.match(ended.stdout, /nowhere\.ndjson: there is no such file/)
    assert.match(report.reason, /nowhere\.ndjson: there is no such file/)
    assert.equal(report.streams[0]!.events.read, 0)
  })

  it('that is a directory: exit 3, and a report that names it', async () => {
    const args = [...replayOf(folder, 'directory', []).slice(0, 3), '--input', folder]
    const { ended, report } = await replayed(args, folder, 'directory')
    assert.equal(ended.code, 3)
    assert.ok(report.reason.includes(`${folder}: it is a directory`), report.reason)
  })

  it('that we may not read: exit 3, and the answer names it', async (t) => {
    // Root may read everything: then it is nobody who asks.
    const reader = process.getuid?.() === 0 ? { uid: NOBODY } : {}
    const { code } = await evenkeel(['--version'], reader)
    if (code !== 0) return t.skip('the sources lie where only root may read them')
    const args = replayOf(folder, 'forbidden', events)
    chmodSync(path.join(folder, 'forbidden.ndjson.gz'), 0)
    chmodSync(folder, 0o777)
    const { ended } = await replayed(args, folder, 'forbidden', reader)
    assert.equal(ended.code, 3, ended.stderr)
    assert.match(ended.stdout, /forbidden\.ndjson\.gz: we are not allowed to read it/)
  })

  it('gzip that ends too early: what was read is counted, every verdict is ERROR, exit 3', async () => {
    const packed = gzipSync(ndjson(events))
    const half = packed.subarray(0, packed.length >> 1)
    const { ended, report } = await replayed(replayOf(folder, 'torn', half), folder, 'torn')
    assert.equal(ended.code, 3)
    assert.equal(report.verdict, 'ERROR')
    assert.match(report.reason, /torn\.ndjson\.gz: .*line \d+.*ends too early/)
    const { read, accepted } = report.streams[0]!.events
    assert.ok(read > events.length * 0.3 && read < events.length * 0.7, `${read} of ${events.length}`)
    assert.equal(accepted, read, 'the torn line is no record')
    for (const check of report.checks) assert.equal(check.verdict, 'ERROR', check.id)
  })

  it('gzip with damage in its middle: what came before is counted, every verdict is ERROR, exit 3', async () => {
    const day = shopEvents({ hours: 24 })
    const packed = gzipSync(ndjson(day))
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64)
    const { ended, report } = await replayed(replayOf(folder, 'damaged', packed), folder, 'damaged')
    assert.equal(ended.code, 3)
    assert.equal(report.verdict, 'ERROR')
    assert.match(report.reason, /damaged\.ndjson\.gz: .*line \d+: the compressed data is damaged/)
    const { read } = report.streams[0]!.events
    // Deflate may find its way again behind the damage; its checksum does not forget.
    assert.ok(read > day.length * 0.2, `${read} of ${day.length}`)
  })
})

describe('an Avro container', () => {
  const events = shopEvents({ hours: 2 })
  const file = path.join(folder, 'whole.avro')
  const over = (name: string, bytes: Buffer): string[] => {
    const input = path.join(folder, name)
    writeFileSync(input, bytes)
    return [...replayOf(folder, 'avro', []).slice(0, 3), '--input', input]
  }
  before(() => writeContainer(file, SHOP_SCHEMA, events))

  it('that ends within a block: the blocks before are counted, every verdict is ERROR, exit 3', async () => {
    const whole = readFileSync(file)
    const { ended, report } = await replayed(over('cut.avro', whole.subarray(0, whole.length - 100)), folder, 'cut')
    assert.equal(ended.code, 3)
    assert.equal(report.verdict, 'ERROR')
    assert.match(report.reason, /cut\.avro: .*block \d+/)
    const { read } = report.streams[0]!.events
    assert.ok(read > 0 && read < events.length, `${read}`)
  })

  it('whose sync marker is wrong: the block is named, exit 3', async () => {
    const bytes = readFileSync(file)
    bytes[bytes.length - 1]! ^= 1
    const { ended, report } = await replayed(over('sync.avro', bytes), folder, 'sync')
    assert.equal(ended.code, 3)
    assert.match(report.reason, /sync\.avro: .*block \d+: its sync marker is wrong/)
  })

  it('whose schema is of no use: exit 3, and a report that says why', async () => {
    const bytes = handMade({ type: 'nonsense' }, [recordBytes(events[0]!)])
    const { ended, report } = await replayed(over('schema.avro', bytes), folder, 'schema')
    assert.equal(ended.code, 3)
    assert.match(report.reason, /schema\.avro: header: schema names a type/)
  })

  it('with a map of a key __proto__ and the largest numbers: decoded, and nothing else happens', async () => {
    const schema = { type: 'map', values: 'long' }
    const datum = Buffer.concat([long(2n), text('__proto__'), long((1n << 63n) - 1n), text('constructor'), long(-1n << 63n), long(0n)]) // prettier-ignore
    const records = events.slice(0, 100).map((event) => Buffer.concat([recordBytes(event), datum]))
    const { ended, report } = await replayed(over('proto.avro', handMade(schema, records)), folder, 'proto')
    assert.equal(ended.code, 2)
    assert.equal(report.streams[0]!.events.accepted, 100)
  })

  for (const [title, { schema, datum }] of Object.entries(HOSTILE)) {
    it(`with ${title}: an answer, no crash`, async () => {
      const good = shopEvents({ hours: 1, perMinute: 1 })
      const name = title.replace(/\W+/g, '-')
      const bad = Buffer.concat([recordBytes(good[0]!), datum])
      const bytes = handMade(schema, [...good.map(goodBytes), bad])
      const { ended, report } = await replayed(over(`${name}.avro`, bytes), folder, name)
      assert.equal(ended.signal, null)
      assert.equal(report.streams[0]!.events.read, good.length + 1)
      assert.equal(ended.code, 3, 'nobody knows where the next record would begin')
      assert.equal(report.verdict, 'ERROR')
    })
  }
})

/** A container with a block of our own bytes, uncompressed. */
function handMade(last: object, records: readonly Buffer[]): Buffer {
  const schema = JSON.stringify({
    type: 'record',
    name: 'Shop',
    fields: [...SHOP_FIELDS, { name: 'last', type: last }],
  })
  const sync = Buffer.alloc(16, 7)
  const data = Buffer.concat(records)
  const header = [Buffer.from('Obj\x01', 'latin1'), long(1n), text('avro.schema'), text(schema), long(0n), sync]
  return Buffer.concat([...header, long(BigInt(records.length)), long(BigInt(data.length)), data, sync])
}

/** A good record in those bytes, with an empty array behind it. */
function goodBytes(event: ShopEvent): Buffer {
  return Buffer.concat([recordBytes(event), long(0n)])
}

function recordBytes({ id, ts, user, model, price, country, plan, member, clicked }: ShopEvent): Buffer {
  const double = Buffer.alloc(8)
  double.writeDoubleLE(price!)
  const fixed = [text(id), long(BigInt(ts)), text(user), text(model), long(1n), double, long(1n), text(country!)]
  return Buffer.concat([...fixed, long(1n), text(plan!), long(1n), Buffer.from([Number(member), Number(clicked)])])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([long(BigInt(bytes.length)), bytes])
}

/** Zigzag, as Avro writes every integer. */
function long(value: bigint): Buffer {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 0x7fn) | 0x80)
  }
}
