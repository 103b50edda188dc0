import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from '../../src/sketch/byte-reader.ts'
import { ByteWriter } from '../../src/sketch/byte-writer.ts'

describe('a byte writer', () => {
  it('leaves bytes that no later writer touches, though they share memory', () => {
    const lengths = fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 8000, max: 8300 }), fc.constant(70_000)), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(lengths, (given) => {
        const written = given.map((length, at) => bytesOf(length, at))
        for (const [at, bytes] of written.entries()) {
          assert.equal(bytes.length, given[at])
          assert.ok(bytes.every((byte) => byte === at + 1))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('writes right while another has begun and not ended', () => {
    const one = new ByteWriter()
    const other = new ByteWriter()
    for (let at = 0; at < 100_000; at++) {
      one.byte(1)
      other.uint32(0x02020202)
    }
    assert.ok(one.bytes().every((byte) => byte === 1))
    const rest = other.bytes()
    assert.equal(rest.length, 400_000)
    assert.ok(rest.every((byte) => byte === 2))
  })

  it('grows in the middle of a text', () => {
    const writer = new ByteWriter()
    const text = 'Gülşen · '.repeat(10_000)
    writer.varint(2 ** 53 - 1)
    writer.text(text)
    writer.double(-0.5)
    const reader = new ByteReader(writer.bytes(), 'test')
    assert.equal(reader.varint(), 2 ** 53 - 1)
    assert.equal(reader.text(1_000_000), text)
    assert.equal(reader.double(), -0.5)
    reader.end()
  })
})

function bytesOf(length: number, at: number): Uint8Array {
  const writer = new ByteWriter()
  for (let left = length; left > 0; left--) writer.byte(at + 1)
  return writer.bytes()
}
