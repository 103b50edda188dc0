import { sha256 } from '../ledger/digest.ts'
import type { Log } from '../log/log.ts'
import type { Pane } from '../pane/pane.ts'
import { CellBook } from '../slice/cell-book.ts'
import { encodeSlice } from '../slice/codec.ts'
import { mergePanes } from '../slice/merge-panes.ts'
import type { PartitionEntry, SealedSlice, Slice } from '../slice/slice.ts'
import type { Comparison, Outcome } from './comparison.ts'
import type { VerifiedEra } from './eras.ts'
import { readPaneRecords } from './recorded-panes.ts'
import type { RecordedSlice, RecordedSlices } from './recorded-slices.ts'
import type { TopicExtent } from './topic.ts'

/**
 * Slices made again from the panes on record, on the cells that the ledger names, and compared.
 *
 * What a clock decided is taken from the slice: which partition was waited for in vain, and which counted as closed because it
 * was silent. Everything else follows from the panes topic: which pane each partition had, and all sums. A pane that stands
 * there although the slice says `empty` shows as another digest.
 */
export interface SlicesOptions<T extends EraOfRebuilding> {
  eras: readonly T[]
  slicesOf: (era: T) => RecordedSlices
  comparison: Comparison
  /** Whether the pane was found to differ from its events: then what is made of it is told there, and once. */
  isTold: (stream: string, partition: number, startMs: number) => boolean
}

type EraOfRebuilding = Pick<VerifiedEra, 'name' | 'state' | 'digest' | 'watch' | 'own' | 'plans' | 'panes'>

/** Answers, by era and number, the slices that are not on record as they must have been: the judge's input in their place. */
export async function rebuildSlices<T extends EraOfRebuilding>(
  log: Log,
  panesTopic: TopicExtent,
  options: SlicesOptions<T>,
): Promise<Map<T, Map<number, SealedSlice>>> {
  const rebuilding = new Map(options.eras.map((era) => [era, new SliceRebuilding(era, options.slicesOf(era), options)])) // prettier-ignore
  for (const each of rebuilding.values()) each.begin()
  await readPaneRecords(log, panesTopic, {
    onPane: (pane, digest) => {
      for (const each of rebuilding.values()) each.add(pane, digest)
    },
  })
  for (const each of rebuilding.values()) each.finish()
  return new Map([...rebuilding].map(([era, { proven }]) => [era, proven]))
}

class SliceRebuilding {
  readonly proven = new Map<number, SealedSlice>()
  private readonly era: EraOfRebuilding
  private readonly slices: RecordedSlices
  private readonly options: Pick<SlicesOptions<never>, 'comparison' | 'isTold'>
  private readonly streams: readonly string[]
  private readonly cells: CellBook
  private readonly waiting = new Map<number, Waiting>()

  constructor(era: EraOfRebuilding, slices: RecordedSlices, options: SliceRebuilding['options']) {
    this.era = era
    this.slices = slices
    this.options = options
    const { name, plans, own } = era
    this.streams = plans.map(({ stream }) => stream)
    this.cells = new CellBook(name, this.lengthMs, plans)
    for (const body of own) if (body.type === 'cells-frozen' && body.stream === name) this.cells.addFrozen(body)
  }

  /** What each slice is waiting for; what cannot come is told at once. */
  begin(): void {
    const { byNumber, firstNumber, lastNumber, missing: gaps } = this.slices
    for (let number = firstNumber; number <= lastNumber; number++) {
      if (gaps.has(number)) continue // told already
      const recorded = byNumber.get(number)
      if (recorded === undefined) {
        const startMs = this.era.watch!.fromMs + (number - 1) * this.lengthMs
        this.tell({ startMs, digest: null }, null, 'out-of-reach', GONE)
        continue
      }
      const problem = this.problemOf(recorded)
      if (problem !== null) {
        this.tell(recorded, null, ...problem)
        continue
      }
      const streams = recorded.broken === null ? this.entriesOf(recorded) : this.guessedEntries(recorded)
      const missing = streams.reduce((sum, { partitions }) => sum + partitions.filter(isPane).length, 0)
      const waiting: Waiting = { recorded, streams, missing, panes: new Map() }
      if (missing === 0) this.build(waiting)
      else this.waiting.set(recorded.startMs, waiting)
    }
  }

  private get lengthMs(): number {
    return this.era.state.config.panes.lengthMs
  }

  add(pane: Pane, digest: string): void {
    const waiting = this.waiting.get(pane.startMs)
    const entry = waiting?.streams.find(({ name }) => name === pane.stream)?.partitions[pane.partition]
    if (waiting === undefined || entry?.pane !== digest) return
    waiting.panes.set(placeOf(pane), pane)
    if (waiting.panes.size < waiting.missing) return
    this.waiting.delete(pane.startMs)
    this.build(waiting)
  }

  /** Retention may have taken a pane away while we read. */
  finish(): void {
    for (const { recorded } of this.waiting.values()) this.tell(recorded, null, 'out-of-reach', GONE)
  }

  /** Why it cannot be made again. */
  private problemOf({ startMs, streams }: RecordedSlice): [Outcome, string] | null {
    for (const { name, partitions } of streams) {
      for (const { partition, pane: digest } of partitions) {
        const own = this.era.panes.of(name, partition)
        const found = own.panes.get(startMs)
        if (!digest.startsWith('sha256:') || found?.digest === digest) continue
        const isTold = this.options.isTold(name, partition, startMs)
        if (isTold || own.broken.has(startMs)) return ['unreadable', 'a pane that it was made of is not on record as it was'] // prettier-ignore
        if (found !== undefined) return ['differs', `it holds another pane of ${name}[${partition}] than the first on record`] // prettier-ignore
        const first = Math.min(...own.panes.keys(), ...own.broken.keys())
        if (startMs < first) return ['out-of-reach', GONE]
        return ['differs', `the pane of ${name}[${partition}] that it holds is not on record`]
      }
    }
    return null
  }

  /** As the panes topic has them; what a clock decided, as the slice has it. */
  private entriesOf({ startMs, streams }: RecordedSlice): Streams {
    return streams.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((entry) => {
        const pane = this.era.panes.of(name, entry.partition).panes.get(startMs)
        const isOurs = isPane(entry) || (entry.pane === 'empty' && !entry.idle)
        if (pane === undefined || !isOurs) return entry
        return { partition: entry.partition, pane: pane.digest, idle: pane.idle, lost: pane.lost }
      }),
    }))
  }

  /** Of a slice whose bytes are broken: as most are. Only its digest can say whether that was right. */
  private guessedEntries({ startMs, number }: RecordedSlice): Streams {
    const { byNumber } = this.slices
    const neighbour = byNumber.get(number - 1) ?? byNumber.get(number + 1)
    return this.streams.map((name) => {
      const like = neighbour?.streams.find((stream) => stream.name === name)?.partitions.length
      const count = like ?? Math.max(0, ...this.era.panes.partitionsOf(name).keys()) + 1
      const partitions = Array.from({ length: count }, (_, partition): PartitionEntry => {
        const pane = this.era.panes.of(name, partition).panes.get(startMs)
        if (pane === undefined) return { partition, pane: 'empty', idle: false, lost: 0 }
        return { partition, pane: pane.digest, idle: pane.idle, lost: pane.lost }
      })
      return { name, partitions }
    })
  }

  private build({ recorded, streams, panes }: Waiting): void {
    const { plans, digest: paneConfigDigest, name: stream } = this.era
    const { lengthMs } = this
    const { number, startMs, broken } = recorded
    const slice: Slice = {
      ...{ stream, startMs, lengthMs, number, paneConfigDigest },
      streams: plans.map((plan, at) => {
        const { name, partitions } = streams[at]!
        const own = partitions.flatMap(({ partition }) => panes.get(placeOf({ stream: name, partition })) ?? [])
        const tallies = mergePanes(plan, own, (field) => this.cells.inForce(plan.stream, field, number))
        return { name, partitions: [...partitions], tallies }
      }),
    }
    const digest = sha256(encodeSlice(slice))
    if (broken !== null) {
      // Exactly what the record says it was: the judge can go on with it.
      const isProven = digest === recorded.digest
      if (isProven) this.prove({ slice, digest })
      return this.tell({ ...recorded, digest: broken.found }, isProven ? digest : null, 'differs', BROKEN)
    }
    if (digest === recorded.digest) return this.tell(recorded, digest, 'equal', null)
    this.prove({ slice, digest })
    this.tell(recorded, digest, 'differs', 'its panes give another slice')
  }

  /** So many differ only where everything does, and then nobody needs more of them. */
  private prove(sealed: SealedSlice): void {
    if (this.proven.size < PROVEN_MAX) this.proven.set(sealed.slice.number, sealed)
  }

  private tell(
    { startMs, digest }: { startMs: number; digest: string | null },
    recomputed: string | null,
    outcome: Outcome,
    reason: string | null,
  ): void {
    // prettier-ignore
    this.options.comparison.add({ level: 'slices', of: this.era.name, startMs, onRecord: digest, recomputed, outcome, reason }) // prettier-ignore
  }
}

type Streams = readonly { name: string; partitions: readonly PartitionEntry[] }[]

interface Waiting {
  recorded: RecordedSlice
  streams: Streams
  missing: number
  panes: Map<string, Pane>
}

const PROVEN_MAX = 64
const GONE = 'its panes are deleted by now'
const BROKEN = 'the bytes on record do not have the digest that they name'

function isPane({ pane }: PartitionEntry): boolean {
  return pane.startsWith('sha256:')
}

function placeOf({ stream, partition }: { stream: string; partition: number }): string {
  return `${partition} ${stream}`
}
