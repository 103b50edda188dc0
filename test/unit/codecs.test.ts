import fc from 'fast-check'
import lz4 from 'lz4js'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { decompress } from '../../src/log/codecs.ts'
import { CompressedDataError } from '../../src/log/compressed-data-error.ts'

const require = createRequire(import.meta.url)
const snappy = createRequire(require.resolve('kafkajs-snappy'))('snappyjs') as { compress(bytes: Buffer): Buffer }
const MAX = 1 << 20

const codecs = [
  { number: 1, name: 'gzip', compress: gzipSync as (bytes: Buffer) => Buffer },
  { number: 2, name: 'snappy', compress: snappy.compress },
  { number: 3, name: 'lz4', compress: (bytes: Buffer) => Buffer.from(lz4.compress(bytes)) },
  { number: 4, name: 'zstd', compress: zstdCompressSync as (bytes: Buffer) => Buffer },
]

/** Runs, repeats and noise, as records are. */
const data = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 5000 })),
    ),
    { maxLength: 12 },
  ) // prettier-ignore
  .map((parts) =>
    Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Buffer.alloc(part[1], part[0])))),
  )

for (const { number, name, compress } of codecs) {
  describe(name, () => {
    it('gives back what was compressed', () => {
      fc.assert(
        fc.property(data, (bytes) => assert.deepEqual(decompress(number, compress(bytes), MAX), bytes)),
        { verbose: 1, numRuns: 100 },
      )
    })

    it('refuses a bomb without unpacking it, and takes exactly as much as is allowed', () => {
      assert.equal(decompress(number, compress(Buffer.alloc(MAX)), MAX).length, MAX)
      const bomb = compress(Buffer.alloc(64 << 20))
      const before = process.memoryUsage().arrayBuffers
      assert.throws(() => decompress(number, bomb, MAX), CompressedDataError)
      assert.ok(process.memoryUsage().arrayBuffers - before < 16 << 20)
    })

    it('throws nothing but CompressedDataError for damaged bytes, and never more than allowed', () => {
      fc.assert(
        fc.property(data, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.nat(), (bytes, edits, cut) => {
          const damaged = Buffer.from(compress(bytes))
          for (const [at, byte] of edits) damaged[at % damaged.length] = byte
          const input = cut % 3 === 0 ? damaged.subarray(0, cut % damaged.length) : damaged
          try {
            assert.ok(decompress(number, input, MAX).length <= MAX)
          } catch (error) {
            assert.ok(error instanceof CompressedDataError, String(error))
          }
        }), // prettier-ignore
        { verbose: 1, numRuns: 300 },
      )
    })
  })
}

describe('snappy in the Java library’s framing', () => {
  it('puts the blocks together and bounds their sum', () => {
    const block = snappy.compress(Buffer.alloc(40_000, 7))
    const size = Buffer.alloc(4)
    size.writeUInt32BE(block.length)
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    const framed = Buffer.concat([header, size, block, size, block])
    assert.deepEqual(decompress(2, framed, 80_000), Buffer.alloc(80_000, 7))
    assert.throws(() => decompress(2, framed, 79_999), CompressedDataError)
  })
})

it('an unknown codec is refused', () => assert.throws(() => decompress(5, Buffer.alloc(9), MAX), /unknown codec 5/))
