import { setTimeout as sleep } from 'node:timers/promises'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import type { LogStore, ReadLimit } from './local-store.ts'
import type { LogRecord, Tail } from './log.ts'

/** Reads every partition of a topic for itself, from its start or from the given offsets, and goes on for ever. */
export class LocalTail implements Tail {
  readonly caughtUp: Promise<void>
  readonly #store: LogStore
  readonly #topic: string
  readonly #limit: ReadLimit
  readonly #onRecords: (records: readonly LogRecord[]) => Promise<void>
  readonly #ends: ReadonlyMap<number, number>
  readonly #positions: Map<number, number>
  readonly #reached = Promise.withResolvers<void>()
  readonly #loop: Promise<void>
  readonly #stopping = new AbortController()
  #failures = 0

  constructor(
    store: LogStore,
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
    limit: ReadLimit,
    onBroken: (error: unknown) => void,
  ) {
    this.#store = store
    this.#topic = topic
    this.#onRecords = onRecords
    this.#limit = limit
    const partitions = [...(store.partitions(topic) ?? []).entries()]
    this.#ends = new Map(partitions.map(([partition, { high }]) => [partition, high]))
    this.#positions = new Map(
      partitions.map(([partition, { low }]) => [partition, Math.max(low, from.get(partition) ?? low)]),
    )
    checkTailStart(topic, this.#positions, this.#ends)
    this.caughtUp = this.#reached.promise
    this.caughtUp.catch(() => undefined) // who never asks must not be killed by the rejection at stop
    this.#loop = this.#run().catch((error: unknown) => {
      this.#reached.reject(error)
      onBroken(error)
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#store.changed.notify()
    await this.#loop
    this.#reached.reject(tailStopped(this.#topic))
  }

  async #run(): Promise<void> {
    await Promise.resolve() // nothing is delivered before the caller has the Tail in hand
    while (!this.#isStopped) {
      const changed = this.#store.changed.next
      let hasDelivered = false
      for (const [partition, store] of (this.#store.partitions(this.#topic) ?? []).entries()) {
        const known = this.#positions.get(partition) ?? store.low
        if (known > store.high) throw recreated(this.#topic, partition, known, store.high)
        const position = Math.max(known, store.low)
        if (position === store.high || this.#isStopped) continue
        const { records, end } = await store.read(position, this.#limit)
        hasDelivered = true
        if (records.length > 0 && !(await this.#deliver(records))) continue
        this.#positions.set(partition, end)
      }
      this.#checkReached()
      if (!hasDelivered) await changed
    }
  }

  /** False when the reader failed for now: after a pause the same records come again. */
  async #deliver(records: readonly LogRecord[]): Promise<boolean> {
    try {
      await this.#onRecords(records)
      this.#failures = 0
      return true
    } catch (error) {
      if (!(error instanceof MonitorError && error.retriable)) throw error
      const pauseMs = backoffMs(this.#failures++, 100, 30_000)
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined) // stopped: no pause more
      return false
    }
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  /** By position, never by "saw the last record": compaction or a control marker may have taken its place. */
  #checkReached(): void {
    for (const [partition, end] of this.#ends) if (this.#positions.get(partition)! < end) return
    this.#reached.resolve()
  }
}

/** A view that has read further than the log reaches was built from another log: it must be thrown away and built again. */
export function checkTailStart(
  topic: string,
  positions: ReadonlyMap<number, number>,
  ends: ReadonlyMap<number, number>,
): void {
  for (const [partition, position] of positions) {
    const end = ends.get(partition) ?? 0
    if (position > end) throw recreated(topic, partition, position, end)
  }
}

export function recreated(topic: string, partition: number, position: number, end: number): MonitorError {
  const what = `${topic}[${partition}] ends at ${end} but was read up to ${position} before`
  const message = `${what}: the topic was created again, and state built from it is void`
  return new MonitorError('EVENKEEL_LOG_FAILED', message)
}

export function tailStopped(topic: string): MonitorError {
  return new MonitorError('EVENKEEL_LOG_FAILED', `the reading of ${topic} was stopped before its end`, {
    retriable: true,
  })
}
