import { MonitorError } from '../errors.ts'
import type { LogStore, ReadLimit } from './local-store.ts'
import type { LogRecord, Tail } from './log.ts'

/** Reads every partition of a topic for itself, from its start or from the given offsets, and goes on for ever. */
export class LocalTail implements Tail {
  readonly caughtUp: Promise<void>
  readonly #store: LogStore
  readonly #topic: string
  readonly #limit: ReadLimit
  readonly #onRecords: (records: readonly LogRecord[]) => Promise<void>
  readonly #ends: number[]
  readonly #positions: number[]
  readonly #reached = Promise.withResolvers<void>()
  readonly #loop: Promise<void>
  #stopped = false

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
    const partitions = store.partitions(topic) ?? []
    this.#ends = partitions.map(({ high }) => high)
    this.#positions = partitions.map(({ low }, partition) => Math.max(low, from.get(partition) ?? low))
    checkTailStart(topic, this.#positions, this.#ends)
    this.caughtUp = this.#reached.promise
    this.caughtUp.catch(() => undefined) // who never asks must not be killed by the rejection at stop
    this.#loop = this.#run().catch((error: unknown) => {
      this.#reached.reject(error)
      onBroken(error)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#store.changed.notify()
    await this.#loop
    this.#reached.reject(tailStopped(this.#topic))
  }

  async #run(): Promise<void> {
    await Promise.resolve() // nothing is delivered before the caller has the Tail in hand
    while (!this.#stopped) {
      const changed = this.#store.changed.next
      let delivered = false
      for (const [partition, store] of (this.#store.partitions(this.#topic) ?? []).entries()) {
        const position = Math.max(this.#positions[partition] ?? 0, store.low)
        if (position >= store.high || this.#stopped) continue
        const { records, end } = await store.read(position, this.#limit)
        if (records.length > 0) await this.#onRecords(records)
        this.#positions[partition] = end
        delivered = true
      }
      if (this.#ends.every((end, partition) => this.#positions[partition]! >= end)) this.#reached.resolve()
      if (!delivered) await changed
    }
  }
}

/** A view that has read further than the log reaches was built from another log: it must be thrown away and built again. */
export function checkTailStart(topic: string, positions: readonly number[], ends: readonly number[]): void {
  const partition = positions.findIndex((position, index) => position > ends[index]!)
  if (partition < 0) return
  const what = `${topic}[${partition}] ends at ${ends[partition]} but was read up to ${positions[partition]} before`
  throw new MonitorError('EVENKEEL_LOG_FAILED', `${what}: the topic was created again, and state built from it is void`)
}

export function tailStopped(topic: string): MonitorError {
  return new MonitorError('EVENKEEL_LOG_FAILED', `the reading of ${topic} was stopped before its end`, {
    retriable: true,
  })
}
