/**
 * Kafka's murmur2 (the Java client's variant: seed 0x9747b28c, little endian), over the UTF-8 bytes of a key.
 *
 * `replay --partitions N` and the file and memory logs deal keys to partitions as Kafka's own producers do, so that
 * the same events meet in the same partition everywhere. Keys are mostly short ASCII: those are hashed straight from
 * the string, without making a buffer.
 */
const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** The partition Kafka's default partitioner gives this key: the positive hash modulo the partition count. */
export function partitionFor(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** The hash as a signed 32-bit integer, as in Java. */
export function murmur2(key: string): number {
  const length = key.length
  let hash = SEED ^ length
  let at = 0
  for (const whole = length & ~3; at < whole; at += 4) {
    const a = key.charCodeAt(at)
    const b = key.charCodeAt(at + 1)
    const c = key.charCodeAt(at + 2)
    const d = key.charCodeAt(at + 3)
    if ((a | b | c | d) > 0x7f) return murmur2OfBytes(Buffer.from(key, 'utf8'))
    hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let tail = 0
  for (let shift = 0; at < length; at++, shift += 8) {
    const code = key.charCodeAt(at)
    if (code > 0x7f) return murmur2OfBytes(Buffer.from(key, 'utf8'))
    tail |= code << shift
  }
  return finish(hash, tail, (length & 3) !== 0)
}

export function murmur2OfBytes(bytes: Uint8Array): number {
  const length = bytes.length
  let hash = SEED ^ length
  let at = 0
  for (const whole = length & ~3; at < whole; at += 4) {
    hash = mix(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
  }
  let tail = 0
  for (let shift = 0; at < length; at++, shift += 8) tail |= bytes[at]! << shift
  return finish(hash, tail, (length & 3) !== 0)
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, MULTIPLIER)
  k = Math.imul(k ^ (k >>> 24), MULTIPLIER)
  return Math.imul(hash, MULTIPLIER) ^ k
}

function finish(hash: number, tail: number, hasTail: boolean): number {
  let h = hasTail ? Math.imul(hash ^ tail, MULTIPLIER) : hash
  h = Math.imul(h ^ (h >>> 13), MULTIPLIER)
  return h ^ (h >>> 15)
}
