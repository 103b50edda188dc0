/**
 * The ids of one pane, as 64-bit hashes in open addressing: 8 bytes an id instead of some 80 for a Set of strings.
 * Two ids of ten million share a hash with a chance of 3e-6: exact for every purpose here.
 */
export class IdSet {
  size = 0
  private words = new Uint32Array(2 * SLOTS_MIN)
  private mask = SLOTS_MIN - 1
  /** (0, 0) marks a free slot, so that one hash is kept apart. */
  private hasZero = false

  /** True when the id was new. */
  add(first: number, second: number): boolean {
    if (first === 0 && second === 0) {
      const isNew = !this.hasZero
      this.hasZero = true
      if (isNew) this.size++
      return isNew
    }
    if (this.size * 4 >= (this.mask + 1) * 3) this.grow()
    const slot = this.find(first, second)
    if (this.words[slot] !== 0 || this.words[slot + 1] !== 0) return false
    this.words[slot] = first
    this.words[slot + 1] = second
    this.size++
    return true
  }

  has(first: number, second: number): boolean {
    if (first === 0 && second === 0) return this.hasZero
    const slot = this.find(first, second)
    return this.words[slot] !== 0 || this.words[slot + 1] !== 0
  }

  /** The slot that holds the hash, or the free one where it belongs. */
  private find(first: number, second: number): number {
    const { words, mask } = this
    let at = second & mask
    for (;;) {
      const slot = at << 1
      const a = words[slot]!
      const b = words[slot + 1]!
      if ((a === first && b === second) || (a === 0 && b === 0)) return slot
      at = (at + 1) & mask
    }
  }

  private grow(): void {
    const old = this.words
    this.words = new Uint32Array(old.length * 2)
    this.mask = this.words.length / 2 - 1
    for (let slot = 0; slot < old.length; slot += 2) {
      if (old[slot] === 0 && old[slot + 1] === 0) continue
      const to = this.find(old[slot]!, old[slot + 1]!)
      this.words[to] = old[slot]!
      this.words[to + 1] = old[slot + 1]!
    }
  }
}

const SLOTS_MIN = 64
