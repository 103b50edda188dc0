import { LedgerChain } from '../ledger/chain.ts'
import { EraBook, isOfEras } from '../ledger/era-book.ts'
import type { Log, LogRecord, Tail } from '../log/log.ts'

/** The ledger as it stands and as it grows, for who needs to know of eras and nothing else. */
export class EraReader {
  readonly chain = new LedgerChain()
  readonly eras = new EraBook()
  private readonly log: Log
  private tail: Tail | null = null
  private arrived = Promise.withResolvers<void>()

  /** Resolves when the ledger is read to where it ended at the call. */
  static async open(log: Log, topic: string): Promise<EraReader> {
    const reader = new EraReader(log)
    reader.tail = await log.tail(topic, new Map(), async (records) => reader.take(records))
    await Promise.race([reader.tail.caughtUp, log.failed])
    return reader
  }

  private constructor(log: Log) {
    this.log = log
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await Promise.race([this.arrived.promise, this.log.failed])
  }

  async stop(): Promise<void> {
    await this.tail?.stop()
  }

  private take(records: readonly LogRecord[]): void {
    for (const { value } of records) {
      const { body, refused } = this.chain.add(value)
      if (refused === null && isOfEras(body)) this.eras.take(body)
    }
    this.arrived.resolve()
    this.arrived = Promise.withResolvers()
  }
}
