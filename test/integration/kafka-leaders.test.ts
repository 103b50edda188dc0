import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { KafkaLog } from '../../src/log/kafka.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { realCluster } from '../real/cluster.ts'
import { createTopic } from '../support/create-topic.ts'

const cluster = await realCluster(3)

/**
 * KafkaJS sends to each leader, and asks again those that did not answer. If the lead of a partition has gone to a broker that has
 * answered for another one by then, nobody is asked for that partition any more, and the whole counts as sent.
 */
describe(
  'an append to several partitions while the lead of one changes',
  { skip: cluster === null, timeout: 300_000 },
  () => {
    const topic = 'leaders'
    let log: KafkaLog

    before(async () => {
      log = new KafkaLog({ brokers: cluster!.bootstraps, clientId: 'leaders', ssl: false, sasl: null })
      const admin = new Kafka({ brokers: cluster!.bootstraps, logLevel: logLevel.NOTHING }).admin()
      await admin.connect()
      const replicaAssignment = [[1, 3], [2, 1]].map((replicas, partition) => ({ partition, replicas })) // prettier-ignore
      const configEntries = [{ name: 'min.insync.replicas', value: '1' }]
      await createTopic(admin, { topic, replicaAssignment, configEntries })
      await admin.disconnect()
    })
    after(async () => {
      await log?.close()
      await cluster?.stop()
    })

    it('has every record on the topic when it is acknowledged', async () => {
      const records = (value: string) => [0, 1].map((partition) => ({ key: null, value, partition }))
      await log.append(topic, records('before'))
      const dying = cluster!.nodes[1]!
      process.kill(dying.pid, 'SIGSTOP')
      const appended = log.append(topic, records('while'))
      await sleep(1_000) // the other has answered by then
      await dying.kill()
      await appended
      assert.deepEqual(
        await valuesOf(log, topic),
        [0, 1].map(() => ['before', 'while']),
      )
    })
  },
)

async function valuesOf(log: KafkaLog, topic: string): Promise<string[][]> {
  const values: string[][] = [[], []]
  const take = async (records: readonly LogRecord[]): Promise<void> => {
    for (const { partition, value } of records) values[partition]!.push(String(value))
  }
  const tail = await log.tail(topic, new Map(), take)
  await tail.caughtUp
  await tail.stop()
  return values
}
