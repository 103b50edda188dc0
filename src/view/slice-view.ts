import { statSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { sha256 } from '../ledger/digest.ts'
import { sealRow } from './seal.ts'
import type { SealMix, SliceRow } from './seal.ts'
import { SliceDirectory } from './slice-directory.ts'
import type { Entry } from './slice-directory.ts'
import {
  MEMORY,
  createFresh,
  isDamage,
  openViewFile,
  sqliteCode,
  stateError,
  verifiedRow,
  writeHead,
} from './view-file.ts'
import type { OpenedView, ViewHead } from './view-file.ts'

/**
 * The slices of the last horizon, in a file beside the service: a copy of the slices log for questions about the past, and for a
 * quick start. Never the truth: it knows up to which offset it has read, deleting it costs a read of the log, and what
 * is damaged in it is built again, never believed.
 *
 * A full disk stops nothing. What cannot be written is held in memory, in order, and written when there is room again. When
 * too much is held the view falls behind: it takes nothing more until `resume` has said where to read on from, and nothing
 * is lost, because the log still has it. A file that turns out damaged while it is open puts the view behind as well, to
 * the very start.
 */
export class SliceView {
  /** How the file was found at opening; for anything but `kept` the log is read from its start. */
  readonly found: OpenedView['found']
  private readonly file: string
  private readonly options: SliceViewOptions
  private database!: DatabaseSync
  private head!: ViewHead
  private mix!: SealMix
  private kept!: SliceDirectory
  private held: Held[] = []
  private heldBytes = 0
  private behind = false
  private lastTrouble: Error | null = null

  static async open(options: SliceViewOptions): Promise<SliceView> {
    const file = options.directory === null ? MEMORY : path.join(options.directory, 'view.sqlite')
    return new SliceView(file, options, await openViewFile(file, options.source))
  }

  private constructor(file: string, options: SliceViewOptions, opened: OpenedView) {
    this.file = file
    this.options = options
    this.found = opened.found
    this.use(opened)
    if (opened.found === 'damaged' || opened.found === 'foreign') {
      options.onFailure?.(
        'damaged',
        stateError(file, new Error(`was found ${opened.found}; it is built again from the log`)),
      )
    }
  }

  /** Where to read the slices log from, by partition: the offset after the last record that is stored or held. */
  places(): ReadonlyMap<number, number> {
    const places = new Map(this.head.places)
    for (const { partition, next } of this.held) places.set(partition, next)
    return places
  }

  /**
   * Takes slices that stand in one partition of the log before `next`, with that offset, in one transaction. The first slice for
   * (stream, start) wins. `refused`: the view is behind; nothing was taken, nor will be until `resume` answers.
   */
  apply(partition: number, next: number, slices: readonly NewSlice[]): 'stored' | 'held' | 'refused' {
    const bytes = slices.reduce((sum, slice) => sum + slice.bytes.length, 0)
    if (this.heldBytes + bytes > (this.options.heldBytesMax ?? HELD_BYTES_MAX) && !this.flush()) this.behind = true
    if (this.behind) return 'refused'
    const entries = slices.flatMap((slice) => this.kept.add({ ...slice, digest: sha256(slice.bytes) }) ?? [])
    this.held.push({ partition, next, entries, bytes })
    this.heldBytes += bytes
    if (this.flush()) return 'stored'
    return this.behind ? 'refused' : 'held'
  }

  /** True after a refusal, or after damage: slices are missing until they are read again. */
  get isBehind(): boolean {
    return this.behind
  }

  /** Why what is held could not be written the last time; null: nothing is wrong. */
  get trouble(): Error | null {
    return this.lastTrouble
  }

  /** Writes what is held; false while the disk will not take all of it. The next slice would try as well, but may be long in coming. */
  writeHeld(): boolean {
    return this.flush()
  }

  /** Where to read on from, when the view is behind; null while the disk still takes nothing. */
  resume(): ReadonlyMap<number, number> | null {
    if (!this.flush()) return null
    this.behind = false
    return this.places()
  }

  /**
   * Slices that lie wholly in [fromMs, toMs), ascending; those that are forgotten while the caller pauses are left out. Throws
   * a MonitorError when one cannot be read.
   */
  *range(stream: string, fromMs: number, toMs: number): Generator<SliceRow> {
    for (const entry of this.kept.within(stream, fromMs, toMs)) if (!entry.isGone) yield this.read(entry)
  }

  /** What lies wholly in [fromMs, toMs); null = no slice. */
  extent(stream: string, fromMs: number, toMs: number): { fromMs: number; toMs: number; slices: number } | null {
    const entries = this.kept.within(stream, fromMs, toMs)
    if (entries.length === 0) return null
    return { fromMs: entries[0]!.startMs, toMs: entries.at(-1)!.endMs, slices: entries.length }
  }

  /** What is kept of a stream; null = nothing. */
  bounds(stream: string): { fromMs: number; toMs: number; count: number } | null {
    return this.kept.bounds(stream)
  }

  streams(): string[] {
    return this.kept.streams()
  }

  /** On disk, journal included; 0 in memory. */
  get sizeBytes(): number {
    if (this.file === MEMORY) return 0
    const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
    return sizeOf(this.file) + sizeOf(`${this.file}-wal`)
  }

  close(): void {
    this.flush()
    this.database.close()
  }

  private use(opened: OpenedView): void {
    this.database = opened.database
    this.head = opened.head
    this.mix = opened.mix
    this.kept = new SliceDirectory(this.options.horizonMs, opened.rows)
  }

  private read(entry: Entry): SliceRow {
    if (entry.held !== null) return entry.held
    try {
      const row = this.database.prepare('SELECT * FROM slices WHERE id = ?').get(entry.id)
      return verifiedRow(row ?? {})
    } catch (error) {
      this.fail(error)
      throw stateError(this.file, error)
    }
  }

  /** Writes what is held, oldest first; false when the disk would not take all of it. */
  private flush(): boolean {
    for (;;) {
      const [first] = this.held
      if (first === undefined) return true
      if (!this.write(first)) return false
      this.held.shift()
      this.heldBytes -= first.bytes
    }
  }

  private write({ partition, next, entries }: Held): boolean {
    const expired = this.kept.takeExpired()
    const places = new Map(this.head.places).set(partition, next)
    const mix = this.mix.copy()
    const ids: number[] = []
    try {
      this.database.exec('BEGIN IMMEDIATE')
      const remove = this.database.prepare('DELETE FROM slices WHERE id = ? RETURNING seal')
      for (const { id } of expired) mix.toggle((remove.get(id) as { seal: Uint8Array }).seal)
      const insert = this.database.prepare(
        'INSERT INTO slices (stream, start_ms, end_ms, digest, seal, bytes) VALUES (?, ?, ?, ?, ?, ?)',
      )
      for (const { held } of entries) {
        const { stream, startMs, endMs, digest, bytes } = held!
        const seal = sealRow(held!)
        mix.toggle(seal)
        ids.push(Number(insert.run(stream, startMs, endMs, digest, seal, bytes).lastInsertRowid))
      }
      const head: ViewHead = {
        source: this.head.source,
        places: [...places].sort(([left], [right]) => left - right),
        count: this.head.count - expired.length + entries.length,
        mix: mix.toString(),
      }
      writeHead(this.database, head)
      this.database.exec('COMMIT')
      this.head = head
      this.mix = mix
      entries.forEach((entry, at) => this.kept.stored(entry, ids[at]!))
      if (this.lastTrouble !== null) this.options.onWritten?.()
      this.lastTrouble = null
      return true
    } catch (error) {
      this.kept.putBack(expired)
      this.fail(error)
      return false
    }
  }

  private fail(error: unknown): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK')
    if (isDamage(error)) this.startAgain()
    this.lastTrouble = stateError(this.file, error)
    this.options.onFailure?.(isDamage(error) ? 'damaged' : isFull(error) ? 'full' : 'io', this.lastTrouble)
  }

  /** What is held goes too: it stands in the log after the places that are forgotten here. */
  private startAgain(): void {
    this.database.close()
    this.held = []
    this.heldBytes = 0
    this.behind = true
    this.kept.forgetAll()
    this.use(createFresh(this.file, this.options.source))
  }
}

export interface SliceViewOptions {
  /** Null: in memory. */
  directory: string | null
  /** Names the log that this is a view of (cluster and topic): a file of another log is not used. */
  source: string
  /** Slices that end this long before the latest of their stream are forgotten. */
  horizonMs: number
  heldBytesMax?: number
  /** Each time: the caller counts all of them and logs the first. */
  onFailure?: (reason: 'damaged' | 'full' | 'io', error: Error) => void
  /** The first time that it could be written after a failure. */
  onWritten?: () => void
}

export interface NewSlice {
  stream: string
  startMs: number
  endMs: number
  /** The canonical Avro bytes as they stand in the log. */
  bytes: Uint8Array
}

interface Held {
  partition: number
  next: number
  entries: readonly Entry[]
  bytes: number
}

/** Some hours of slices of a dozen streams. */
const HELD_BYTES_MAX = 64 * 1024 * 1024

/** SQLITE_FULL; a write error with ENOSPC behind it comes as SQLITE_IOERR. */
function isFull(error: unknown): boolean {
  return sqliteCode(error) === 13 || (error instanceof Error && /disk is full|no space/i.test(error.message))
}
