import assert from 'node:assert/strict'
import { it } from 'node:test'
import { KafkaLog } from '../../src/log/kafka.ts'
import { QUICK } from '../contract/log-makers.ts'
import { eventually } from '../contract/log-recorder.ts'
import { brokerBehindProxy } from '../real/behind-proxy.ts'

const REQUEST_TIMEOUT_MS = 10_000
/** No request times out at all; with what is left of the first half, all of them do until the retries are used up: 90 s and more. */
const WITHIN_MS = 60_000

it('a connection breaks in the middle of an answer: reading goes on over the next', { timeout: 240_000 }, async (t) => {
  const broker = await brokerBehindProxy()
  if (broker === null) return t.skip('no broker on this machine')
  const open = (address: string): KafkaLog => new KafkaLog({ brokers: [address], clientId: 'cut', ssl: false, sasl: null }, { ...QUICK, requestTimeoutMs: REQUEST_TIMEOUT_MS }) // prettier-ignore
  const [writer, reader] = [open(broker.direct), open(broker.address)]
  t.after(async () => {
    await Promise.all([writer.close(), reader.close()])
    await broker.stop()
  })
  const read: number[] = []
  await writer.createTopics([{ topic: 'cut', partitions: 1, replicationFactor: 1, config: {} }])
  await reader.tail('cut', new Map(), async (records) => void read.push(...records.map(({ offset }) => offset)))
  await writer.append('cut', [{ key: null, value: 'short' }])
  await eventually(() => read.length === 1, () => read) // prettier-ignore

  await broker.proxy.begin({ kind: 'cut', bytes: 10_000 })
  await writer.append('cut', [{ key: null, value: 'x'.repeat(50_000) }])
  await broker.proxy.untilOver()
  const startedMs = performance.now()
  await eventually(() => read.length === 2, () => read) // prettier-ignore
  const tookMs = performance.now() - startedMs
  assert.ok(tookMs < WITHIN_MS, `it took ${tookMs} ms`)
  assert.deepEqual(read, [0, 1])
})
