import { MonitorError } from '../errors.ts'
import type { WatchStarted } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import { ChunkAssembler } from '../pane/chunk-assembler.ts'
import { openSlice } from '../slice/codec.ts'
import type { PartitionEntry, SealedSlice } from '../slice/slice.ts'
import type { Comparison } from './comparison.ts'
import { OTHER_SHAPE } from './recorded-panes.ts'
import { readTopic } from './topic.ts'
import type { TopicExtent } from './topic.ts'

/** What one slice on record is made of, without what it counted. */
export interface RecordedSlice {
  number: number
  startMs: number
  /** sha256 of its bytes; of a broken one, the digest that it names. */
  digest: string
  /** The bytes do not have that digest: nothing else is known of it. `found`: which they have, where all can be read. */
  broken: { found: string | null } | null
  streams: readonly { name: string; partitions: readonly PartitionEntry[] }[]
}

/** The slices of one era of a group, by number. Those whose panes are gone already are counted, and not kept. */
export interface RecordedSlices {
  firstNumber: number
  lastNumber: number
  byNumber: ReadonlyMap<number, RecordedSlice>
  /** Between the first and the last. */
  missing: ReadonlySet<number>
}

export interface EraOfSlices {
  /** Of the group. */
  name: string
  /** null: the ledger knows of no watch, so there should be no slice. */
  watch: WatchStarted | null
  paneConfigDigest: string
  /** The first pane that is left. */
  firstPaneMs: number
}

/** By era. */
export async function readSlices<T>(
  log: Log,
  extent: TopicExtent,
  options: {
    eras: ReadonlyMap<T, EraOfSlices>
    /** The era of a group that a slice's start falls into; undefined: the group is none of ours. */
    eraAt: (group: string, startMs: number) => T | undefined
    comparison: Comparison
    isSkipped: (stream: string) => boolean
  },
): Promise<Map<T, RecordedSlices>> {
  const { eras, eraAt, comparison, isSkipped } = options
  const books = new Map([...eras].map(([era, each]) => [era, new SliceBook(each, comparison)]))
  const bookAt = (group: string, startMs: number): SliceBook | undefined => {
    const era = eraAt(group, startMs)
    return era === undefined ? undefined : books.get(era)
  }
  await readSliceRecords(log, extent, {
    onSlice: (sealed) => {
      const { stream: of, startMs } = sealed.slice
      const book = bookAt(of, startMs)
      if (book !== undefined) return book.add(sealed)
      if (isSkipped(of)) return
      comparison.add({ level: 'slices', of, startMs, onRecord: sealed.digest, recomputed: null, outcome: 'out-of-reach', reason: 'of a stream that is not in this configuration' }) // prettier-ignore
    },
    onBroken: (stream, startMs, digest, found) => bookAt(stream, startMs)?.addBroken(startMs, digest, found),
  })
  return new Map([...books].map(([era, book]) => [era, book.finish()]))
}

export interface SliceRecords {
  onSlice: (sealed: SealedSlice) => void
  onBroken: (stream: string, startMs: number, digest: string, found: string | null) => void
}

/** The slices topic, as the follower reads it. */
export async function readSliceRecords(
  log: Log,
  extent: TopicExtent,
  { onSlice, onBroken }: SliceRecords,
): Promise<void> {
  // prettier-ignore
  const chunks = new ChunkAssembler()
  await readTopic(log, extent, (record) => {
    const chunk = chunks.add(record)
    if (chunk.kind === 'corrupt' && chunk.label !== null) {
      const { identity, digest } = chunk.label
      onBroken(identity.stream, identity.startMs, digest, chunk.found)
    }
    if (chunk.kind !== 'complete') return
    const sealed = open(chunk.bytes)
    if (sealed !== null) return onSlice(sealed)
    chunks.forget(chunk.identity)
    onBroken(chunk.identity.stream, chunk.identity.startMs, chunk.digest, chunk.digest)
  })
}

function open(bytes: Uint8Array): SealedSlice | null {
  try {
    return openSlice(bytes)
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error
    return null // Bytes with the right digest may still be no slice of ours.
  }
}

class SliceBook {
  private readonly era: EraOfSlices
  private readonly comparison: Comparison
  private readonly byNumber = new Map<number, RecordedSlice>()
  private readonly seen = new Set<number>()
  private firstNumber = Infinity
  private lastNumber = 0

  constructor(era: EraOfSlices, comparison: Comparison) {
    this.era = era
    this.comparison = comparison
  }

  /** The first for its number counts. */
  add({ slice, digest }: SealedSlice): void {
    const { watch, paneConfigDigest, firstPaneMs } = this.era
    const { number, startMs, lengthMs } = slice
    if (slice.paneConfigDigest !== paneConfigDigest) return this.tell(startMs, digest, 'out-of-reach', OTHER_SHAPE)
    if (watch === null || startMs !== watch.fromMs + (number - 1) * watch.lengthMs || lengthMs !== watch.lengthMs)
      return this.tell(startMs, digest, 'differs', 'it does not stand at its place in the watch of the ledger')
    if (this.seen.has(number) && this.byNumber.get(number)?.broken == null) return
    this.note(number)
    const streams = slice.streams.map(({ name, partitions }) => ({ name, partitions }))
    if (startMs < firstPaneMs) this.byNumber.delete(number)
    else this.byNumber.set(number, { number, startMs, digest, broken: null, streams })
  }

  addBroken(startMs: number, digest: string, found: string | null): void {
    const { watch } = this.era
    const number = watch === null ? NaN : (startMs - watch.fromMs) / watch.lengthMs + 1
    if (!Number.isSafeInteger(number) || number < 1 || this.seen.has(number)) return
    this.note(number)
    this.byNumber.set(number, { number, startMs, digest, broken: { found }, streams: [] })
  }

  finish(): RecordedSlices {
    const { firstNumber, lastNumber, byNumber, era } = this
    const missing = new Set<number>()
    for (let number = firstNumber; number < lastNumber; number++) {
      if (this.seen.has(number)) continue
      missing.add(number)
      const { fromMs, lengthMs } = era.watch!
      this.tell(fromMs + (number - 1) * lengthMs, null, 'differs', 'the slice is not on the topic')
    }
    return { firstNumber, lastNumber, byNumber, missing }
  }

  private note(number: number): void {
    this.seen.add(number)
    this.firstNumber = Math.min(this.firstNumber, number)
    this.lastNumber = Math.max(this.lastNumber, number)
  }

  private tell(startMs: number, onRecord: string | null, outcome: 'differs' | 'out-of-reach', reason: string): void {
    this.comparison.add({ level: 'slices', of: this.era.name, startMs, onRecord, recomputed: null, outcome, reason })
  }
}
