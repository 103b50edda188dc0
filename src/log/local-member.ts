import { setImmediate as yieldToTimers, setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { deliver } from './delivery.ts'
import type { LocalGroup } from './local-group.ts'
import type { LogStore, PartitionStore, ReadLimit } from './local-store.ts'
import type { Assignment, Batch, GroupConsumer, GroupHandler, OffsetToCommit } from './log.ts'

interface Position {
  topic: string
  partition: number
  next: number
  failures: number
  /** By the clock that nobody sets. */
  resumeAtMs: number
}

/** One consumer of a local group: a single loop over its partitions, one batch at a time, as KafkaJS does it. */
export class LocalMember implements GroupConsumer {
  readonly topics: readonly string[]
  readonly #group: LocalGroup
  readonly #store: LogStore
  readonly #handler: GroupHandler
  readonly #limit: ReadLimit
  readonly #onBroken: (error: unknown) => void
  #generation = -1
  #share: readonly { topic: string; partition: number }[] = []
  #positions: Position[] = []
  #turn = 0
  #running: Promise<void> = Promise.resolve()
  #state: 'running' | 'stopping' | 'stopped' = 'running'
  readonly #leaving = new AbortController()
  #loop: Promise<void> | null = null
  #stopped: Promise<void> | null = null

  constructor(
    group: LocalGroup,
    store: LogStore,
    topics: readonly string[],
    handler: GroupHandler,
    limit: ReadLimit,
    onBroken: (error: unknown) => void,
  ) {
    this.#group = group
    this.#store = store
    this.topics = topics
    this.#handler = handler
    this.#limit = limit
    this.#onBroken = onBroken
  }

  owns(topic: string, partition: number): boolean {
    const isOurs = this.#generation === this.#group.generation && this.#state !== 'stopped'
    return isOurs && this.#share.some((place) => place.topic === topic && place.partition === partition)
  }

  commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    return this.#group.commit(this, offsets)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** Resolves when no batch is with the handler. */
  settled(): Promise<void> {
    return this.#running
  }

  /** Takes over its share of a new generation; called by the group when every batch of the old one has ended. */
  async begin(generation: number, share: readonly { topic: string; partition: number }[]): Promise<void> {
    this.#positions = []
    this.#generation = generation
    this.#share = share
    for (let attempt = 0; this.#state === 'running' && this.#isCurrent(); attempt++) {
      try {
        this.#positions = await this.#startPositions(share)
        break
      } catch (error) {
        if (!(error instanceof MonitorError && error.retriable)) return this.#break(error)
        const pauseMs = backoffMs(attempt, 200, 10_000)
        // A member that leaves must not keep the others, who begin together with it.
        await sleep(pauseMs, undefined, { signal: this.#leaving.signal }).catch(() => undefined)
      }
    }
    this.#loop ??= this.#run()
    this.#store.changed.notify()
  }

  async #startPositions(share: readonly { topic: string; partition: number }[]): Promise<Position[]> {
    const assignments = share.map(({ topic, partition }) => this.#assignment(topic, partition))
    const starts = await this.#handler.assigned(assignments)
    return share.map(({ topic, partition }) => {
      const start = starts.find((candidate) => candidate.topic === topic && candidate.partition === partition)
      if (start === undefined) throw new RangeError(`handler gave no start offset for ${topic}[${partition}]`)
      return { topic, partition, next: start.offset, failures: 0, resumeAtMs: 0 }
    })
  }

  #assignment(topic: string, partition: number): Assignment {
    const { low, high } = this.#partition(topic, partition)
    const committed = this.#store.commits(this.#group.name).get(`${topic}/${partition}`) ?? null
    return { topic, partition, committed: committed && { ...committed }, low, high }
  }

  async #run(): Promise<void> {
    while (this.#state === 'running') {
      const changed = this.#store.changed.next
      // One look at the clock: a pause that ended between two of them would be waited for by nobody.
      const nowMs = performance.now()
      const position = this.#isCurrent() ? this.#nextPosition(nowMs) : undefined
      if (position === undefined) {
        await this.#wait(changed, nowMs)
        continue
      }
      this.#running = this.#deliver(position)
      await this.#running
    }
  }

  /** Round robin over partitions that have something to give and are not parked. */
  #nextPosition(nowMs: number): Position | undefined {
    for (let i = 0; i < this.#positions.length; i++) {
      const index = (this.#turn + i) % this.#positions.length
      const position = this.#positions[index]!
      const { high } = this.#partition(position.topic, position.partition)
      if (position.next === high || position.resumeAtMs > nowMs) continue
      this.#turn = index + 1
      return position
    }
    return undefined
  }

  async #wait(changed: Promise<void>, nowMs: number): Promise<void> {
    const parked = this.#positions.filter(({ resumeAtMs }) => resumeAtMs > nowMs)
    if (parked.length === 0) return changed
    const waitMs = Math.min(...parked.map(({ resumeAtMs }) => resumeAtMs)) - nowMs
    let timer: NodeJS.Timeout | undefined
    await Promise.race([changed, new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)))])
    clearTimeout(timer)
  }

  async #deliver(position: Position): Promise<void> {
    const generation = this.#generation
    const { topic, partition } = position
    try {
      const batch = await this.#fetch(position, generation)
      if (batch.isStale()) return
      const delivered = await deliver(this.#handler, batch, position.failures)
      if (delivered.kind === 'broken') return this.#break(delivered.error)
      // A batch that failed keeps the old position, so that what it lost is told again with it.
      if (delivered.kind === 'next') position.next = delivered.next
      position.failures = delivered.kind === 'again' ? position.failures + 1 : 0
      position.resumeAtMs = delivered.pauseMs > 0 ? performance.now() + delivered.pauseMs : 0
    } catch (error) {
      this.#break(new Error(`reading ${topic}[${partition}] failed`, { cause: error }))
    }
  }

  /** The records at the position, or at the start of the log when it no longer reaches back that far. */
  async #fetch(position: Position, generation: number): Promise<Batch> {
    const { topic, partition } = position
    const store = this.#partition(topic, partition)
    const recreated = position.next > store.high
    const from = recreated ? store.low : Math.max(position.next, store.low)
    const lost = recreated ? 1 : from - position.next
    const { records, end } = await store.read(from, this.#limit)
    const isStale = () => this.#state !== 'running' || this.#group.generation !== generation
    const heartbeat = () => yieldToTimers()
    return { topic, partition, records, end, highWatermark: store.high, lost, isStale, heartbeat }
  }

  #partition(topic: string, partition: number): PartitionStore {
    const store = this.#store.partitions(topic)?.[partition]
    if (store === undefined) throw new RangeError(`no partition ${topic}[${partition}]`)
    return store
  }

  #isCurrent(): boolean {
    return this.#generation === this.#group.generation
  }

  #break(error: unknown): void {
    this.#state = 'stopping'
    this.#onBroken(error)
  }

  async #stop(): Promise<void> {
    if (this.#state === 'running') this.#state = 'stopping'
    this.#leaving.abort()
    this.#store.changed.notify()
    await this.#running
    this.#state = 'stopped'
    void this.#group.leave(this) // how long the others take to start again is not our wait
    this.#store.changed.notify()
    await this.#loop
  }
}
