import assert from 'node:assert/strict'
import { it } from 'node:test'
import { crc32c } from '../../src/log/crc32c.ts'

it('crc32c gives the values of RFC 3720 B.4', () => {
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e)
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
})

it('crc32c of a part equals crc32c of its copy, at every alignment', () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) & 255))
  for (let start = 0; start < 20; start++) {
    for (let end = start; end < 60; end++) {
      assert.equal(crc32c(bytes, start, end), crc32c(Buffer.from(bytes.subarray(start, end))))
    }
  }
})

it('crc32c is what one bit after the other gives, at every length around its steps', () => {
  const bytes = Buffer.from(Array.from({ length: 70 }, (_, i) => (i * 151 + 7) & 255))
  for (let end = 0; end <= bytes.length; end++) assert.equal(crc32c(bytes, 3, Math.max(3, end)), bitByBit(bytes.subarray(3, Math.max(3, end)))) // prettier-ignore
})

function bitByBit(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
