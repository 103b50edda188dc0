import { createGunzip } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'

/** Packed bytes that go to the inflater at once. Deflate grows at most 1,032 times, so at most 34 MB come back. */
const PACKED_BYTES = 32 * 1024
const UNPACKED_BYTES = 256 * 1024

/**
 * The content of a gzip file, of several members as of one. Whatever came before damage or a sudden end is handed out
 * before the error is.
 *
 * Trap: a stream that is destroyed by an error forgets what it had ready. So its output is taken over at once, piece by
 * piece, and the error kept until all of it has been asked for.
 */
export function gunzipBytes(packed: ByteSource): ByteSource {
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES })
  const ready: Buffer[] = []
  let failure: Error | null = null
  let isOver = false
  let rest: Buffer | null = null
  gunzip.on('data', (piece: Buffer) => ready.push(piece))
  gunzip.on('error', (error) => (failure = error))
  // Zeros behind the last member, as tapes leave them, end the stream before the file does.
  gunzip.on('end', () => (isOver = true))

  /** Until the inflater is done with what it was given, or done for. */
  const settled = (give: (done: () => void) => unknown): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        gunzip.off('close', done)
        resolve()
      }
      gunzip.once('close', done)
      give(done)
    })

  const feed = async (): Promise<void> => {
    rest ??= await packed.next()
    if (rest === null) {
      await settled((done) => gunzip.once('end', done).end())
      isOver = true
      return
    }
    const part = rest.subarray(0, PACKED_BYTES)
    rest = part.length === rest.length ? null : rest.subarray(PACKED_BYTES)
    await settled((done) => gunzip.write(part, done))
  }

  return {
    next: async () => {
      while (ready.length === 0 && failure === null && !isOver) await feed()
      const piece = ready.shift()
      if (piece !== undefined) return piece
      if (failure !== null) throw failure
      return null
    },
    close: async () => {
      gunzip.destroy()
      await packed.close()
    },
  }
}
