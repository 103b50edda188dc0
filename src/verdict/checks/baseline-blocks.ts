import assert from 'node:assert/strict'

/** Two hours at least: shorter windows are noise here, because season does not cancel. */
export const LEVEL_MIN = 3

/** A run of slices; `merge` takes in the one that follows. */
export interface Block {
  merge(next: this): void
  copy(): this
}

/**
 * Slices in blocks that are cut where a window against the baseline may start, and nowhere else. Such a window has three blocks
 * of a level from 3 on (docs/statistics.md 11), so at slice T the cuts are, of every level, the multiples of g = 2^l in (T − 4g, T]:
 *
 *   T = 100, levels 3 to 5     0      32      64  72  80  88  96 100
 *                              [ block ][ block ][  ][  ][  ][  ][  ]       some 16 blocks for ten levels
 *
 * A window is the blocks from its start on. Counts add exactly, so they may be kept once each, in blocks, where sums of
 * rounded numbers would have to be kept from every start to now.
 */
export class Blocks<B extends Block> {
  readonly #levels: number
  readonly #create: () => B
  #cut: Cut<B>[] = []

  constructor(levels: number, create: () => B) {
    this.#levels = levels
    this.#create = create
  }

  copy(): Blocks<B> {
    const copied = new Blocks(this.#levels, this.#create)
    copied.#cut = this.#cut.map(({ start, block }) => ({ start, block: block.copy() }))
    return copied
  }

  /** The block of slice T (1-based), which follows the one before; null: no window will begin at it or before. */
  enter(T: number): B | null {
    if (this.#lengthMaxAt(T - 1) > 0) this.#cut.push({ start: T - 1, block: this.#create() })
    const kept: Cut<B>[] = []
    for (const each of this.#cut) {
      const last = kept.at(-1)
      if (T < each.start + 4 * this.#lengthMaxAt(each.start)) kept.push(each)
      else last?.block.merge(each.block)
    }
    this.#cut = kept
    return this.newest
  }

  get newest(): B | null {
    return this.#cut.at(-1)?.block ?? null
  }

  /** Oldest first. */
  from(start: number): B[] {
    const at = this.#cut.findIndex((each) => each.start === start)
    assert(at >= 0, `no block begins at ${start}`)
    return this.#cut.slice(at).map(({ block }) => block)
  }

  /** The longest block of the ladder that starts here; 0: none that is asked for. */
  #lengthMaxAt(start: number): number {
    for (let level = this.#levels - 1; level >= LEVEL_MIN; level -= 1) if (start % (1 << level) === 0) return 1 << level
    return 0
  }
}

interface Cut<B> {
  start: number
  block: B
}
