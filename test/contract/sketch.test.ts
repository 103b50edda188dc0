import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MonitorError } from '../../src/errors.ts'
import { dataOf, shuffled } from '../support/sketch-data.ts'
import type { Datum } from '../support/sketch-data.ts'
import { SKETCHES } from './sketch-makers.ts'
import type { Sketch, SketchMaker } from './sketch-makers.ts'

/** Most runs are small, some pass every limit of every sketch. */
const someData = fc
  .record({ seed: fc.integer({ min: 1 }), length: fc.oneof(fc.nat(40), fc.nat(400), fc.nat(2500)) })
  .map(({ seed, length }) => dataOf(seed, length))

for (const [name, maker] of Object.entries(SKETCHES)) {
  describe(`${name}: the law of the sketches`, () => {
    it('merging equals having added everything to one, in any order and split', () => {
      fc.assert(
        fc.property(someData, fc.integer({ min: 1 }), fc.integer({ min: 1, max: 5 }), (data, seed, parts) => {
          const direct = maker.of(data).encode()
          assert.deepEqual(maker.of(shuffled(data, seed)).encode(), direct, 'another order')
          const sketches = shuffled(split(shuffled(data, seed), parts), seed).map((part) => maker.of(part))
          assert.deepEqual(mergeAll(sketches).encode(), direct, 'one after the other')
          const again = split(data, parts).map((part) => maker.of(part))
          assert.deepEqual(mergePairs(again).encode(), direct, 'as a tree')
        }),
        { numRuns: RUNS },
      )
    })

    it('survives encode and decode unchanged, before and after a merge', () => {
      fc.assert(
        fc.property(someData, fc.integer({ min: 1, max: 4 }), (data, parts) => {
          const direct = maker.of(data).encode()
          assert.deepEqual(maker.decode(direct).encode(), direct)
          const sketches = split(data, parts).map((part) => maker.decode(maker.of(part).encode()))
          const merged = mergeAll(sketches)
          assert.deepEqual(merged.encode(), direct)
          assert.deepEqual(maker.decode(merged.encode()).encode(), direct)
        }),
        { numRuns: RUNS },
      )
    })

    it('merging leaves the other as it was, and does not share anything with it', () => {
      fc.assert(
        fc.property(someData, someData, (left, right) => {
          const other = maker.of(right)
          const before = maker.of(right).encode()
          const sketch = maker.of(left)
          sketch.merge(other)
          sketch.merge(maker.of(left))
          assert.deepEqual(other.encode(), before)
        }),
        { numRuns: 10 },
      )
    })

    if (maker.add !== undefined) {
      it('takes more values after decoding', () => {
        fc.assert(
          fc.property(someData, someData, (left, right) => {
            const sketch = maker.decode(maker.of(left).encode())
            for (const datum of right) maker.add!(sketch, datum)
            assert.deepEqual(sketch.encode(), maker.of([...left, ...right]).encode())
          }),
          { numRuns: 10 },
        )
      })
    }

    it('refuses damaged bytes with a reason, or reads them as exactly what they say', () => {
      fc.assert(
        fc.property(
          someData,
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
          fc.nat(20),
          (data, flips, cut) => {
            const bytes = maker.of(data.slice(0, 200)).encode()
            for (const [at, byte] of flips) if (bytes.length > 0) bytes[at % bytes.length] = byte
            readOrRefuse(maker, cut === 0 ? bytes : bytes.subarray(0, Math.max(0, bytes.length - cut)))
          },
        ),
        { numRuns: 200 },
      )
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => readOrRefuse(maker, bytes)),
        { numRuns: 500 },
      )
    })
  })
}

const RUNS = 30

function split(data: readonly Datum[], parts: number): Datum[][] {
  return Array.from({ length: parts }, (_, part) =>
    data.filter((datum) => (datum.bucket + datum.count) % parts === part),
  )
}

function mergeAll(sketches: Sketch[]): Sketch {
  const [first, ...rest] = sketches
  for (const sketch of rest) first!.merge(sketch)
  return first!
}

function mergePairs(sketches: Sketch[]): Sketch {
  if (sketches.length === 1) return sketches[0]!
  const half = sketches.length >> 1
  const left = mergePairs(sketches.slice(0, half))
  left.merge(mergePairs(sketches.slice(half)))
  return left
}

/** Canonical: what is read at all is written again as the same bytes. */
function readOrRefuse(maker: SketchMaker<Sketch>, bytes: Uint8Array): void {
  let sketch: Sketch
  try {
    sketch = maker.decode(bytes)
  } catch (error) {
    assert.ok(error instanceof MonitorError, String(error))
    assert.equal(error.code, 'EVENKEEL_RECORD_CORRUPT')
    return
  }
  assert.deepEqual(Buffer.from(sketch.encode()), Buffer.from(bytes))
}
