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
  /** Event time that was closed in the end, as far as anybody said, and the position of who said so first. */
  closedThroughMs = -Infinity
  closedAt = Infinity
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

/** Whose panes they are, and where what is read of them goes. */
export interface EraOfPanes {
  /** Of the shape of its panes. */
  digest: string
  panes: RecordedPanes
}

export interface RecordedPanesOptions {
  /** The era of a stream that a pane's start falls into; undefined: the stream is none of ours. */
  eraAt: (stream: string, startMs: number) => EraOfPanes | undefined
  /** The era that an observer was in who counted by this digest and had closed so much. */
  eraOf: (stream: string, digest: string, closedThroughMs: number | null) => EraOfPanes | undefined
  /** The first offset that the events topic still has. */
  lowOf: (stream: string, partition: number) => number
  comparison: Comparison
  isSkipped: (stream: string) => boolean
}

export async function readPanes(log: Log, extent: TopicExtent, options: RecordedPanesOptions): Promise<void> {
  const { eraAt, eraOf, lowOf, comparison, isSkipped } = options
  const foreign = (pane: Pane, digest: string, reason: string): void => {
    const { stream: of, partition, startMs } = pane
    comparison.add({ level: 'panes', of, partition, startMs, onRecord: digest, recomputed: null, outcome: 'out-of-reach', reason }) // prettier-ignore
  }
  await readPaneRecords(log, extent, {
    onPane: (pane, digest) => {
      if (isSkipped(pane.stream)) return
      const era = eraAt(pane.stream, pane.startMs)
      if (era === undefined) return foreign(pane, digest, 'of a stream that is not in this configuration')
      if (era.digest !== pane.paneConfigDigest) return foreign(pane, digest, OTHER_SHAPE)
      const partition = era.panes.of(pane.stream, pane.partition)
      // A good copy stands for a broken one before it.
      partition.broken.delete(pane.startMs)
      partition.panes.set(pane.startMs, { digest, idle: pane.idle, lost: pane.lost })
    },
    onBroken: ({ identity, digest, found }) => {
      if (identity.kind !== 'pane') return
      const { stream, startMs } = identity
      const partition = eraAt(stream, startMs)?.panes.of(stream, identity.partition)
      if (partition?.panes.has(startMs) === false) partition.broken.set(startMs, { digest, found })
    },
    onProgress: ({ stream, partition, position, paneConfigDigest, closedThroughMs, silentSinceMs }) => {
      const own = eraOf(stream, paneConfigDigest, closedThroughMs)?.panes.of(stream, partition)
      if (own === undefined) return
      own.positionMax = Math.max(own.positionMax, position)
      if (silentSinceMs !== null) own.silentAt.add(position)
      if (closedThroughMs === null) return
      if (closedThroughMs > own.closedThroughMs) own.closedAt = Infinity
      if (closedThroughMs >= own.closedThroughMs) own.closedAt = Math.min(own.closedAt, position)
      own.closedThroughMs = Math.max(own.closedThroughMs, closedThroughMs)
      if (position <= lowOf(stream, partition)) own.closedBeforeMs = Math.max(own.closedBeforeMs, closedThroughMs)
    },
  })
}

/** What stands on record where the ledger has another shape of panes. */
export const OTHER_SHAPE = 'counted by another configuration of panes than the ledger has for that time'

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
