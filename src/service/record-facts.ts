import type { LogRecord } from '../log/log.ts'
import type { ChunkIdentity } from '../pane/chunks.ts'
import { utc } from '../verdict/figures.ts'

/** For a line in the log: where a record stands, and what it says it is a part of, as `verify` names it. */
export function recordFacts(
  { topic, partition, offset }: Pick<LogRecord, 'topic' | 'partition' | 'offset'>,
  identity: ChunkIdentity | null,
): Record<string, unknown> {
  if (identity === null) return { topic, partition, offset }
  const { kind, stream, startMs } = identity
  const place = identity.kind === 'pane' ? `[${identity.partition}]` : ''
  return { topic, partition, offset, of: `${kind} ${stream}${place} ${utc(startMs)}` }
}
