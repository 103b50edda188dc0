import { randomUUID } from 'node:crypto'
import { missing } from './kafka-admin.ts'
import { KafkaGroup, type GroupSetup } from './kafka-group.ts'
import { SESSION_MS } from './kafka-settings.ts'
import { checkTailStart, recreated, tailStopped } from './local-tail.ts'
import type { Assignment, Batch, BatchResult, GroupHandler, LogRecord, Tail } from './log.ts'

/**
 * Reads a topic for itself. KafkaJS cannot read without a group, so each tail is the only member of one that nobody
 * else knows; it never commits, so the broker forgets the group when the tail leaves.
 *
 * Positions live here and outlast every rejoin.
 */
export class KafkaTail implements Tail, GroupHandler {
  readonly caughtUp: Promise<void>
  readonly #topic: string
  readonly #onRecords: (records: readonly LogRecord[]) => Promise<void>
  readonly #ends = new Map<number, number>()
  readonly #positions = new Map<number, number>()
  readonly #reached = Promise.withResolvers<void>()
  #group: KafkaGroup | null = null

  private constructor(topic: string, onRecords: (records: readonly LogRecord[]) => Promise<void>) {
    this.#topic = topic
    this.#onRecords = onRecords
    this.caughtUp = this.#reached.promise
    this.caughtUp.catch(() => undefined) // who never asks must not be killed by the rejection at stop
  }

  static async start(
    setup: Omit<GroupSetup, 'handler' | 'topics' | 'hasCommits'>,
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: (records: readonly LogRecord[]) => Promise<void>,
  ): Promise<KafkaTail> {
    const tail = new KafkaTail(topic, onRecords)
    const bounds = await setup.admin.bounds(topic)
    if (bounds === null) throw missing(topic)
    for (const { partition, low, high } of bounds) {
      tail.#ends.set(partition, high)
      tail.#positions.set(partition, Math.max(low, from.get(partition) ?? low))
    }
    checkTailStart(topic, tail.#positions, tail.#ends)
    tail.#checkReached()
    const group = `${setup.group}.tail.${randomUUID()}`
    // Nobody takes over from it: a session that is short would only throw it out, and make it join again, when the machine stands still.
    const sessionTimeoutMs = Math.max(SESSION_MS, setup.options.sessionTimeoutMs ?? 0)
    const options = { ...setup.options, sessionTimeoutMs, minBytes: 1 }
    tail.#group = await KafkaGroup.start({
      ...setup,
      options,
      group,
      topics: [topic],
      handler: tail,
      hasCommits: false,
      onFailure: (error) => {
        tail.#reached.reject(error) // it will never be caught up
        setup.onFailure(error)
      },
    })
    return tail
  }

  async stop(): Promise<void> {
    await this.#group?.stop()
    this.#reached.reject(tailStopped(this.#topic))
  }

  async assigned(
    assignments: readonly Assignment[],
  ): Promise<readonly { topic: string; partition: number; offset: number }[]> {
    return assignments.map(({ topic, partition, low }) => {
      // Retention may have passed our position by: for a tail that is no loss, what it wants is what is there.
      const offset = Math.max(low, this.#positions.get(partition) ?? low)
      this.#positions.set(partition, offset)
      return { topic, partition, offset }
    })
  }

  async batch({ partition, records, end, isStale, lost }: Batch): Promise<BatchResult> {
    const position = this.#positions.get(partition) ?? 0
    if (lost > 0 && end < position) throw recreated(this.#topic, partition, position, end)
    if (isStale()) return { next: position }
    if (records.length > 0) await this.#onRecords(records)
    this.#positions.set(partition, end)
    this.#checkReached()
    return { next: end }
  }

  /** By position, never by "saw the last record": compaction or a control marker may have taken its place. */
  #checkReached(): void {
    for (const [partition, end] of this.#ends) if (this.#positions.get(partition)! < end) return
    this.#reached.resolve()
  }
}
