import { MonitorError } from '../../../src/errors.ts'
import type { LogRecord, Tail } from '../../../src/log/log.ts'
import { highOf } from './broker.ts'
import type { Client } from './client.ts'

const POLL_MS = 1_000
const BATCH_RECORDS_MAX = 100

/** Reads every partition of a topic without a group, in pieces of any size. */
export class Reader implements Tail {
  readonly caughtUp: Promise<void>
  private readonly client: Client
  private readonly topic: string
  private readonly positions: Map<number, number>
  private readonly ends: ReadonlyMap<number, number>
  private readonly onRecords: (records: readonly LogRecord[]) => Promise<void>
  private readonly reached = Promise.withResolvers<void>()
  private readonly loop: Promise<void>
  private isStopped = false

  constructor(
    client: Client,
    topic: string,
    from: ReadonlyMap<number, number>,
    bounds: readonly { partition: number; low: number; high: number }[],
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
  ) {
    this.client = client
    this.topic = topic
    this.onRecords = onRecords
    this.positions = new Map(bounds.map(({ partition, low }) => [partition, Math.max(low, from.get(partition) ?? low)]))
    this.ends = new Map(bounds.map(({ partition, high }) => [partition, high]))
    this.caughtUp = this.reached.promise
    this.caughtUp.catch(() => undefined)
    this.loop = this.run().catch((error: unknown) => {
      this.reached.reject(error)
      client.fail(error)
    })
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await this.loop
    this.reached.reject(new MonitorError('EVENKEEL_LOG_FAILED', 'simulated: stopped', { retriable: true }))
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      if ([...this.ends].every(([partition, end]) => this.positions.get(partition)! >= end)) this.reached.resolve()
      const found = await this.fetch()
      if (found === null || !(await this.hand(found.records))) continue
      this.positions.set(found.partition, found.records.at(-1)!.offset + 1)
    }
  }

  private fetch(): Promise<{ partition: number; records: LogRecord[] } | null> {
    const limit = this.client.machine.random.whole(1, BATCH_RECORDS_MAX)
    return this.client.fetch(this.topic, () => {
      for (const [partition, position] of this.positions) {
        const place = this.client.broker.partition(this.topic, partition)
        const from = Math.max(position, place.low)
        if (from < highOf(place))
          return { partition, records: place.records.slice(from - place.low, from - place.low + limit) }
      }
      return null
    })
  }

  private async hand(records: readonly LogRecord[]): Promise<boolean> {
    try {
      if (!this.isStopped) await this.onRecords(records)
      return !this.isStopped
    } catch (error) {
      if (!(error instanceof MonitorError && error.retriable)) throw error
      await this.client.pause(POLL_MS)
      return false
    }
  }
}
