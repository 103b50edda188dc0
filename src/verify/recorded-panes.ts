import { MonitorError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { ChunkAssembler } from '../pane/chunk-assembler.ts'
import type { Assembled } from '../pane/chunk-assembler.ts'
import { kindOf } from '../pane/chunks.ts'
import type { ChunkIdentity } from '../pane/chunks.ts'
import { decodePane } from '../pane/codec.ts'
import type { Pane } from '../pane/pane.ts'
import { readProgress } from '../slice/progress.ts'
import type { Comparison } from './comparison.ts'
import { ERA_OVER } from './comparison.ts'
import { readTopic } from './topic.ts'
import type { TopicExtent } from './topic.ts'

/** What the panes topic says of one pane, without what it counted. */
export interface RecordedPane {
  digest: string
  idle: boolean
  lost: number
}

/** A record of a pane whose bytes do not have the digest that it names. */
export interface BrokenPane {
  digest: string
  /** Of the bytes as they are; null where not all of them can be read. */
  found: string | null
}

export class RecordedPartition {
  readonly panes = new Map<number, RecordedPane>()
  readonly broken = new Map<number, BrokenPane>()
  /** Positions at which its observer said that it had closed what was open because of silence. */
  readonly silentAt = new Set<number>()
  /** The furthest that an observer said to have read. */
  positionMax = 0
  /** Event time that was closed when the first record that the events topic still has was read, as far as anybody said. */
  closedBeforeMs = -Infinity
}

/** Everything on the panes topic by stream and partition: digests and marks, the panes themselves not. */
export class RecordedPanes {
  private readonly streams = new Map<string, Map<number, RecordedPartition>>()

  of(stream: string, partition: number): RecordedPartition {
    const partitions = this.streams.get(stream) ?? new Map<number, RecordedPartition>()
    this.streams.set(stream, partitions)
    const found = partitions.get(partition) ?? new RecordedPartition()
    partitions.set(partition, found)
    return found
  }

  partitionsOf(stream: string): ReadonlyMap<number, RecordedPartition> {
    return this.streams.get(stream) ?? new Map<number, RecordedPartition>()
  }

  /** The first pane of any partition; Infinity where there is none. */
  firstStartMs(stream: string): number {
    let first = Infinity
    for (const { panes, broken } of this.partitionsOf(stream).values()) {
      for (const startMs of panes.keys()) first = Math.min(first, startMs)
      for (const startMs of broken.keys()) first = Math.min(first, startMs)
    }
    return first
  }
}

export interface RecordedPanesOptions {
  /** By stream: what the panes of its era are counted by, and where that begins; null: with the first pane. */
  eras: ReadonlyMap<string, { digest: string; fromMs: number | null }>
  /** The first offset that the events topic still has. */
  lowOf: (stream: string, partition: number) => number
  comparison: Comparison
  isSkipped: (stream: string) => boolean
}

export async function readPanes(log: Log, extent: TopicExtent, options: RecordedPanesOptions): Promise<RecordedPanes> {
  const recorded = new RecordedPanes()
  const { eras, lowOf, comparison, isSkipped } = options
  const foreign = (pane: Pane, digest: string, reason: string): void => {
    const { stream: of, partition, startMs } = pane
    comparison.add({ level: 'panes', of, partition, startMs, onRecord: digest, recomputed: null, outcome: 'out-of-reach', reason }) // prettier-ignore
  }
  await readPaneRecords(log, extent, {
    onPane: (pane, digest) => {
      if (isSkipped(pane.stream)) return
      const era = eras.get(pane.stream)
      if (era === undefined) return foreign(pane, digest, 'of a stream that is not in this configuration')
      if (era.digest !== pane.paneConfigDigest)
        return foreign(pane, digest, 'counted by another configuration of panes')
      if (pane.startMs < (era.fromMs ?? -Infinity)) return foreign(pane, digest, ERA_OVER)
      const partition = recorded.of(pane.stream, pane.partition)
      // A good copy stands for a broken one before it.
      partition.broken.delete(pane.startMs)
      partition.panes.set(pane.startMs, { digest, idle: pane.idle, lost: pane.lost })
    },
    onBroken: ({ identity, digest, found }) => {
      const era = eras.get(identity.stream)
      if (identity.kind !== 'pane' || era === undefined || identity.startMs < (era.fromMs ?? -Infinity)) return
      const partition = recorded.of(identity.stream, identity.partition)
      if (!partition.panes.has(identity.startMs)) partition.broken.set(identity.startMs, { digest, found })
    },
    onProgress: ({ stream, partition, position, closedThroughMs, silentSinceMs }) => {
      if (!eras.has(stream)) return
      const own = recorded.of(stream, partition)
      own.positionMax = Math.max(own.positionMax, position)
      if (silentSinceMs !== null) own.silentAt.add(position)
      if (closedThroughMs !== null && position <= lowOf(stream, partition))
        own.closedBeforeMs = Math.max(own.closedBeforeMs, closedThroughMs)
    },
  })
  return recorded
}

export interface PaneRecords {
  /** The first whole one of its identity. */
  onPane: (pane: Pane, digest: string) => void
  onBroken?: (broken: { identity: ChunkIdentity; digest: string; found: string | null }) => void
  onProgress?: (progress: NonNullable<ReturnType<typeof readProgress>>) => void
}

/** The panes topic, as assemble reads it. */
export async function readPaneRecords(
  log: Log,
  extent: TopicExtent,
  { onPane, onBroken, onProgress }: PaneRecords,
): Promise<void> {
  // prettier-ignore
  const chunks = new Map(extent.partitions.map(({ partition }) => [partition, new ChunkAssembler()]))
  await readTopic(log, extent, (record) => {
    if (kindOf(record) === 'progress') {
      const progress = onProgress === undefined ? null : readProgress(record)
      if (progress !== null) onProgress!(progress)
      return
    }
    const own = chunks.get(record.partition)!
    const chunk = own.add(record)
    if (chunk.kind === 'corrupt' && chunk.label !== null) onBroken?.({ ...chunk.label, found: chunk.found })
    if (chunk.kind !== 'complete') return
    const pane = paneOf(chunk)
    if (pane !== null) return onPane(pane, chunk.digest)
    own.forget(chunk.identity)
    onBroken?.({ identity: chunk.identity, digest: chunk.digest, found: chunk.digest })
  })
}

/** Bytes with the right digest may still be no pane of ours. */
function paneOf({ bytes }: Extract<Assembled, { kind: 'complete' }>): Pane | null {
  try {
    return decodePane(bytes)
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error
    return null
  }
}
