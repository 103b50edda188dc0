import fc from 'fast-check'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { CompressedDataError } from '../../src/log/compressed-data-error.ts'
import { FetchedPartition, type Piece } from '../../src/log/fetched-partition.ts'
import { decodeRecords, isIntact, readBatches } from '../../src/log/record-batch.ts'

const require = createRequire(import.meta.url)
// KafkaJS's own encoder makes the bytes: it is what many producers send.
const RecordBatch = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch(batch: object): Promise<{ buffer: Buffer }> } // prettier-ignore
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown

interface Fields {
  key: Buffer | null
  value: Buffer | null
  timestampMs: number
  headers: Record<string, Buffer>
}

const FIRST_MS = 1_700_000_000_000

async function encode(fields: readonly Fields[], baseOffset = 0, options: object = {}): Promise<Buffer> {
  const records = fields.map(({ key, value, timestampMs, headers }, offsetDelta) =>
    Record({ offsetDelta, timestampDelta: timestampMs - FIRST_MS, key, value, headers }),
  )
  const { buffer } = await RecordBatch.RecordBatch({
    firstTimestamp: FIRST_MS,
    maxTimestamp: FIRST_MS + 10,
    producerId: -1,
    producerEpoch: 0,
    firstSequence: 0,
    lastOffsetDelta: fields.length - 1,
    records,
    ...options,
  })
  buffer.writeBigInt64BE(BigInt(baseOffset), 0) // the broker does; it is outside the checksum
  return buffer
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const fields = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), bytes, { maxKeys: 3 }),
})
const plain = (value: string): Fields => ({ key: null, value: Buffer.from(value), timestampMs: FIRST_MS, headers: {} })
const LIMITS = { checkCrc: true, decompressedBytesMax: 1 << 20, recordsPerPiece: 1000 }

describe('a record batch', () => {
  it('gives every record back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fields, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 2 ** 52 }),
        async (input, base) => {
          const [batch, ...others] = readBatches(await encode(input, base))
          assert.equal(others.length, 0)
          assert.ok(isIntact(batch!))
          assert.deepEqual([batch!.baseOffset, batch!.end], [base, base + input.length])
          const records = decodeRecords(batch!, 't', 3, 0, 1 << 20)
          assert.deepEqual(
            records.map(({ key, value, timestampMs, headers }) => ({
              key,
              value,
              timestampMs,
              headers: { ...headers },
            })),
            input.map((record) => ({ ...record, headers: { ...record.headers } })),
          )
          assert.deepEqual(records.map(({ offset }) => offset), input.map((_, index) => base + index)) // prettier-ignore
        },
      ),
      { verbose: 1, numRuns: 100 },
    )
  })

  it('may hold more records than a call takes arguments', async () => {
    const [batch] = readBatches(await encode(Array.from({ length: 200_000 }, () => plain(''))))
    assert.equal(decodeRecords(batch!, 't', 0, 0, 1 << 24).length, 200_000)
  })

  it('shows any damage behind its length by its checksum', async () => {
    const whole = await encode([plain('hello'), plain('world')])
    for (let at = 17; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 0x10
      assert.equal(readBatches(damaged).every(isIntact), false, `byte ${at}`)
    }
  })

  it('never throws anything but CompressedDataError when its bytes are nonsense', async () => {
    const whole = await encode(Array.from({ length: 20 }, (_, i) => plain(`value ${i}`)))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 21, max: whole.length - 1 }), fc.nat(255)), { minLength: 1, maxLength: 6 }), (edits) => {
        const damaged = Buffer.from(whole)
        for (const [at, byte] of edits) damaged[at] = byte
        for (const batch of readBatches(damaged)) {
          try {
            decodeRecords(batch, 't', 0, 0, 1 << 20)
          } catch (error) {
            assert.ok(error instanceof CompressedDataError, String(error))
          }
        }
      }), // prettier-ignore
      { verbose: 1, numRuns: 2000 },
    )
  })
})

describe('a fetched partition', () => {
  const fetched = (recordSet: Buffer, fetchedOffset = 0, aborted: { producerId: string; firstOffset: string }[] = []) =>
    new FetchedPartition('t', String(fetchedOffset), {
      partition: 0,
      highWatermark: '100',
      abortedTransactions: aborted,
      messages: { recordSet },
    })
  const valuesOf = (pieces: Piece[]) => pieces.map(({ records }) => records.map(({ value }) => String(value)))

  it('leaves out what is before the wanted offset and what maxBytes cut off', async () => {
    const set = Buffer.concat([await encode([plain('a'), plain('b')]), await encode([plain('c'), plain('d')], 2)])
    const pieces = [...fetched(set.subarray(0, -1), 1).pieces(1, LIMITS)]
    assert.deepEqual([valuesOf(pieces), pieces[0]!.end], [[['b']], 2])
  })

  it('cuts a long fetch into pieces at batch boundaries', async () => {
    const set = Buffer.concat([
      await encode([plain('a'), plain('b')]),
      await encode([plain('c')], 2),
      await encode([plain('d')], 3),
    ])
    const pieces = [...fetched(set).pieces(0, { ...LIMITS, recordsPerPiece: 2 })]
    assert.deepEqual(valuesOf(pieces), [['a', 'b'], ['c', 'd']]) // prettier-ignore
    assert.deepEqual(pieces.map(({ end }) => end), [2, 4]) // prettier-ignore
  })

  it('makes a damaged batch a piece of its own, with its count, and reads on behind it', async () => {
    const bad = await encode([plain('b1'), plain('b2'), plain('b3')], 1)
    bad[bad.length - 2]! ^= 1
    const set = Buffer.concat([await encode([plain('a')]), bad, await encode([plain('c')], 4)])
    const pieces = [...fetched(set).pieces(0, LIMITS)]
    assert.deepEqual(valuesOf(pieces), [['a'], [], ['c']])
    assert.deepEqual(pieces.map(({ end, unreadable }) => [end, unreadable?.count, unreadable?.reason]), [[1, undefined, undefined], [4, 3, 'corrupt'], [5, undefined, undefined]]) // prettier-ignore
  })

  it('skips aborted transactions and control markers, and moves behind them', async () => {
    const open = { transactional: true, producerId: 7 }
    const marker = await encode([plain('')], 4, open)
    marker.writeInt16BE(marker.readInt16BE(21) | 0x20, 21) // a control batch, as only a broker makes it
    const set = Buffer.concat([
      await encode([plain('aborted')], 0, open),
      await encode([plain('other producer')], 1, { transactional: true, producerId: 8 }),
      await encode([plain('no transaction')], 2),
      await encode([plain('aborted too')], 3, open),
      marker,
      await encode([plain('next transaction')], 5, open),
    ])
    const pieces = [
      ...fetched(set, 0, [{ producerId: '7', firstOffset: '0' }]).pieces(0, { ...LIMITS, checkCrc: false }),
    ]
    assert.deepEqual(valuesOf(pieces), [['other producer', 'no transaction', 'next transaction']])
    assert.equal(pieces[0]!.end, 6)
  })

  it('moves behind a batch that compaction emptied', async () => {
    const empty = await encode([plain('x')], 0)
    empty.writeInt32BE(9, 23) // last offset delta
    empty.writeInt32BE(0, 57) // no records left
    empty.writeInt32BE(61 - 12, 8)
    const pieces = [...fetched(empty.subarray(0, 61)).pieces(0, { ...LIMITS, checkCrc: false })]
    assert.deepEqual(pieces.map(({ records, end }) => [records.length, end]), [[0, 10]]) // prettier-ignore
  })
})
