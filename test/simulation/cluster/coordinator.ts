import type { OffsetToCommit } from '../../../src/log/log.ts'
import type { Broker } from './broker.ts'
import type { Scheduler } from './scheduler.ts'

export const SESSION_MS = 10_000
const REBALANCE_WITHIN_MS = 15_000

/**
 * A consumer group as Kafka's coordinator sees it: members join, beat and leave; who is silent for a session is out. A new generation
 * begins when everybody has joined again, or the slow ones are given up: they go on believing in the old one until they ask.
 */
export class Coordinator {
  readonly name: string
  readonly commits = new Map<string, { offset: number; metadata: string }>()
  generation = 0
  private readonly broker: Broker
  private readonly scheduler: Scheduler
  private readonly members = new Map<string, Member>()
  private isRebalancing = false
  private ids = 0

  constructor(name: string, broker: Broker, scheduler: Scheduler) {
    this.name = name
    this.broker = broker
    this.scheduler = scheduler
  }

  newId(name: string): string {
    return `${name}/${++this.ids}`
  }

  /** Answers through `granted` when the generation is complete. */
  join(id: string, topics: readonly string[], granted: (share: Share) => void): void {
    const member = this.members.get(id) ?? { id, topics, seenMs: 0, granted: null }
    if (!this.members.has(id)) this.watch(member)
    this.members.set(id, member)
    member.granted = granted
    member.seenMs = this.scheduler.nowMs
    this.rebalance()
    this.completeIfAllJoined()
  }

  leave(id: string): void {
    if (!this.members.delete(id)) return
    this.rebalance()
    this.completeIfAllJoined()
  }

  heartbeat(id: string, generation: number): 'ok' | 'stale' {
    const member = this.members.get(id)
    if (member === undefined || generation !== this.generation) return 'stale'
    member.seenMs = this.scheduler.nowMs
    return this.isRebalancing ? 'stale' : 'ok'
  }

  /** False: not a member of this generation, nothing was written. */
  commit(id: string, generation: number, offsets: readonly OffsetToCommit[]): boolean {
    if (!this.members.has(id) || generation !== this.generation) return false
    for (const { topic, partition, offset, metadata } of offsets) {
      this.commits.set(`${topic}/${partition}`, { offset, metadata })
    }
    return true
  }

  /** One of the members has seen it, and joins anew. */
  topicChanged(topic: string): void {
    if ([...this.members.values()].some(({ topics }) => topics.includes(topic))) this.rebalance()
  }

  private rebalance(): void {
    if (this.isRebalancing) return
    this.isRebalancing = true
    const { generation } = this
    this.scheduler.after(REBALANCE_WITHIN_MS, () => {
      if (!this.isRebalancing || generation !== this.generation) return
      for (const { id, granted } of this.members.values()) if (granted === null) this.members.delete(id)
      this.complete()
    })
  }

  private completeIfAllJoined(): void {
    if ([...this.members.values()].every(({ granted }) => granted !== null)) this.complete()
  }

  private complete(): void {
    this.isRebalancing = false
    this.generation++
    const members = [...this.members.values()]
    for (const [place, member] of members.entries()) {
      const share = member.topics.flatMap((topic) =>
        (this.broker.bounds(topic) ?? [])
          .filter(({ partition }) => partition % members.length === place)
          .map(({ partition }) => ({ topic, partition })),
      )
      const { granted } = member
      member.granted = null
      member.seenMs = this.scheduler.nowMs
      granted?.({ generation: this.generation, share })
    }
  }

  private watch(member: Member): void {
    this.scheduler.after(SESSION_MS, () => {
      if (this.members.get(member.id) !== member) return
      const isWaiting = member.granted !== null
      if (isWaiting || this.scheduler.nowMs - member.seenMs < SESSION_MS) return this.watch(member)
      this.leave(member.id)
    })
  }
}

export interface Share {
  generation: number
  share: { topic: string; partition: number }[]
}

interface Member {
  id: string
  topics: readonly string[]
  seenMs: number
  /** Set while it waits for the generation to be complete. */
  granted: ((share: Share) => void) | null
}
