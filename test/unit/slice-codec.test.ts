import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import avro from 'avsc'
import fc from 'fast-check'
import { MonitorError } from '../../src/errors.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import { decodeSlice, encodeSlice, openSlice } from '../../src/slice/codec.ts'
import { cellsOf } from '../../src/slice/cells-of.ts'
import type { BinTable } from '../../src/sketch/bin-table.ts'
import type { Slice } from '../../src/slice/slice.ts'
import { count, facts, PLAN } from '../support/events.ts'

const slices: fc.Arbitrary<Slice> = fc
  .tuple(fc.array(facts, { maxLength: 60 }), fc.boolean(), fc.integer({ min: 1, max: 5000 }))
  .map(([all, hasCells, number]) => {
    const tallies = count(all)
    const [price] = tallies.fields
    if (hasCells)
      price!.table = cellsOf(price!.table as BinTable, { cut: 2, cells: { kind: 'numeric', cuts: [-1, 0, 5] } })
    const partitions = [
      { partition: 0, pane: sha256('pane'), idle: false, lost: 3 },
      { partition: 1, pane: 'incomplete', idle: false, lost: 0 },
      { partition: 2, pane: 'empty', idle: true, lost: 0 },
    ]
    const place = {
      stream: PLAN.stream,
      startMs: number * 300_000,
      lengthMs: 300_000,
      number,
      paneConfigDigest: 'sha256:c',
    }
    return {
      ...place,
      streams: [
        { name: PLAN.stream, partitions, tallies },
        { name: 'clicks', partitions: [], tallies: count([]) },
      ],
    }
  })

describe('bytes of a slice', () => {
  it('come back as the slice they stand for, to the byte, with their digest', () => {
    fc.assert(
      fc.property(slices, (slice) => {
        const bytes = encodeSlice(slice)
        const opened = openSlice(bytes)
        assert.equal(opened.digest, sha256(bytes))
        assert.deepEqual(encodeSlice(opened.slice), bytes)
        const outline = ({ streams, ...place }: Slice) => [
          place,
          streams.map(({ name, partitions }) => [name, partitions]),
        ]
        assert.deepEqual(outline(opened.slice), outline(slice))
      }),
      { numRuns: 40 },
    )
  })

  it('are read by any Avro reader that has schemas/slice.avsc', () => {
    const path = new URL('../../schemas/slice.avsc', import.meta.url)
    const type = avro.Type.forSchema(JSON.parse(readFileSync(path, 'utf8')) as avro.Schema)
    fc.assert(
      fc.property(slices, (slice) => assert.equal((type.fromBuffer(encodeSlice(slice)) as Slice).number, slice.number)),
      { numRuns: 10 },
    )
  })

  it('are refused when they are anything else', () => {
    fc.assert(
      fc.property(slices, fc.nat(), fc.nat(255), (slice, at, byte) => {
        const edited = Buffer.from(encodeSlice(slice))
        edited[at % edited.length] = byte
        try {
          assert.deepEqual(encodeSlice(decodeSlice(edited)), edited)
        } catch (error) {
          assert.ok(error instanceof MonitorError && error.code === 'EVENKEEL_RECORD_CORRUPT', String(error))
        }
      }),
      { numRuns: 500 },
    )
  })

  const [slice] = fc.sample(slices, { numRuns: 1, seed: 1 })
  const lies: [string, Slice][] = [
    ['number 0', { ...slice!, number: 0 }],
    ['no length', { ...slice!, lengthMs: 0 }],
    [
      'a partition below 0',
      {
        ...slice!,
        streams: [{ ...slice!.streams[0]!, partitions: [{ partition: -1, pane: 'empty', idle: false, lost: 0 }] }],
      },
    ],
  ]
  for (const [title, lie] of lies) {
    it(`are refused with ${title}`, () => {
      assert.throws(() => decodeSlice(encodeSlice(lie)), { code: 'EVENKEEL_RECORD_CORRUPT' })
    })
  }
})
