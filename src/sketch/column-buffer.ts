/**
 * What came for one cohort since the last fold: a 32-bit key and a bucket per value, 5 bytes, in chunks of 256, so that a
 * buffer is never more than a chunk larger than its values. Emptied chunks are kept for the next buffer, up to a limit.
 *
 * The columns write `keys[used]` and `buckets[used]` themselves; when `used` has reached the chunk's length they fold, if the
 * buffer is long enough for it, or `extend`.
 */
export class ColumnBuffer {
  keys: Int32Array = NO_KEYS
  buckets: Uint8Array = NO_BUCKETS
  used = 0
  private full: Batch[] = []
  private lengthOfFull = 0
  /** The first chunk of a buffer is small: most fields of a sparse partition see a few values a pane. */
  private nextLength = FIRST_LENGTH

  get length(): number {
    return this.lengthOfFull + this.used
  }

  extend(): void {
    if (this.used > 0) this.full.push({ keys: this.keys, buckets: this.buckets })
    this.lengthOfFull += this.used
    this.used = 0
    const chunk = (this.nextLength === CHUNK_LENGTH ? spare : spareFirst).pop() ?? newBatch(this.nextLength)
    this.keys = chunk.keys
    this.buckets = chunk.buckets
    this.nextLength = CHUNK_LENGTH
  }

  /** Moves everything, in order, to the batch; returns how many. */
  drainTo(batch: Batch): number {
    const { length } = this
    const { keys, buckets, used } = this
    if (used < keys.length) {
      // Not set(subarray(…)): a view costs more than these few.
      for (let at = 0; at < used; at++) {
        batch.keys[this.lengthOfFull + at] = keys[at]!
        batch.buckets[this.lengthOfFull + at] = buckets[at]!
      }
      recycle({ keys, buckets })
    } else if (used > 0) this.full.push({ keys, buckets })
    let to = 0
    for (const chunk of this.full) {
      batch.keys.set(chunk.keys, to)
      batch.buckets.set(chunk.buckets, to)
      to += chunk.keys.length
      recycle(chunk)
    }
    this.keys = NO_KEYS
    this.buckets = NO_BUCKETS
    this.used = 0
    this.full = []
    this.lengthOfFull = 0
    return length
  }
}

/** Keys and buckets in one piece. */
export interface Batch {
  keys: Int32Array
  buckets: Uint8Array
}

export function newBatch(length: number): Batch {
  const memory = new ArrayBuffer(length * 5)
  return { keys: new Int32Array(memory, 0, length), buckets: new Uint8Array(memory, length * 4, length) }
}

const FIRST_LENGTH = 32
const CHUNK_LENGTH = 256
/** A first buffer is folded at this length; a later one, when there is little to find out, at the shorter. */
export const FOLD_LENGTH_FIRST = FIRST_LENGTH + 31 * CHUNK_LENGTH
export const FOLD_LENGTH_LATER = 2 * CHUNK_LENGTH
/**
 * 2.6 MB of chunks, and 0.3 MB of first ones: what the panes of ten fields at a time hold. With fewer, every pane leaves
 * thousands of small buffers to the collector of garbage, and asks for as many.
 */
const SPARE_MAX = 2048
const spare: Batch[] = []
const spareFirst: Batch[] = []
const NO_KEYS = new Int32Array(0)
const NO_BUCKETS = new Uint8Array(0)

function recycle(chunk: Batch): void {
  const same = chunk.keys.length === CHUNK_LENGTH ? spare : spareFirst
  if (same.length < SPARE_MAX) same.push(chunk)
}
