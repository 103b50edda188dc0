import { MonitorError } from '../errors.ts'
import type { Log, LogRecord, Tail } from '../log/log.ts'
import { ChunkAssembler } from '../pane/chunk-assembler.ts'
import { openSlice } from '../slice/codec.ts'
import type { Slice } from '../slice/slice.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { NewSlice, SliceView } from '../view/slice-view.ts'
import type { Cancel, Clock } from './clock.ts'

/**
 * Fills the view from the slices log, on from where the view says it stands. When the view cannot take more (a full disk, a
 * damaged file) reading stops, and goes on from where the view then is as soon as it can: the log still has everything.
 * The judge reads the log for itself and never waits for this.
 */
export class ViewFeeder {
  private readonly options: ViewFeederOptions
  private chunks = new ChunkAssembler()
  private tail: Tail | null = null
  private forgetResuming: Cancel | null = null
  private forgetWriting: Cancel | null = null
  private isStopped = false

  constructor(options: ViewFeederOptions) {
    this.options = options
  }

  async start(places = this.options.view.places()): Promise<void> {
    const { log, slicesTopic } = this.options
    const from = new Map<number, number>()
    for (const { partition, low, high } of (await log.bounds(slicesTopic)) ?? []) {
      const place = places.get(partition) ?? low
      // A place beyond the end: the topic was created again, and what it holds now is all there is.
      from.set(partition, place > high ? low : Math.max(low, place))
    }
    this.chunks = new ChunkAssembler()
    this.tail = await log.tail(slicesTopic, from, (records) => this.take(records))
    if (this.isStopped) await this.tail.stop()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.forgetResuming?.()
    this.forgetWriting?.()
    await this.tail?.stop()
  }

  private async take(records: readonly LogRecord[]): Promise<void> {
    const { view } = this.options
    // Also when a question found the damage: then nothing was refused to us yet.
    if (view.isBehind) return this.resumeLater()
    const found = new Map<number, { next: number; slices: NewSlice[] }>()
    const opened = new Map<number, Slice[]>()
    for (const record of records) {
      const entry = found.get(record.partition) ?? { next: 0, slices: [] }
      found.set(record.partition, entry)
      entry.next = record.offset + 1
      const chunk = this.chunks.add(record)
      if (chunk.kind !== 'complete') continue
      const slice = sliceIn(chunk.bytes)
      if (slice === null) {
        this.chunks.forget(chunk.identity)
        continue
      }
      const { stream, startMs, lengthMs } = slice
      opened.set(record.partition, [...(opened.get(record.partition) ?? []), slice])
      entry.slices.push({ stream, startMs, endMs: startMs + lengthMs, bytes: chunk.bytes })
    }
    // Chunks of one slice that is not whole yet are read again after a restart.
    const open = this.chunks.neededOffset()
    for (const [partition, { next, slices }] of found) {
      const taken = view.apply(partition, open === null ? next : Math.min(next, open), slices)
      if (taken === 'refused') this.resumeLater()
      else opened.get(partition)?.forEach((slice) => this.options.onTaken?.(slice))
      if (taken === 'held') this.writeLater()
    }
  }

  /** Until there is room again, whether more slices come or not. */
  private writeLater(): void {
    this.forgetWriting ??= this.options.clock.after(RESUME_EVERY_MS, () => {
      this.forgetWriting = null
      if (!this.isStopped && !this.options.view.writeHeld()) this.writeLater()
    })
  }

  private resumeLater(): void {
    this.forgetResuming ??= this.options.clock.after(RESUME_EVERY_MS, () => void this.resume())
  }

  private async resume(): Promise<void> {
    this.forgetResuming = null
    if (this.isStopped) return
    try {
      // First: what it still brings would move the view's place past that which it has missed.
      await this.tail?.stop()
      if (this.isStopped) return
      const places = this.options.view.resume()
      if (places === null) return this.resumeLater()
      await this.start(places)
    } catch (error) {
      this.options.logger.error(error)
      this.resumeLater()
    }
  }
}

export interface ViewFeederOptions {
  log: Log
  slicesTopic: string
  view: SliceView
  /** Slices that the view has by now, in the order of the log: each for the first time, or once more. */
  onTaken?: (slice: Slice) => void
  logger: Logger
  clock: Clock
}

const RESUME_EVERY_MS = 5_000

/** Null for what is no slice, though its digest is right: whoever judges counts it. */
function sliceIn(bytes: Buffer): Slice | null {
  try {
    return openSlice(bytes).slice
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error
    return null
  }
}
