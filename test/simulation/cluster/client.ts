import { MonitorError } from '../../../src/errors.ts'
import type {
  GroupConsumer,
  GroupHandler,
  Log,
  LogRecord,
  RecordToAppend,
  Tail,
  TopicSpec,
} from '../../../src/log/log.ts'
import type { Broker } from './broker.ts'
import { highOf } from './broker.ts'
import { Consumer } from './consumer.ts'
import type { Machine } from './machine.ts'
import { Reader } from './reader.ts'
import { note } from './tally.ts'

/** How often the network and the broker do what they may do. */
export interface Weather {
  /** An append is written, and its answer is lost: the client writes it again. */
  twice: number
  /** An append fails for good, after a part of it was written. */
  fails: number
  latencyMsMax: number
}

const FETCH_WAITS_MS = 20_000

/** The port to the logs for one process: every call is a journey to the broker and back, and may end at either place. */
export class Client implements Log {
  readonly broker: Broker
  readonly machine: Machine
  readonly failed: Promise<never>
  private readonly failing = Promise.withResolvers<never>()
  private readonly weather: Weather

  constructor(broker: Broker, machine: Machine, weather: Weather) {
    this.broker = broker
    this.machine = machine
    this.weather = weather
    this.failed = this.failing.promise
    this.failed.catch(() => undefined)
  }

  bounds(topic: string) {
    return this.call('bounds', () => this.broker.bounds(topic))
  }

  offsetsAt(topic: string, timestampMs: number) {
    return this.call('offsets', () =>
      this.broker.topics.get(topic)!.map((each, partition) => {
        const found = each.records.find((record) => record.timestampMs >= timestampMs)
        return { partition, offset: found?.offset ?? highOf(each) }
      }),
    )
  }

  createTopics(specs: readonly TopicSpec[]) {
    return this.call('create', () => specs.forEach((spec) => this.broker.createTopic(spec)))
  }

  append(topic: string, records: readonly RecordToAppend[]): Promise<void> {
    const { random } = this.machine
    // The caller may use its buffers again, or change them, once it has handed them over.
    const sent = records.map((record) => ({
      ...record,
      value: record.value === null ? null : Buffer.from(record.value),
    }))
    const write = (count: number): void => sent.slice(0, count).forEach((record) => this.broker.append(topic, record))
    if (random.chance(this.weather.fails)) {
      note(this.broker.tally, 'append refused')
      const written = random.whole(0, sent.length)
      return this.call(`append ${topic}`, () => write(written)).then(() => {
        throw new MonitorError('EVENKEEL_LOG_FAILED', 'simulated: the broker did not acknowledge', { retriable: true })
      })
    }
    const isTwice = random.chance(this.weather.twice)
    if (isTwice) note(this.broker.tally, 'answer lost')
    return this.call(`append ${topic}`, () => {
      if (isTwice) write(random.whole(1, sent.length))
      write(sent.length)
    })
  }

  async consume(group: string, topics: readonly string[], handler: GroupHandler): Promise<GroupConsumer> {
    return new Consumer(this, group, topics, handler)
  }

  async tail(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
  ): Promise<Tail> {
    const bounds = (await this.bounds(topic)) ?? []
    return new Reader(this, topic, from, bounds, onRecords)
  }

  async close(): Promise<void> {
    // Whoever reads is stopped by its own step.
  }

  fail(error: unknown): void {
    this.failing.reject(error)
  }

  /** There and back, with a place to die at on either side. While nobody can be reached it takes that long. */
  call<T>(name: string, work: () => T): Promise<T> {
    const { machine } = this
    const { random } = machine
    return new Promise((resolve, reject) => {
      machine.pass(`before ${name}`)
      if (machine.isDead) return
      machine.elsewhere(machine.isCutOffForMs + random.between(0, this.weather.latencyMsMax), () => {
        const back = machine.isCutOffForMs + random.between(0, this.weather.latencyMsMax)
        try {
          const answer = work()
          machine.later(back, () => {
            machine.pass(`after ${name}`)
            if (!machine.isDead) resolve(answer)
          })
        } catch (error) {
          machine.later(back, () => reject(error instanceof Error ? error : new Error(String(error))))
        }
      })
    })
  }

  /** A fetch: what is not there yet is waited for at the broker, as long as a client asks it to. */
  fetch<T>(topic: string, find: () => T | null): Promise<T | null> {
    const { machine } = this
    const { random } = machine
    return new Promise((resolve) => {
      machine.elsewhere(machine.isCutOffForMs + random.between(0, this.weather.latencyMsMax), () => {
        const answer = (found: T | null): void => {
          machine.later(machine.isCutOffForMs + random.between(0, this.weather.latencyMsMax), () => resolve(found))
        }
        const found = find()
        if (found !== null) answer(found)
        else this.broker.whenWritten(topic, FETCH_WAITS_MS, () => answer(find()))
      })
    })
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.machine.later(ms, resolve))
  }
}
