import { MonitorError } from '../errors.ts'

export interface TDigestState {
  compression: number
  min: number
  max: number
  centroids: { mean: number; weight: number }[]
}

/**
 * The two encodings of the reference implementation (com.tdunning.math.stats.MergingDigest), big-endian, so that its readers
 * can read ours and ours theirs:
 *
 *   1 verbose   int 1, double min, max, compression, int n, then n × (double weight, double mean)
 *   2 small     int 2, double min, max, float compression, short main and temporary buffer lengths, short n,
 *               then n × (float weight, float mean)
 */
export function encodeVerbose({ compression, min, max, centroids }: TDigestState): Uint8Array {
  const view = new DataView(new ArrayBuffer(VERBOSE_HEAD + 16 * centroids.length))
  view.setInt32(0, VERBOSE)
  view.setFloat64(4, min)
  view.setFloat64(12, max)
  view.setFloat64(20, compression)
  view.setInt32(28, centroids.length)
  centroids.forEach(({ mean, weight }, at) => {
    view.setFloat64(VERBOSE_HEAD + 16 * at, weight)
    view.setFloat64(VERBOSE_HEAD + 16 * at + 8, mean)
  })
  return new Uint8Array(view.buffer)
}

export function encodeSmall({ compression, min, max, centroids }: TDigestState): Uint8Array {
  const view = new DataView(new ArrayBuffer(SMALL_HEAD + 8 * centroids.length))
  const mainLength = Math.max(centroids.length, mainBufferLength(compression))
  view.setInt32(0, SMALL)
  view.setFloat64(4, min)
  view.setFloat64(12, max)
  view.setFloat32(20, compression)
  view.setInt16(24, mainLength)
  view.setInt16(26, 5 * mainLength)
  view.setInt16(28, centroids.length)
  centroids.forEach(({ mean, weight }, at) => {
    view.setFloat32(SMALL_HEAD + 8 * at, weight)
    view.setFloat32(SMALL_HEAD + 8 * at + 4, mean)
  })
  return new Uint8Array(view.buffer)
}

export function decodeTDigest(bytes: Uint8Array): TDigestState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < SMALL_HEAD) throw corrupt('ends too early')
  const kind = view.getInt32(0)
  const isSmall = kind === SMALL
  if (!isSmall && kind !== VERBOSE) throw corrupt(`encoding ${kind}`)
  if (!isSmall && bytes.length < VERBOSE_HEAD) throw corrupt('ends too early')
  const min = view.getFloat64(4)
  const max = view.getFloat64(12)
  const compression = isSmall ? view.getFloat32(20) : view.getFloat64(20)
  if (!(compression >= COMPRESSION_MIN && compression <= COMPRESSION_MAX)) throw corrupt(`compression ${compression}`)
  const length = isSmall ? view.getInt16(28) : view.getInt32(28)
  const head = isSmall ? SMALL_HEAD : VERBOSE_HEAD
  const size = isSmall ? 8 : 16
  if (bytes.length !== head + size * length) throw corrupt(`${bytes.length} bytes for ${length} centroids`)
  const centroids: TDigestState['centroids'] = []
  for (let at = head; at < bytes.length; at += size) {
    const weight = isSmall ? view.getFloat32(at) : view.getFloat64(at)
    const mean = isSmall ? view.getFloat32(at + 4) : view.getFloat64(at + 8)
    if (!(weight > 0 && weight < Infinity)) throw corrupt(`weight ${weight}`)
    if (!(mean >= (centroids.at(-1)?.mean ?? -Infinity))) throw corrupt('means out of order')
    centroids.push({ mean, weight })
  }
  checkEnds({ compression, min, max, centroids }, isSmall ? Math.fround : (x) => x)
  return { compression, min, max, centroids }
}

const VERBOSE = 1
const SMALL = 2
const VERBOSE_HEAD = 32
const SMALL_HEAD = 30
export const COMPRESSION_MIN = 10
/** At most one centroid per unit of compression and a few: within the small encoding's 16-bit lengths, five times over. */
export const COMPRESSION_MAX = 1000

/** What the reference reserves for this compression; its reader makes buffers of the lengths it reads. */
function mainBufferLength(compression: number): number {
  return 2 * Math.ceil(compression) + (compression < 30 ? 30 : 10)
}

function checkEnds({ min, max, centroids }: TDigestState, rounded: (x: number) => number): void {
  const [first, last] = [centroids[0], centroids.at(-1)]
  if (first === undefined || last === undefined) {
    if (min !== Infinity || max !== -Infinity) throw corrupt('a range without values')
    return
  }
  if (!(Number.isFinite(min) && Number.isFinite(max))) throw corrupt(`range ${min} to ${max}`)
  if (!(rounded(min) <= first.mean && last.mean <= rounded(max))) throw corrupt('means out of range')
}

function corrupt(problem: string): MonitorError {
  return new MonitorError('EVENKEEL_RECORD_CORRUPT', `t-digest: ${problem}`)
}
