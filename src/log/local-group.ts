import { MonitorError } from '../errors.ts'
import { checkCommit } from './commit.ts'
import type { OffsetToCommit } from './log.ts'
import type { LocalMember } from './local-member.ts'
import type { LogStore } from './local-store.ts'

/**
 * A consumer group inside one process, with Kafka's promises: each partition has one owner per generation; a rebalance
 * waits for running batches, makes the old generation stale, and starts everybody from the commits.
 *
 *   join/leave/new partitions -> generation + 1 -> running batches end -> every member: assigned(...) -> batches
 */
export class LocalGroup {
  readonly name: string
  readonly #store: LogStore
  #members: LocalMember[] = []
  #generation = 0
  #rebalancing: Promise<void> = Promise.resolve()
  #saving: Promise<void> = Promise.resolve()

  constructor(name: string, store: LogStore) {
    this.name = name
    this.#store = store
  }

  get generation(): number {
    return this.#generation
  }

  join(member: LocalMember): Promise<void> {
    this.#members.push(member)
    return this.rebalance()
  }

  leave(member: LocalMember): Promise<void> {
    this.#members = this.#members.filter((other) => other !== member)
    return this.rebalance()
  }

  rebalance(): Promise<void> {
    const generation = ++this.#generation
    this.#rebalancing = this.#rebalancing.then(() => this.#begin(generation))
    return this.#rebalancing
  }

  async commit(member: LocalMember, offsets: readonly OffsetToCommit[]): Promise<void> {
    checkCommit(offsets)
    for (const { topic, partition } of offsets) {
      if (member.owns(topic, partition)) continue
      const what = `${topic}[${partition}] is no longer ours in group ${this.name}`
      throw new MonitorError('EVENKEEL_LOG_FAILED', what, { retriable: true })
    }
    const commits = this.#store.commits(this.name)
    for (const { topic, partition, offset, metadata } of offsets) {
      commits.set(`${topic}/${partition}`, { offset, metadata })
    }
    this.#saving = this.#saving.catch(() => undefined).then(() => this.#store.saveCommits(this.name))
    return this.#saving
  }

  async #begin(generation: number): Promise<void> {
    await Promise.all(this.#members.map((member) => member.settled()))
    if (generation !== this.#generation) return // a newer rebalance follows in the chain
    const members = [...this.#members]
    await Promise.all(members.map((member, index) => member.begin(generation, this.#shareOf(member, index, members))))
  }

  /** Deals each topic's partitions round robin to the members that read it. */
  #shareOf(
    member: LocalMember,
    index: number,
    members: readonly LocalMember[],
  ): { topic: string; partition: number }[] {
    const share: { topic: string; partition: number }[] = []
    for (const topic of member.topics) {
      const readers = members.filter((other) => other.topics.includes(topic))
      const place = members.slice(0, index).filter((other) => other.topics.includes(topic)).length
      const count = this.#store.partitions(topic)?.length ?? 0
      for (let partition = place; partition < count; partition += readers.length) share.push({ topic, partition })
    }
    return share
  }
}
