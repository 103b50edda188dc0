import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Kafka } from 'kafkajs'
import { MonitorError } from '../../src/errors.ts'
import { KafkaAdmin } from '../../src/log/kafka-admin.ts'

const SPEC = { topic: 't', partitions: 2, replicationFactor: 1, config: {} }

/** Answers in order, each once: what the brokers say to a request, or the error that KafkaJS makes of it. */
class Script {
  readonly asked: string[] = []
  clients = 0
  readonly kafka = { admin: () => this.admin() } as unknown as Kafka
  private readonly creations: (boolean | Error)[]
  private readonly leaders: (number[] | Error)[]

  constructor(creations: (boolean | Error)[], leaders: (number[] | Error)[]) {
    this.creations = creations
    this.leaders = leaders
  }

  private admin() {
    this.clients++
    return {
      connect: async () => undefined,
      disconnect: async () => undefined,
      createTopics: async () => this.next('create', this.creations),
      fetchTopicMetadata: async () => {
        const leaders = this.next('look', this.leaders)
        return { topics: [{ partitions: leaders.map((leader) => ({ leader })) }] }
      },
    }
  }

  private next<T>(what: string, answers: (T | Error)[]): T {
    this.asked.push(what)
    const answer = answers.shift()
    if (answer === undefined) throw new Error(`${what}: there is no further answer`)
    if (answer instanceof Error) throw answer
    return answer
  }
}

function refusal(type: string): Error {
  return Object.assign(new Error('This server does not host this topic-partition'), { type, retriable: true })
}

describe('a topic that is created', () => {
  it('is there when each of its partitions has a leader, whatever is said until then', async () => {
    const unknown = () => refusal('UNKNOWN_TOPIC_OR_PARTITION')
    const script = new Script([true], [unknown(), [-1, 1], refusal('LEADER_NOT_AVAILABLE'), unknown(), [0, 1]])
    await new KafkaAdmin(script.kafka).createTopic(SPEC)
    assert.deepEqual(script.asked, ['create', 'look', 'look', 'look', 'look', 'look'])
  })

  it('is asked for again, by another client, when a broker does not know yet what it was asked for', async () => {
    const script = new Script([refusal('UNKNOWN_TOPIC_OR_PARTITION'), refusal('NOT_LEADER_FOR_PARTITION'), true], [[0, 1]]) // prettier-ignore
    await new KafkaAdmin(script.kafka).createTopic(SPEC)
    assert.deepEqual(script.asked, ['create', 'create', 'create', 'look'])
    assert.equal(script.clients, 3)
  })

  it('is waited for when it is there at the second try: the answer to the first was lost', async () => {
    const script = new Script([refusal('UNKNOWN_TOPIC_OR_PARTITION'), false], [[-1, -1], [0, 1]]) // prettier-ignore
    await new KafkaAdmin(script.kafka).createTopic(SPEC)
    assert.deepEqual(script.asked, ['create', 'create', 'look', 'look'])
  })

  it('is not asked for again when the answer was a clear no', async () => {
    const script = new Script([refusal('INVALID_REPLICATION_FACTOR'), true], [[0, 1]])
    await assert.rejects(new KafkaAdmin(script.kafka).createTopic(SPEC), /creating t/)
    assert.deepEqual(script.asked, ['create'])
  })
})

it('a question that nobody answers is given up, and holds up no other one', async () => {
  let clients = 0
  const admin = () => {
    const isDeaf = ++clients === 1
    const fetchTopicMetadata = async () => (isDeaf ? new Promise<never>(() => undefined) : { topics: [{ partitions: [{ leader: 0 }] }] }) // prettier-ignore
    return { connect: async () => undefined, disconnect: async () => undefined, fetchTopicMetadata }
  }
  const asking = new KafkaAdmin({ admin } as unknown as Kafka, 50)
  const [first, second] = await Promise.allSettled([asking.exists('t'), asking.exists('t')])
  assert.ok(first.status === 'rejected' && first.reason instanceof MonitorError)
  assert.deepEqual([first.reason.code, first.reason.retriable], ['EVENKEEL_LOG_UNREACHABLE', true])
  assert.deepEqual(second, { status: 'fulfilled', value: true })
})
