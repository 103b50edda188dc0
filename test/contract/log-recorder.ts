import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Assignment, Batch, BatchResult, GroupHandler, LogRecord } from '../../src/log/log.ts'

/** A handler that remembers: resumes from the commit, takes everything. Override `batch` or `start` for the case at hand. */
export class Recorder implements GroupHandler {
  readonly generations: (readonly Assignment[])[] = []
  readonly batches: Batch[] = []
  readonly records: LogRecord[] = []
  start = (assignment: Assignment): number => assignment.committed?.offset ?? assignment.low
  onBatch: (batch: Batch) => Promise<BatchResult> | BatchResult = (batch) => ({ next: batch.end })

  async assigned(assignments: readonly Assignment[]) {
    this.generations.push(assignments)
    return assignments.map((assignment) => ({ ...assignment, offset: this.start(assignment) }))
  }

  async batch(batch: Batch): Promise<BatchResult> {
    this.batches.push(batch)
    const result = await this.onBatch(batch)
    for (const record of batch.records) if (record.offset < result.next) this.records.push(record)
    return result
  }

  get assignment(): number[] {
    return this.generations.at(-1)?.map(({ partition }) => partition) ?? []
  }

  values(partition?: number): string[] {
    const records = this.records.filter((record) => partition === undefined || record.partition === partition)
    return records.map(({ value }) => String(value))
  }

  get lost(): number {
    return this.batches.reduce((sum, { lost }) => sum + lost, 0)
  }
}

/** Far more than it takes: who gives up this late has not met a busy machine but a defect. */
export const WITHIN_MS = 90_000

/** Waits until it holds, and says what was seen last when it never does. By the event loop's clock: a test may hold the others. */
export async function eventually(holds: () => boolean, what: () => unknown): Promise<void> {
  const givenUp = AbortSignal.timeout(WITHIN_MS)
  for (; !holds(); await sleep(10)) {
    assert.ok(!givenUp.aborted, `not within ${WITHIN_MS} ms: ${JSON.stringify(what())}`)
  }
}

export function numbered(count: number, prefix = 'v', from = 0): { key: null; value: string; partition: number }[] {
  return Array.from({ length: count }, (_, i) => ({ key: null, value: `${prefix}${from + i}`, partition: 0 }))
}
