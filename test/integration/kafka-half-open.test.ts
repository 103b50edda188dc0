import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { KafkaLog } from '../../src/log/kafka.ts'
import { eventually } from '../contract/log-recorder.ts'
import { QUICK } from '../contract/log-makers.ts'
import { brokerBehindProxy } from '../real/behind-proxy.ts'

const REQUEST_TIMEOUT_MS = 10_000
/** One request that times out, and what a busy machine adds; using up all retries over dead connections takes 90 s and more. */
const WITHIN_MS = 60_000

it(
  'the other side of every connection is gone and nobody says so: reading and writing go on over new ones',
  { timeout: 240_000 },
  async (t) => {
    const broker = await brokerBehindProxy()
    if (broker === null) return t.skip('no broker on this machine')
    const { proxy } = broker
    const config = { brokers: [broker.address], clientId: 'half-open', ssl: false, sasl: null }
    const log = new KafkaLog(config, { ...QUICK, requestTimeoutMs: REQUEST_TIMEOUT_MS })
    t.after(async () => {
      await log.close()
      await broker.stop()
    })
    const read: string[] = []
    await log.createTopics([{ topic: 'half-open', partitions: 1, replicationFactor: 1, config: {} }])
    await log.tail(
      'half-open',
      new Map(),
      async (records) => void read.push(...records.map(({ value }) => String(value))),
    )
    await log.append('half-open', [{ key: null, value: 'before' }])
    const isRead = (value: string) => eventually(() => read.includes(value), () => read) // prettier-ignore
    await isRead('before')

    await proxy.begin({ kind: 'half-open' })
    const startedMs = performance.now()
    // What was on its way when it happened may fail, with an answer that says: try again.
    for (let attempt = 0; ; attempt++) {
      const error: unknown = await log
        .append('half-open', [{ key: null, value: 'after' }])
        .catch((reason: unknown) => reason)
      if (error === undefined) break
      assert.ok(
        attempt < 20 && error instanceof Error && 'retriable' in error && error.retriable === true,
        inspect(error),
      )
    }
    await isRead('after')
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < WITHIN_MS, `it took ${tookMs} ms`)
  },
)
