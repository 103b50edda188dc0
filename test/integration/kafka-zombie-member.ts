import { once } from 'node:events'
import { KafkaLog } from '../../src/log/kafka.ts'
import { QUICK } from '../contract/log-makers.ts'

/**
 * A member that is stopped (SIGSTOP) in the middle of a batch, far longer than its session. The moment it wakes up it
 * commits what it had, as a process does that was swapped out or paused by its virtual machine: a line on its standard
 * input, written while it sleeps, is the first that it sees.
 */
const [bootstrap, topic, group] = process.argv.slice(2) as [string, string, string]
const config = { brokers: [bootstrap], clientId: 'zombie', ssl: false, sasl: null }
const log = new KafkaLog(config, { ...QUICK, sessionTimeoutMs: 1_000 })
const say = (text: string) => process.stdout.write(`${text}\n`)

const consumer = await log.consume(group, [topic], {
  assigned: async (assignments) =>
    assignments.map((place) => ({ ...place, offset: place.committed?.offset ?? place.low })),
  async batch({ end }) {
    say('has a batch')
    await once(process.stdin, 'data')
    await consumer.commit([{ topic, partition: 0, offset: end, metadata: 'zombie' }]).then(
      () => say('committed'),
      (error: Error) => say(`refused: ${error.message}`),
    )
    return { next: end }
  },
})
