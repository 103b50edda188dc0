import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Kafka, Message } from 'kafkajs'
import { MonitorError } from '../../src/errors.ts'
import { KafkaAppender } from '../../src/log/kafka-append.ts'

const RECORDS = [0, 1, 2].map((partition) => ({ key: null, value: `of ${partition}`, partition }))

/** Producers that answer for some partitions and forget the others without a word, as KafkaJS's do while a lead changes. */
class Forgetful {
  readonly sends: number[][] = []
  producers = 0
  readonly kafka = { producer: () => this.producer() } as unknown as Kafka
  private readonly answersFor: (partition: number, send: number) => boolean

  constructor(answersFor: (partition: number, send: number) => boolean) {
    this.answersFor = answersFor
  }

  private producer() {
    this.producers++
    return {
      connect: async () => undefined,
      disconnect: async () => undefined,
      send: async ({ messages }: { messages: Message[] }) => {
        const partitions = messages.map(({ partition }) => partition!)
        this.sends.push(partitions)
        return partitions
          .filter((partition) => this.answersFor(partition, this.sends.length))
          .map((partition) => ({ partition }))
      },
    }
  }
}

describe('an append of which some partitions are not answered for', () => {
  it('sends those again, and no others, until somebody answers', async () => {
    const brokers = new Forgetful((partition, send) => partition === 0 || send > partition + 1)
    await new KafkaAppender(brokers.kafka, 30_000).append('t', RECORDS)
    assert.deepEqual(brokers.sends, [[0, 1, 2], [1, 2], [1, 2], [2]])
  })

  it('fails in the end, naming them, so that the caller comes again; the next append has another producer', async () => {
    let isWell = false
    const brokers = new Forgetful((partition) => isWell || partition === 1)
    const appender = new KafkaAppender(brokers.kafka, 30_000)
    await assert.rejects(appender.append('t', RECORDS), (error) => {
      assert.ok(error instanceof MonitorError)
      assert.equal(error.retriable, true)
      assert.match(error.message, /nobody answered for 2 records of partitions 0, 2$/)
      return true
    })
    assert.equal(brokers.sends.length, 6)
    isWell = true
    await appender.append('t', RECORDS)
    assert.deepEqual(brokers.sends.at(-1), [0, 1, 2])
    assert.equal(brokers.producers, 2)
  })
})
