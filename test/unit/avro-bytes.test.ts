import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import avro from 'avsc'
import fc from 'fast-check'
import { AvroBytes } from '../../src/pane/avro-bytes.ts'

const LONG = avro.Type.forSchema('long')
const INT = avro.Type.forSchema('int')
/** The largest that avsc writes, and the lowest that it writes rightly. */
const LONG_MAX = Number.MAX_SAFE_INTEGER - 1
const LONG_MIN = -(2 ** 52)

describe('a long', () => {
  it('is read as avsc writes it, from the lowest to the largest', () => {
    const edges = [0, -1, 63, 64, -64, -65, 2 ** 31, LONG_MIN, LONG_MAX]
    const longs = fc.oneof(fc.constantFrom(...edges), fc.integer(), fc.maxSafeInteger())
    fc.assert(
      fc.property(longs, (long) => {
        const value = Math.max(LONG_MIN, Math.min(LONG_MAX, long))
        const bytes = new AvroBytes(LONG.toBuffer(value))
        assert.equal(bytes.long(), value)
        bytes.end()
      }),
    )
  })

  it('is refused beyond that, in more bytes than it needs, and in so many empty ones that their unit is infinite', () => {
    const refused = [
      // 2^53 - 1 and -2^52 - 1
      [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f],
      [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
      [0x80, 0],
      [...new Array<number>(20).fill(0x80), 1],
      [...new Array<number>(148).fill(0x80), 1],
      [...new Array<number>(149).fill(0x81), 1],
      [0x80],
    ]
    for (const bytes of refused) assert.throws(() => new AvroBytes(Uint8Array.from(bytes)).long(), RangeError)
  })
})

describe('an int', () => {
  it('is refused beyond 31 bits', () => {
    for (const value of [0, -1, 2 ** 31 - 1, -(2 ** 31)]) assert.equal(new AvroBytes(INT.toBuffer(value)).int(), value)
    for (const value of [2 ** 31, -(2 ** 31) - 1, 2 ** 40]) {
      assert.throws(() => new AvroBytes(LONG.toBuffer(value)).int(), RangeError)
    }
  })
})
