import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { ByteSource } from './byte-source.ts'

/** A file, or a pipe by its name, from its start. */
export interface FileBytes extends ByteSource {
  /** Of the file as it lies on the disk: packed where it is packed. */
  readonly bytesRead: number
  /** null for a pipe. */
  readonly bytesTotal: number | null
}

/** Large enough that the way to the kernel costs nothing, small enough to stay in the processor's cache. */
const PIECE_BYTES = 256 * 1024
/** One is read while one is looked at; the rest of a block may lie in a third. */
const SPARE_MAX = 4

export async function openFileBytes(path: string): Promise<FileBytes> {
  const handle = await open(path, 'r')
  const facts = await handle.stat()
  // Reading it would fail just as well, but only after the caller believed it to be open.
  if (facts.isDirectory()) {
    await handle.close()
    throw new Error('it is a directory')
  }
  return fileBytes(handle, facts.isFile() ? facts.size : null)
}

function fileBytes(handle: FileHandle, bytesTotal: number | null): FileBytes {
  let bytesRead = 0
  let running: Promise<unknown> = Promise.resolve()
  let isClosed = false
  const spare: Buffer[] = []
  const read = async (): Promise<Buffer | null> => {
    if (isClosed) return null
    const piece = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
    const { bytesRead: count } = await handle.read(piece, 0, PIECE_BYTES, null)
    bytesRead += count
    return count === 0 ? null : piece.subarray(0, count)
  }
  return {
    get bytesRead() {
      return bytesRead
    },
    bytesTotal,
    next: () => {
      const reading = read()
      running = reading.catch(() => undefined)
      return reading
    },
    recycle: ({ buffer }) => {
      // What was put together of several pieces is no piece.
      if (buffer.byteLength === PIECE_BYTES && spare.length < SPARE_MAX) spare.push(Buffer.from(buffer))
    },
    // A read that was begun ahead must end before its file does.
    close: async () => {
      if (isClosed) return
      isClosed = true
      await running
      await handle.close()
    },
  }
}
