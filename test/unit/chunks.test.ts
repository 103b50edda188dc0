import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { sha256 } from '../../src/ledger/digest.ts'
import type { LogRecord, RecordToAppend } from '../../src/log/log.ts'
import { ChunkAssembler } from '../../src/pane/chunk-assembler.ts'
import { kindOf, readChunk, toChunks } from '../../src/pane/chunks.ts'
import type { ChunkIdentity } from '../../src/pane/chunks.ts'

const PANE: ChunkIdentity = { kind: 'pane', stream: 'clicks', partition: 3, startMs: 600_000 }
const SLICE: ChunkIdentity = { kind: 'slice', stream: 'impressions', startMs: -300_000 }
const noise = noiseOf('one', 2500)

/** Bytes that no deflate makes shorter. */
function noiseOf(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

function chunksOf(identity: ChunkIdentity, bytes: Uint8Array, chunkBytesMax = 1000): RecordToAppend[] {
  return toChunks(identity, bytes, { key: 'impressions', chunkBytesMax })
}

/** As the log gives a record back: headers are bytes. */
function logged(record: RecordToAppend, offset: number): LogRecord {
  const headers = Object.fromEntries(
    Object.entries(record.headers ?? {}).map(([name, text]) => [name, Buffer.from(text)]),
  )
  const value = record.value === null ? null : Buffer.from(record.value as Buffer)
  return { topic: 'evenkeel.panes', partition: 0, offset, timestampMs: 0, key: null, value, headers }
}

function readAll(records: readonly RecordToAppend[], assembler = new ChunkAssembler()) {
  return records.map((record, offset) => assembler.add(logged(record, offset)))
}

describe('chunks', () => {
  it('put any bytes below the limit and bring them back, whatever else comes between', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000, size: 'max' }),
        fc.uint8Array({ maxLength: 5000, size: 'max' }),
        fc.integer({ min: 1, max: 1200 }),
        (left, right, limit) => {
          const [a, b] = [chunksOf(PANE, left, limit), chunksOf(SLICE, right, limit)]
          const mixed = Array.from({ length: Math.max(a.length, b.length) }, (_, at) => [a[at], b[at]]).flat()
          const records = mixed.filter((each) => each !== undefined)
          for (const { value } of records) assert.ok((value as Buffer).length <= limit)
          const complete = readAll(records).filter((each) => each.kind === 'complete')
          assert.deepEqual(complete.map(({ identity, bytes }) => [identity.kind, bytes]).sort(), [
            ['pane', Buffer.from(left)],
            ['slice', Buffer.from(right)],
          ])
        },
      ),
      { numRuns: 50 },
    )
  })

  it('say in their headers what they are, and are keyed by the group', () => {
    const records = chunksOf(PANE, noise)
    assert.deepEqual(records[2]!.headers, {
      kind: 'pane',
      stream: 'clicks',
      partition: '3',
      start: '600000',
      digest: sha256(noise),
      chunk: '3/3',
      encoding: 'identity',
    })
    assert.ok(records.every(({ key }) => key === 'impressions'))
    assert.equal(kindOf(logged(records[0]!, 0)), 'pane')
    assert.deepEqual(readChunk(logged(chunksOf(SLICE, noise)[0]!, 0))?.identity, SLICE)
  })

  it('are deflated where that is shorter', () => {
    const [record] = chunksOf(PANE, Buffer.alloc(900))
    assert.equal(record!.headers!.encoding, 'deflate')
    assert.ok((record!.value as Buffer).length < 50)
    assert.equal(readAll([record!])[0]!.kind, 'complete')
  })

  it('carry even nothing', () => {
    const [assembled] = readAll(chunksOf(PANE, Buffer.alloc(0)))
    assert.ok(assembled?.kind === 'complete' && assembled.bytes.length === 0)
  })
})

describe('the chunk assembler', () => {
  it('completes in any order of pieces, and names the offset of the first that came', () => {
    const [one, two, three] = chunksOf(PANE, noise)
    const outcomes = readAll([three!, one!, three!, two!])
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['partial', 'partial', 'partial', 'complete'],
    )
    const last = outcomes[3]!
    assert.ok(last.kind === 'complete' && last.offset === 0 && last.bytes.equals(noise))
  })

  it('puts the pieces of two writers together: cuts do not depend on who cut', () => {
    const crashed = chunksOf(PANE, noise).slice(0, 1)
    const outcomes = readAll([...crashed, ...chunksOf(PANE, noise)])
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['partial', 'partial', 'partial', 'complete'],
    )
  })

  it('takes the first complete one; the same again is a duplicate, another one a conflict', () => {
    const other = noiseOf('other', 2500)
    const begun = chunksOf(PANE, other).slice(0, 2)
    const kinds = readAll([...begun, ...chunksOf(PANE, noise), ...chunksOf(PANE, noise), ...chunksOf(PANE, other)]).map(
      ({ kind }) => kind,
    )
    assert.deepEqual(kinds, [
      ...['partial', 'partial'],
      ...['partial', 'partial', 'complete'],
      ...['duplicate', 'duplicate', 'duplicate'],
      ...['conflict', 'conflict', 'conflict'],
    ])
  })

  it('never gives bytes that are not those of the digest, and recovers when a good copy follows', () => {
    const [one, two, three] = chunksOf(PANE, noise)
    const tampered = { ...two!, value: noiseOf('tampered', 1000) }
    const outcomes = readAll([one!, tampered, three!, two!])
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['partial', 'partial', 'corrupt', 'complete'],
    )
  })

  it('forgets the oldest when too much is open, and says so', () => {
    const assembler = new ChunkAssembler({ openBytesMax: 2500 })
    const starts = [1, 2, 3, 4].map((startMs) => chunksOf({ ...PANE, startMs }, noise))
    starts.forEach(([first], offset) => assembler.add(logged(first!, offset)))
    assert.equal(assembler.evicted, 2)
    assert.equal(assembler.neededOffset(), 2)
    const [, two, three] = starts[3]!
    assembler.add(logged(two!, 8))
    assert.equal(assembler.add(logged(three!, 9)).kind, 'complete')
    assert.equal(assembler.neededOffset(), null)
  })

  it('counts nothing twice while the same piece comes again and again', () => {
    const assembler = new ChunkAssembler({ openBytesMax: 3000 })
    const [first, ...rest] = chunksOf(PANE, noise)
    for (let offset = 0; offset < 50; offset++) assembler.add(logged(first!, offset))
    assert.equal(rest.map((record, at) => assembler.add(logged(record, 50 + at)).kind).at(-1), 'complete')
    assert.equal(assembler.evicted, 0)
  })

  const [whole] = chunksOf(PANE, Buffer.alloc(900))
  const broken: [string, Partial<RecordToAppend['headers']>, Buffer | null][] = [
    ['no value', {}, null],
    ['no deflated bytes where it says so', {}, noise],
    ['an encoding of its own', { encoding: 'zip' }, noise],
    ['chunk 0', { chunk: '0/1' }, noise],
    ['chunk 2 of 1', { chunk: '2/1' }, noise],
    ['a digest that is none', { digest: 'sha256:42' }, noise],
    ['no stream', { stream: '' }, noise],
    ['a start that is no number', { start: '1e5' }, noise],
    ['a partition below 0', { partition: '-1' }, noise],
    ['an unknown kind', { kind: 'progress' }, noise],
  ]
  for (const [title, headers, value] of broken) {
    it(`passes over a record with ${title}`, () => {
      const record = { ...whole!, value, headers: { ...whole!.headers, ...headers } as Record<string, string> }
      assert.equal(readAll([record])[0]!.kind, 'corrupt')
    })
  }
})
