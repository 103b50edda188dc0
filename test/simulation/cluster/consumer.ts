import { deliver } from '../../../src/log/delivery.ts'
import { MonitorError } from '../../../src/errors.ts'
import type { Batch, GroupConsumer, GroupHandler, OffsetToCommit } from '../../../src/log/log.ts'
import { highOf } from './broker.ts'
import type { Client } from './client.ts'
import type { Coordinator, Share } from './coordinator.ts'

const HEARTBEAT_MS = 3_000
const POLL_MS = 500
const BATCH_RECORDS_MAX = 400

/** One member of a group, for as long as it lives: joins, reads what is its own, joins again when told to. */
export class Consumer implements GroupConsumer {
  private readonly client: Client
  private readonly group: Coordinator
  private readonly topics: readonly string[]
  private readonly handler: GroupHandler
  private readonly id: string
  private share: Share = { generation: -1, share: [] }
  private positions: Position[] = []
  private isStale = true
  private isStopping = false
  private readonly loop: Promise<void>

  constructor(client: Client, group: string, topics: readonly string[], handler: GroupHandler) {
    this.client = client
    this.group = client.broker.group(group)
    this.topics = topics
    this.handler = handler
    this.id = this.group.newId(client.machine.name)
    this.beat()
    this.loop = this.run().catch((error: unknown) => client.fail(error))
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { generation } = this.share
    const isTaken = await this.client.call(`commit ${this.group.name}`, () =>
      this.group.commit(this.id, generation, offsets),
    )
    if (isTaken) return
    this.isStale = true
    throw new MonitorError('EVENKEEL_LOG_FAILED', 'simulated: no member of this generation', { retriable: true })
  }

  async stop(): Promise<void> {
    this.isStopping = true
    await this.loop
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      this.share = await this.join()
      this.isStale = false
      this.positions = []
      await this.begin()
      while (!this.isStale && !this.isStopping) await this.step()
    }
    await this.client.call('leave', () => this.group.leave(this.id))
  }

  private async join(): Promise<Share> {
    const granted = Promise.withResolvers<Share>()
    await this.client.call('join', () =>
      this.group.join(this.id, this.topics, (share) => this.client.machine.later(1, () => granted.resolve(share))),
    )
    return granted.promise
  }

  private async begin(): Promise<void> {
    while (!this.isStale && !this.isStopping) {
      const assignments = await this.client.call('assign', () =>
        this.share.share.map(({ topic, partition }) => {
          const place = this.client.broker.partition(topic, partition)
          const committed = this.group.commits.get(`${topic}/${partition}`) ?? null
          return { topic, partition, committed, low: place.low, high: highOf(place) }
        }),
      )
      try {
        const starts = await this.handler.assigned(assignments)
        this.positions = starts.map(({ topic, partition, offset }) => ({ topic, partition, next: offset, failures: 0, resumeAtMs: 0 })) // prettier-ignore
        return
      } catch (error) {
        if (!(error instanceof MonitorError && error.retriable)) throw error
        await this.client.pause(POLL_MS)
      }
    }
  }

  private async step(): Promise<void> {
    const { machine } = this.client
    const ready = this.positions.filter(({ resumeAtMs }) => resumeAtMs <= machine.nowMs)
    const batch = ready.length === 0 ? null : await this.fetch(ready)
    if (batch === null) return ready.length === 0 ? this.client.pause(POLL_MS) : undefined
    if (this.isStale || this.isStopping) return
    const { position } = batch
    const delivered = await deliver(this.handler, batch, position.failures)
    if (delivered.kind === 'broken') throw delivered.error
    if (delivered.kind === 'next') position.next = delivered.next
    position.failures = delivered.kind === 'again' ? position.failures + 1 : 0
    position.resumeAtMs = delivered.pauseMs > 0 ? machine.nowMs + delivered.pauseMs : 0
  }

  private async fetch(ready: readonly Position[]): Promise<(Batch & { position: Position }) | null> {
    const { random } = this.client.machine
    const [limit, first] = [random.whole(1, BATCH_RECORDS_MAX), random.whole(0, ready.length - 1)]
    return this.client.fetch(this.topics[0]!, () => {
      for (let at = 0; at < ready.length; at++) {
        const position = ready[(first + at) % ready.length]!
        const place = this.client.broker.partition(position.topic, position.partition)
        if (position.next === highOf(place)) continue
        const wasMadeAgain = position.next > highOf(place)
        const from = wasMadeAgain ? place.low : Math.max(position.next, place.low)
        const records = place.records.slice(from - place.low, from - place.low + limit)
        return {
          ...{ position, topic: position.topic, partition: position.partition, records },
          ...{ end: from + records.length, highWatermark: highOf(place) },
          lost: wasMadeAgain ? 1 : from - position.next,
          isStale: () => this.isStale || this.isStopping,
          heartbeat: () => this.heartbeat(),
        }
      }
      return null
    })
  }

  private async heartbeat(): Promise<void> {
    const { generation } = this.share
    const answer = await this.client.call('heartbeat', () => this.group.heartbeat(this.id, generation))
    if (answer === 'stale' && generation === this.share.generation) this.isStale = true
  }

  private beat(): void {
    this.client.machine.later(HEARTBEAT_MS, () => {
      if (this.isStopping) return
      if (!this.isStale) void this.heartbeat()
      this.beat()
    })
  }
}

interface Position {
  topic: string
  partition: number
  next: number
  failures: number
  resumeAtMs: number
}
