import type { RecordBatch } from './record-batch.ts'

export interface AbortedTransaction {
  producerId: number
  firstOffset: number
}

/** Tells, batch by batch in log order, which belong to an aborted transaction: "read committed" is the reader's work. */
export class AbortedFilter {
  readonly #starting: AbortedTransaction[]
  readonly #aborting = new Set<number>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#starting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  isAborted(batch: RecordBatch): boolean {
    while (this.#starting.length > 0 && this.#starting[0]!.firstOffset < batch.end) {
      this.#aborting.add(this.#starting.shift()!.producerId)
    }
    if (!batch.isTransactional || !this.#aborting.has(batch.producerId)) return false
    // The marker that ends the transaction, be it abort or (of the next one) commit, ends our skipping too.
    if (batch.isControl) this.#aborting.delete(batch.producerId)
    return !batch.isControl
  }
}
