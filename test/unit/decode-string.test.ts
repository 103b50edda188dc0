import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createStringReader } from '../../src/decode/string-reader.ts'

/** What is UTF-8, said by someone else. */
function expected(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

describe('strings', () => {
  it('are what their bytes say, whatever was read before', () => {
    const read = createStringReader()
    const word = fc.constantFrom(
      'm41',
      'm42',
      'DE',
      'é',
      'éé',
      'ß',
      '\ufffd',
      'x'.repeat(16),
      'x'.repeat(24),
      'y'.repeat(25),
    )
    const text = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 18 }))
    const bytes = fc.oneof(
      text.map((each) => Buffer.from(each)),
      // The same characters in Latin-1: as many bytes as a remembered word has characters, and no UTF-8.
      text.map((each) => Buffer.from(each, 'latin1')),
      fc.uint8Array({ maxLength: 8 }).map((each) => Buffer.from(each)),
    )
    fc.assert(
      fc.property(bytes, fc.nat(5), (each, before) => {
        const around = Buffer.concat([Buffer.alloc(before, 0xff), each, Buffer.from([0x41, 0xff])])
        assert.equal(read(around, before, each.length), expected(each))
      }),
      { numRuns: 2000 },
    )
  })

  it('a word of Latin-1 is no UTF-8, also where the same word was remembered in UTF-8', () => {
    const read = createStringReader()
    for (let code = 0x80; code < 0x100; code++) {
      for (let tail = 0; tail < 40; tail++) {
        const text = String.fromCharCode(code) + 'x'.repeat(tail % 15)
        assert.equal(read(Buffer.from(text), 0, text.length + 1), text)
        assert.equal(read(Buffer.from(text, 'latin1'), 0, text.length), undefined)
        // Hits, so that the reader goes on remembering.
        for (let again = 0; again < 4; again++) assert.equal(read(Buffer.from('m41'), 0, 3), 'm41')
      }
    }
  })

  it('are not taken for others of their length that differ in four neighbouring characters', () => {
    for (let length = 4; length <= 17; length++) {
      for (let from = 0; from <= length - 4; from++) {
        const read = createStringReader()
        // Far more words than are remembered.
        for (let word = 0; word < 1000; word++) {
          const four = (0x10000 + ((word * 40_503) & 0xffff)).toString(16).slice(1)
          const text = 'x'.repeat(from) + four + 'x'.repeat(length - from - 4)
          assert.equal(read(Buffer.from(text), 0, length), text)
          assert.equal(read(Buffer.from('m41'), 0, 3), 'm41')
        }
      }
    }
  })
})
