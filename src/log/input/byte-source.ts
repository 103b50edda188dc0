/**
 * Bytes in order, a piece at a time. Every piece is a buffer of its own, into which nobody writes again before it is given back.
 *
 * Giving back is what keeps a long file from filling the memory beside the heap with buffers: V8 answers those with a collection
 * of garbage every few hundred pieces, which takes a fifth of a replay's time.
 */
export interface ByteSource {
  /** The next piece, never empty; null at the end. After a rejection there is nothing more to ask for. */
  next(): Promise<Buffer | null>
  /** Neither the piece nor any view of it will be looked at again: it may be filled anew. */
  recycle?(piece: Buffer): void
  close(): Promise<void>
}

/** Asks for the next piece while the caller still works on the last one: the disk and the inflater run beside us. */
export function readAhead(source: ByteSource): ByteSource {
  let coming: Promise<Buffer | null> | null = null
  const ask = (): Promise<Buffer | null> => {
    const asked = source.next()
    // The rejection is met when the caller comes for it.
    asked.catch(() => undefined)
    return asked
  }
  return {
    next: async () => {
      const piece = await (coming ?? ask())
      coming = piece === null ? Promise.resolve(null) : ask()
      return piece
    },
    recycle: (piece) => source.recycle?.(piece),
    close: () => source.close(),
  }
}

/** The first bytes of a source, fewer only where there are no more, and the source as if nobody had looked. */
export async function lookInto(source: ByteSource, size: number): Promise<{ head: Buffer; bytes: ByteSource }> {
  let head: Buffer = Buffer.alloc(0)
  let end: Promise<null> | null = null
  while (head.length < size && end === null) {
    try {
      const piece = await source.next()
      if (piece === null) end = Promise.resolve(null)
      else head = head.length === 0 ? piece : Buffer.concat([head, piece])
    } catch (error) {
      // Damage comes after what stands before it.
      end = Promise.reject(error instanceof Error ? error : new Error(String(error)))
      end.catch(() => undefined)
    }
  }
  let waiting: Buffer | null = head.length === 0 ? null : head
  const next = async (): Promise<Buffer | null> => {
    const piece = waiting
    waiting = null
    return piece ?? end ?? source.next()
  }
  return { head, bytes: { next, recycle: (piece) => source.recycle?.(piece), close: () => source.close() } }
}
