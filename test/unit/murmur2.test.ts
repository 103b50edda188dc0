import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { murmur2, murmur2OfBytes, partitionFor } from '../../src/log/murmur2.ts'

const require = createRequire(import.meta.url)
const kafkajsMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Buffer) => number
const { DefaultPartitioner } = Partitioners

describe('murmur2', () => {
  it('gives the values of Kafka’s own test (UtilsTest.testMurmur2)', () => {
    const expected = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    }
    for (const [key, hash] of Object.entries(expected)) assert.equal(murmur2(key), hash, key)
  })

  it('equals KafkaJS for any text, and partitions as its default partitioner does', () => {
    const choose = DefaultPartitioner()
    const metadata = (count: number) =>
      Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1, isr: [], replicas: [], partitionErrorCode: 0 })) // prettier-ignore
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 40 }))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 100 }), (key, partitions) => {
        const bytes = Buffer.from(key)
        assert.equal(murmur2(key) >>> 0, Number(kafkajsMurmur2(bytes)) >>> 0)
        assert.equal(murmur2(key), murmur2OfBytes(bytes))
        // KafkaJS takes an empty key for no key; Kafka's own producer hashes it.
        if (key === '') return
        const message = { key, value: '' }
        assert.equal(partitionFor(key, partitions), choose({ topic: 't', message, partitionMetadata: metadata(partitions) })) // prettier-ignore
      }),
      { verbose: 1, numRuns: 500 },
    )
  })
})
