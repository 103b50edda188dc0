import { sha256 } from '../ledger/digest.ts'
import type { Log } from '../log/log.ts'
import type { Comparison } from './comparison.ts'
import { readTopic } from './topic.ts'
import type { TopicExtent } from './topic.ts'

export interface RecordedAlert {
  /** Of key and value. */
  digest: string
  /** As it says of itself, and of the slice that caused it; null where it does not. */
  stream: string | null
  startMs: number | null
}

/** What stands on the alerts topic, by id. Sent twice is sent once, where it is the same. */
export async function readAlerts(
  log: Log,
  extent: TopicExtent,
  lengthAt: LengthAt,
  comparison: Comparison,
): Promise<Map<string, RecordedAlert>> {
  // prettier-ignore
  const alerts = new Map<string, RecordedAlert>()
  await readTopic(log, extent, ({ key, value, offset }) => {
    const digest = alertDigest(key?.toString('utf8') ?? '', value?.toString('utf8') ?? '')
    const { id, stream, timeMs } = readEvent(value)
    const startMs = timeMs === null ? null : timeMs - lengthAt(stream, timeMs - 1)
    const name = id ?? `offset ${offset}`
    const known = alerts.get(name)
    if (known === undefined) alerts.set(name, { digest, stream, startMs })
    else if (known.digest !== digest) {
      comparison.add({ level: 'alerts', of: stream ?? extent.topic, id: name, startMs, onRecord: digest, recomputed: known.digest, outcome: 'differs', reason: 'the same alert was sent a second time with other bytes' }) // prettier-ignore
    }
  })
  return alerts
}

/** How long the slices of a stream are that hold this time; null: of no stream that anybody knows. */
export type LengthAt = (stream: string | null, timeMs: number) => number

export function alertDigest(key: string, value: string): string {
  return sha256(`${key}\n${value}`)
}

function readEvent(value: Buffer | null): { id: string | null; stream: string | null; timeMs: number | null } {
  try {
    const { id, time, data } = JSON.parse(value?.toString('utf8') ?? '') as Record<string, unknown>
    const { stream } = (data ?? {}) as Record<string, unknown>
    const timeMs = typeof time === 'string' ? Date.parse(time) : NaN
    return {
      id: typeof id === 'string' ? id : null,
      stream: typeof stream === 'string' ? stream : null,
      timeMs: Number.isNaN(timeMs) ? null : timeMs,
    }
  } catch {
    return { id: null, stream: null, timeMs: null } // It can be no alert of ours, and is told as that.
  }
}
