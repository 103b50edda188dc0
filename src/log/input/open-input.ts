import { lookInto, readAhead } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { CONTAINER_MAGIC, readBlocks, readContainerHeader } from './container.ts'
import type { Block, ContainerHeader } from './container.ts'
import { unreadable } from './fault.ts'
import { openFileBytes } from './file-bytes.ts'
import type { FileBytes } from './file-bytes.ts'
import { gunzipBytes } from './gunzip-bytes.ts'
import { cutLines } from './lines.ts'
import type { Lines } from './lines.ts'
import { PieceReader } from './piece-reader.ts'

export type { Block, Lines }

/** A file of events in their order of arrival. */
export type InputFile = LineFile | ContainerFile

export interface InputOptions {
  /** `limits.recordBytes`: a longer line is cut off one byte behind it. */
  recordBytesMax: number
}

/**
 * Opens a file of events and finds out what it is by its first bytes, whatever its name:
 *
 *   file → (1f 8b: gunzip) → "Obj" 1: blocks of an Avro container, else lines of JSON
 *
 * Throws EVENKEEL_INPUT_UNREADABLE when not even its beginning can be read.
 */
export async function openInput(path: string, options: InputOptions): Promise<InputFile> {
  let file: FileBytes
  try {
    file = await openFileBytes(path)
  } catch (error) {
    throw unreadable(path, '', error)
  }
  try {
    const raw = await lookInto(file, GZIP_MAGIC.length)
    const isPacked = raw.head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)
    const { head, bytes } = isPacked ? await lookInto(gunzipBytes(raw.bytes), CONTAINER_MAGIC.length) : raw
    const source = { file, isPacked, bytes: readAhead(bytes) }
    if (!head.subarray(0, CONTAINER_MAGIC.length).equals(CONTAINER_MAGIC)) return new LineFile(path, source, options)
    const reader = new PieceReader(source.bytes)
    return new ContainerFile(path, source, reader, await readContainerHeader(reader))
  } catch (error) {
    await file.close()
    throw unreadable(path, 'header', error)
  }
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

interface Source {
  file: FileBytes
  isPacked: boolean
  bytes: ByteSource
}

class OpenFile {
  readonly path: string
  readonly isPacked: boolean
  readonly #source: Source

  constructor(path: string, source: Source) {
    this.path = path
    this.isPacked = source.isPacked
    this.#source = source
  }

  /** For a progress bar: bytes of the file as it lies on the disk. */
  get bytesRead(): number {
    return this.#source.file.bytesRead
  }

  /** null where nobody knows: a pipe. */
  get bytesTotal(): number | null {
    return this.#source.file.bytesTotal
  }

  /** Also called by `chunks` when it ends, in whatever way. */
  async close(): Promise<void> {
    await this.#source.bytes.close()
  }
}

export class LineFile extends OpenFile {
  readonly format = 'ndjson'
  readonly #bytes: ByteSource
  readonly #recordBytesMax: number

  constructor(path: string, source: Source, { recordBytesMax }: InputOptions) {
    super(path, source)
    this.#bytes = source.bytes
    this.#recordBytesMax = recordBytesMax
  }

  /** Can be walked once. Throws EVENKEEL_INPUT_UNREADABLE behind the last whole line before the damage. */
  async *chunks(): AsyncGenerator<Lines> {
    let lastLine = 0
    try {
      for await (const lines of cutLines(this.#bytes, this.#recordBytesMax)) {
        yield lines
        lastLine = lines.lastLine
      }
    } catch (error) {
      throw unreadable(this.path, `behind line ${lastLine}`, error)
    } finally {
      await this.close()
    }
  }
}

export class ContainerFile extends OpenFile {
  readonly format = 'avro'
  /** The writer's schema, JSON text. */
  readonly schema: string
  readonly codec: ContainerHeader['codec']
  readonly #reader: PieceReader
  readonly #header: ContainerHeader

  constructor(path: string, source: Source, reader: PieceReader, header: ContainerHeader) {
    super(path, source)
    this.schema = header.schema
    this.codec = header.codec
    this.#reader = reader
    this.#header = header
  }

  /** Can be walked once. Throws EVENKEEL_INPUT_UNREADABLE behind the last whole block before the damage. */
  async *chunks(): AsyncGenerator<Block> {
    let lastBlock = 0
    try {
      for await (const block of readBlocks(this.#reader, this.#header)) {
        yield block
        lastBlock = block.block
      }
    } catch (error) {
      throw unreadable(this.path, `block ${lastBlock + 1}`, error)
    } finally {
      await this.close()
    }
  }
}
