import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaLog } from '../../src/log/kafka.ts'
import { Recorder, eventually } from '../contract/log-recorder.ts'
import { realBroker } from '../real/broker.ts'

// Alone in its file, and without a plain KafkaJS client, whose timers would be counted here.
it(
  '2: an idle client does not spin a timer, and Node warns of no negative timeout',
  { timeout: 240_000 },
  async (t) => {
    const broker = await realBroker()
    if (broker === null) return t.skip('no broker on this machine')
    const warnings: string[] = []
    process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`))
    const original = globalThis.setTimeout
    let shortTimers = 0
    const counting = (callback: () => void, delayMs?: number) => {
      if ((delayMs ?? 0) < 5) shortTimers++
      return original(callback, delayMs)
    }
    globalThis.setTimeout = Object.assign<typeof counting, typeof original>(counting, original)

    const log = new KafkaLog({ brokers: [broker.bootstrap], clientId: 'idle', ssl: false, sasl: null })
    const topic = `idle-${Math.floor(Math.random() * 1e9)}`
    await log.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }])
    await log.append(topic, [{ key: null, value: 'one' }])
    const recorder = new Recorder()
    await log.consume(`g-${topic}`, [topic], recorder)
    await eventually(
      () => recorder.records.length === 1,
      () => recorder.values(),
    )
    shortTimers = 0
    await sleep(1000)
    const counted = shortTimers
    globalThis.setTimeout = original
    await log.close()
    await broker.stop()
    assert.ok(counted < 20, `${counted} timers of less than 5 ms in a second`)
    assert.deepEqual(warnings.filter((warning) => /Timeout/.test(warning)), []) // prettier-ignore
  },
)
