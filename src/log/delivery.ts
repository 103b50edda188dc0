import { MonitorError } from '../errors.ts'
import type { Batch, BatchResult, GroupHandler } from './log.ts'

const PARK_MIN_MS = 100
const PARK_MAX_MS = 30_000

/**
 * What became of one delivery. `next`: go on there, after a pause or at once. `again`: the handler failed for now, bring
 * the same batch after a pause. `broken`: the handler broke, and all must stop.
 */
export type Delivered =
  | { kind: 'next'; next: number; pauseMs: number }
  | { kind: 'again'; pauseMs: number; error: MonitorError }
  | { kind: 'broken'; error: unknown }

/**
 * Hands one batch to the handler and turns whatever comes back into a value: nothing is ever thrown from here, because
 * a throw inside KafkaJS's `eachBatch` would restart every partition of the consumer.
 *
 * A retriable error parks this partition alone, the longer the more often it failed in a row. Anything else is a broken
 * invariant: going on would count wrongly, so the caller stops and rejects `Log.failed`.
 */
export async function deliver(handler: GroupHandler, batch: Batch, failures: number): Promise<Delivered> {
  let result: BatchResult
  try {
    result = await handler.batch(batch)
  } catch (error) {
    if (!(error instanceof MonitorError && error.retriable)) return { kind: 'broken', error }
    return { kind: 'again', pauseMs: Math.min(PARK_MAX_MS, PARK_MIN_MS * 2 ** Math.min(failures, 20)), error }
  }
  const pauseMs = result.pauseMs ?? 0
  if (!Number.isSafeInteger(result.next) || result.next < 0 || !(pauseMs >= 0)) {
    const told = `next ${result.next}, pauseMs ${pauseMs}`
    return { kind: 'broken', error: new RangeError(`handler answered ${told} for ${batch.topic}[${batch.partition}]`) }
  }
  return { kind: 'next', next: placeIn(batch, result.next), pauseMs }
}

/**
 * Who handled the last record has handled the gap behind it: else a control marker at the end is fetched for ever.
 * Nobody goes further than what was fetched: a handler that keeps its old, higher position after the topic was created
 * again would wait for offsets that may never come.
 */
function placeIn(batch: Batch, next: number): number {
  const last = batch.records.at(-1)
  return last === undefined || next > last.offset ? batch.end : next
}
