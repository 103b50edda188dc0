import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ConsumerConfig, Kafka } from 'kafkajs'
import type { KafkaAdmin } from '../../src/log/kafka-admin.ts'
import { KafkaTail } from '../../src/log/kafka-tail.ts'

/** With 1.5 s, on a machine that stood still for two, every tail joined anew again and again, and no instance came to read anything. */
it('a tail has the session of an instance that leaves room for a busy machine, however short the configured one is', async () => {
  for (const [configured, expected] of [
    [1_500, 10_000],
    [undefined, 10_000],
    [60_000, 60_000],
  ] as const) {
    const seen: ConsumerConfig[] = []
    const enough = new Error('seen enough')
    const consumer = (config: ConsumerConfig): never => {
      seen.push(config)
      throw enough
    }
    const setup = {
      kafka: { consumer } as unknown as Kafka,
      admin: { bounds: async () => [{ partition: 0, low: 0, high: 0 }] } as unknown as KafkaAdmin,
      ...{
        group: 'g',
        options: configured === undefined ? {} : { sessionTimeoutMs: configured },
        onFailure: () => undefined,
      },
    }
    await assert.rejects(
      KafkaTail.start(setup, 'slices', new Map(), async () => undefined),
      enough,
    )
    assert.equal(seen[0]!.sessionTimeout, expected)
  }
})
