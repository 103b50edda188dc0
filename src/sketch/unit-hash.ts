import { finish, mixBlock, murmur3, murmur3OfBytes, scramble, utf8Of } from './murmur3.ts'

/**
 * The salted 64-bit hash of a unit, as two murmur3 words. The bucket is `second & 255`; the unit sample orders by
 * `first`, then `second`. (A bucket from the bits that order the sample would put the k smallest into one bucket.)
 *
 * One object is reused for every record: `hash` leaves its answer in `first` and `second`.
 */
export class UnitHash {
  first = 0
  second = 0
  private readonly seedOfFirst: number
  private readonly seedOfSecond: number

  constructor(salt: string) {
    this.seedOfFirst = murmur3(salt, 0)
    this.seedOfSecond = (this.seedOfFirst ^ 0x9e3779b9) >>> 0
  }

  hash(unit: string): void {
    const length = unit.length
    const bodyEnd = length & ~3
    let first = this.seedOfFirst | 0
    let second = this.seedOfSecond | 0
    for (let at = 0; at < bodyEnd; at += 4) {
      const a = unit.charCodeAt(at)
      const b = unit.charCodeAt(at + 1)
      const c = unit.charCodeAt(at + 2)
      const d = unit.charCodeAt(at + 3)
      if ((a | b | c | d) > 127) return this.hashBytes(utf8Of(unit))
      const scrambled = scramble(a | (b << 8) | (c << 16) | (d << 24))
      first = mixBlock(first, scrambled)
      second = mixBlock(second, scrambled)
    }
    let tail = 0
    for (let at = length - 1; at >= bodyEnd; at--) {
      const code = unit.charCodeAt(at)
      if (code > 127) return this.hashBytes(utf8Of(unit))
      tail = (tail << 8) | code
    }
    const scrambled = scramble(tail)
    this.first = finish(first ^ scrambled, length)
    this.second = finish(second ^ scrambled, length)
  }

  private hashBytes(utf8: Uint8Array): void {
    this.first = murmur3OfBytes(utf8, this.seedOfFirst)
    this.second = murmur3OfBytes(utf8, this.seedOfSecond)
  }
}
