/**
 * murmur3_x86_32 of the text's UTF-8 (Austin Appleby, public domain), unsigned. A lone surrogate counts as U+FFFD.
 * ASCII, nearly all of what comes, is read straight from the string; anything else is encoded first.
 */
export function murmur3(text: string, seed: number): number {
  const length = text.length
  const bodyEnd = length & ~3
  let hash = seed | 0
  for (let at = 0; at < bodyEnd; at += 4) {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    const d = text.charCodeAt(at + 3)
    if ((a | b | c | d) > 127) return murmur3OfBytes(utf8Of(text), seed)
    hash = mixBlock(hash, scramble(a | (b << 8) | (c << 16) | (d << 24)))
  }
  let tail = 0
  for (let at = length - 1; at >= bodyEnd; at--) {
    const code = text.charCodeAt(at)
    if (code > 127) return murmur3OfBytes(utf8Of(text), seed)
    tail = (tail << 8) | code
  }
  return finish(hash ^ scramble(tail), length)
}

export function murmur3OfBytes(bytes: Uint8Array, seed: number): number {
  const bodyEnd = bytes.length & ~3
  let hash = seed | 0
  for (let at = 0; at < bodyEnd; at += 4) {
    hash = mixBlock(
      hash,
      scramble(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)),
    )
  }
  let tail = 0
  for (let at = bytes.length - 1; at >= bodyEnd; at--) tail = (tail << 8) | bytes[at]!
  return finish(hash ^ scramble(tail), bytes.length)
}

export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text)
}

/** What one block of four bytes adds. It does not depend on the seed, so two hashes of one text share it. */
export function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}

export function mixBlock(hash: number, scrambled: number): number {
  const mixed = hash ^ scrambled
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

export function finish(hash: number, length: number): number {
  let mixed = hash ^ length
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const encoder = new TextEncoder()
