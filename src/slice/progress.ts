import { isCount } from '../ledger/guards.ts'
import type { LogRecord, RecordToAppend } from '../log/log.ts'

/**
 * How far one partition is, said between its panes (key = the group's first stream, header `kind: progress`, value JSON).
 *
 * A pane says that all panes of its partition before it are closed. Where no pane comes (no traffic, or nothing closed yet)
 * only this record tells "nothing there" from "not read yet". Observe publishes one every few seconds, at once when silence
 * begins or ends, and always AFTER the panes it speaks of. All times of the wall clock are arguments here, so that assembling
 * stays a pure function of the panes topic.
 */
export interface Progress {
  stream: string
  partition: number
  /** How many partitions the topic has, as its reader knows it. */
  partitions: number
  paneConfigDigest: string
  /** Event time through which its panes are published; null before the first watermark. */
  closedThroughMs: number | null
  /** Offset of the next record to read, and the end of the log as last seen. */
  position: number
  highWatermark: number
  caughtUp: boolean
  /** Wall clock of the last record, once its open panes were closed as idle; null while records come or panes are open. */
  silentSinceMs: number | null
  /** Wall clock of this record, and whose clock it is. */
  nowMs: number
  reporter: string
}

export function toProgressRecord(progress: Progress, key: string): RecordToAppend {
  return { key, value: JSON.stringify(progress), headers: { kind: 'progress', stream: progress.stream } }
}

/** null for what is no progress record of ours: to be counted and passed over. */
export function readProgress(record: Pick<LogRecord, 'value'>): Progress | null {
  let value: unknown
  try {
    value = JSON.parse(record.value?.toString('utf8') ?? '')
  } catch {
    return null // Broken bytes are the answer here, not an error.
  }
  return isProgress(value) ? value : null
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== 'object' || value === null) return false
  const progress = value as Record<keyof Progress, unknown>
  return (
    typeof progress.stream === 'string' &&
    isCount(progress.partition) &&
    isCount(progress.partitions) &&
    progress.partition < progress.partitions &&
    progress.partitions <= PARTITIONS_MAX &&
    typeof progress.paneConfigDigest === 'string' &&
    (progress.closedThroughMs === null || Number.isSafeInteger(progress.closedThroughMs)) &&
    isCount(progress.position) &&
    isCount(progress.highWatermark) &&
    typeof progress.caughtUp === 'boolean' &&
    (progress.silentSinceMs === null || Number.isFinite(progress.silentSinceMs)) &&
    Number.isFinite(progress.nowMs) &&
    typeof progress.reporter === 'string'
  )
}

/** One hostile record must not make an array of billions. */
const PARTITIONS_MAX = 100_000
