import { open, type FileHandle } from 'node:fs/promises'
import { MonitorError } from '../errors.ts'
import { Exclusive } from './exclusive.ts'
import { decodeRecord, encodeRecord, frameSizeAt, isIntactRecord, timestampOf } from './file-record.ts'
import type { PartitionStore, ReadLimit, RecordToStore } from './local-store.ts'
import type { LogRecord } from './log.ts'

const MAGIC = Buffer.from('EVKLOG1\n')
const READ_SIZE = 1 << 20
/** A mark for every so many bytes: what a read has to skip at most before it is at its offset. */
const MARK_EVERY_BYTES = 64 << 10

/** Where a record begins in the file, and the latest time of all records before it. */
interface Mark {
  offset: number
  position: number
  latestBeforeMs: number
}

/**
 * One partition in one file, only ever appended to.
 *
 * An append is acknowledged after `fdatasync`, and `high` moves only then: nobody reads what a power cut could take
 * back. A crash in the middle of an append leaves a torn end, which nobody was told about: it is cut off on opening,
 * and counted. Bytes that are wrong anywhere else are a broken disk, and the file is not opened.
 */
export class FilePartition implements PartitionStore {
  readonly low = 0
  high = 0
  /** What was cut off on opening. */
  tornBytes = 0
  readonly #topic: string
  readonly #partition: number
  readonly #path: string
  readonly #file: FileHandle
  readonly #appends = new Exclusive()
  readonly #marks: Mark[] = []
  #size = MAGIC.length
  #latestMs = -Infinity
  #broken: MonitorError | null = null

  private constructor(topic: string, partition: number, path: string, file: FileHandle) {
    this.#topic = topic
    this.#partition = partition
    this.#path = path
    this.#file = file
  }

  static async open(topic: string, partition: number, path: string): Promise<FilePartition> {
    const file = await open(path, 'a+')
    const opened = new FilePartition(topic, partition, path, file)
    try {
      await opened.#recover()
    } catch (error) {
      await file.close()
      throw error
    }
    return opened
  }

  append(records: readonly RecordToStore[]): Promise<void> {
    return this.#appends.run(async () => {
      if (this.#broken !== null) throw this.#broken
      const frames = records.map((record, index) => encodeRecord(this.high + index, record))
      const bytes = Buffer.concat(frames)
      try {
        await this.#file.appendFile(bytes)
      } catch (error) {
        await this.#takeBack(error)
      }
      try {
        await this.#file.datasync()
      } catch (error) {
        // After a failed sync the kernel may have dropped the pages and call the next sync a success.
        throw this.#breakWith('cannot be synced', error)
      }
      for (const [index, frame] of frames.entries()) this.#note(this.#size, frame.length, records[index]!.timestampMs)
    })
  }

  async read(from: number, limit: ReadLimit): Promise<{ records: LogRecord[]; end: number }> {
    const records: LogRecord[] = []
    let size = 0
    await this.#walk(
      this.#markBefore(({ offset }) => offset <= from),
      this.#size,
      (bytes, at, end, offset) => {
        if (offset < from) return true
        size += end - at
        if (records.length > 0 && size > limit.bytes) return false
        records.push(decodeRecord(this.#topic, this.#partition, bytes, at))
        return records.length < limit.records
      },
    )
    return { records, end: records.length === 0 ? this.high : records.at(-1)!.offset + 1 }
  }

  async offsetAt(timestampMs: number): Promise<number> {
    let found = this.high
    await this.#walk(
      this.#markBefore(({ latestBeforeMs }) => latestBeforeMs < timestampMs),
      this.#size,
      (bytes, at, _, offset) => {
        if (timestampOf(bytes, at) < timestampMs) return true
        found = offset
        return false
      },
    )
    return found
  }

  async close(): Promise<void> {
    await this.#appends.run(() => this.#file.close())
  }

  /** Checks every record once, and cuts off what an interrupted append left behind. */
  async #recover(): Promise<void> {
    const { size } = await this.#file.stat()
    if (size < MAGIC.length) return this.#cut(size, 0)
    const magic = Buffer.alloc(MAGIC.length)
    await this.#file.read(magic, 0, MAGIC.length, 0)
    if (!magic.equals(MAGIC)) throw this.#breakWith('is not a log file')
    let intactTo = MAGIC.length
    await this.#walk(
      { offset: 0, position: MAGIC.length, latestBeforeMs: -Infinity },
      size,
      (bytes, at, end, offset) => {
        if (!isIntactRecord(bytes, at, end, offset)) return false
        this.#note(intactTo, end - at, timestampOf(bytes, at))
        intactTo += end - at
        return true
      },
    )
    if (intactTo === size) return
    if (!(await this.#isTornAt(intactTo, size))) throw this.#breakWith(`is corrupt at byte ${intactTo} of ${size}`)
    await this.#cut(size, intactTo)
  }

  /** Torn: the bad record reaches the end of the file or beyond it, or only zeros follow (space that was never written). */
  async #isTornAt(position: number, size: number): Promise<boolean> {
    const rest = Buffer.alloc(Math.min(size - position, READ_SIZE))
    await this.#file.read(rest, 0, rest.length, position)
    const frameSize = frameSizeAt(rest, 0)
    return frameSize === null || position + frameSize >= size || rest.every((byte) => byte === 0)
  }

  async #cut(size: number, intactTo: number): Promise<void> {
    this.tornBytes = size - intactTo
    await this.#file.truncate(intactTo)
    if (intactTo === 0) await this.#file.appendFile(MAGIC)
    await this.#file.datasync()
  }

  /** A write that failed half way (a full disk) must not stay in front of the next one. */
  async #takeBack(cause: unknown): Promise<never> {
    try {
      await this.#file.truncate(this.#size)
    } catch (error) {
      throw this.#breakWith('cannot be written, nor cut back', error)
    }
    const message = `${this.#path} cannot be written: ${(cause as Error).message}`
    throw new MonitorError('EVENKEEL_STATE_IO', message, { retriable: true, cause })
  }

  #breakWith(what: string, cause?: unknown): MonitorError {
    this.#broken = new MonitorError('EVENKEEL_STATE_IO', `${this.#path} ${what}`, { cause })
    return this.#broken
  }

  #note(position: number, size: number, timestampMs: number): void {
    const last = this.#marks.at(-1)
    if (last === undefined || position - last.position >= MARK_EVERY_BYTES) {
      this.#marks.push({ offset: this.high, position, latestBeforeMs: this.#latestMs })
    }
    this.#latestMs = Math.max(this.#latestMs, timestampMs)
    this.#size = position + size
    this.high++
  }

  /** The last mark for which it holds; it holds for a run of marks from the first on. */
  #markBefore(holds: (mark: Mark) => boolean): Mark {
    let low = 0
    let high = this.#marks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.#marks[middle]!)) low = middle + 1
      else high = middle
    }
    return this.#marks[Math.max(0, low - 1)] ?? { offset: 0, position: MAGIC.length, latestBeforeMs: -Infinity }
  }

  /** Calls back with each whole frame of [mark, size), until it answers false. */
  async #walk(
    from: Mark,
    size: number,
    visit: (bytes: Buffer, at: number, end: number, offset: number) => boolean,
  ): Promise<void> {
    let { offset, position } = from
    for (let wanted = READ_SIZE; position < size;) {
      const bytes = Buffer.allocUnsafe(Math.min(wanted, size - position))
      const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, position)
      let at = 0
      let frameSize = frameSizeAt(bytes, 0)
      for (; frameSize !== null && at + frameSize <= bytesRead; frameSize = frameSizeAt(bytes, at)) {
        if (!visit(bytes, at, at + frameSize, offset++)) return
        at += frameSize
      }
      if (at === 0 && (frameSize === null || bytes.length === size - position)) return // the frame is not all there
      wanted = Math.max(READ_SIZE, frameSize ?? 0)
      position += at
    }
  }
}
