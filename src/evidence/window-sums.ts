import assert from 'node:assert/strict'
import { offeredWindows, type Window } from './ladder.ts'
import { Term, type TermShape } from './term.ts'

/**
 * The sums of one comparison over every window of the ladder (docs/statistics.md 4), without keeping slices.
 *
 * Slices are added up in blocks of 2^l, as the ladder counts them: two blocks that make one of the next level are joined in
 * place, so that a slice costs one addition and not one for each window. A window ends now and starts where a block starts:
 * it is put together from the largest blocks there are.
 *
 *   T = 22, kept     level 0  [19] [21]
 *                    level 1  [18 19] [20 21]
 *                    level 2  [12 … 15] [16 … 19]
 *                    level 3  [8 … 15]
 *                    level 4  [0 … 15]
 *   window from 12   = [12 … 15] + [16 … 19] + [20 21]
 *
 * The left block of a pair is gone when it is joined: whoever starts there starts with the larger block too. The right one is
 * kept until no window starts with it: for three blocks more. That makes two blocks a level, three at the top.
 *
 * The trap is the cost of windows, of which a slice offers nine for each of thousands of comparisons: nearly all are settled by a
 * look at their blocks (`mayReach`) and never put together; of the others scalars are added up, buckets only if somebody reads
 * them (`Term`). Blocks are always added oldest first, so the result is the same on every machine, whoever asked before.
 *
 * Size for 256 buckets and a horizon of any length (21 blocks, the whole window, a spare one): 8 B · 23 · 256 · (cells + 2), that
 * is 0.9 MB for 18 cells, 3.1 MB for 64 hash bins, 0.14 MB for a rate.
 */
export interface WindowSumsOptions extends TermShape {
  levels: number
  /** Slices of the stream before the first one added here (the cells' cut): no window starts before. Default 0. */
  begin?: number
}

/** `sums` is valid until the next `add`. */
export interface OfferedWindow extends Window {
  sums: Term
}

/** Whether a window of this class may tell anything, by the blocks that it is put together from. */
export type MayMatter = (parts: readonly Term[], cls: number) => boolean

interface Block {
  start: number
  sums: Term
}

/** Of a level no more are kept at a time, and their numbers follow each other. */
const BLOCKS_OF_LEVEL = 4

export class WindowSums {
  readonly begin: number
  readonly #levels: number
  readonly #shape: TermShape
  /** Block number n of a level in place n mod 4 of that level's four. */
  readonly #blocks: (Block | null)[]
  readonly #spare: Term[] = []
  readonly #whole: Term
  #wholeStart: number
  /** The last slice, not yet in the whole: mostly it is added with the next one, as they are joined. */
  #unsettled: Term | null = null
  #T: number
  #hasCounts = false
  /** Windows that were put together since the last slice, by start. */
  #put: Block[] = []

  constructor({ levels, begin = 0, ...shape }: WindowSumsOptions) {
    this.begin = begin
    this.#levels = levels
    this.#shape = shape
    this.#blocks = new Array<Block | null>(BLOCKS_OF_LEVEL * levels).fill(null)
    this.#whole = new Term(this.#shape)
    this.#wholeStart = begin
    this.#T = begin
  }

  /** Slices of the stream so far, those before `begin` included. */
  get T(): number {
    return this.#T
  }

  /** The whole window: what verdicts are made of. Valid until the next `add`. */
  get whole(): { start: number; end: number; sums: Term } {
    this.#settle()
    return { start: this.#wholeStart, end: this.#T, sums: this.#whole }
  }

  /** Something has been counted since `begin`: until then no window can tell anything. */
  get hasCounts(): boolean {
    return this.#hasCounts
  }

  /** How many blocks are kept now. */
  get size(): number {
    return this.#blocks.filter((block) => block !== null).length
  }

  /** Adds the next slice of the stream; null = there was nothing to compare. An empty slice counts as time. */
  add(term: Term | null): void {
    const fresh = this.#fresh()
    if (term === null) fresh.clear()
    else fresh.copyFrom(term)
    this.#append(fresh, term !== null)
  }

  /** The same of a term that is written where it will be kept. @param write overwrites all of it */
  addWritten(write: (into: Term) => void): void {
    const fresh = this.#fresh()
    write(fresh)
    this.#append(fresh, true)
  }

  /** Sums that go on from here on their own. */
  copy(): WindowSums {
    this.#settle()
    const twin = new WindowSums({ ...this.#shape, levels: this.#levels, begin: this.begin })
    for (const [at, block] of this.#blocks.entries()) {
      if (block !== null) twin.#blocks[at] = { start: block.start, sums: block.sums.copy() }
    }
    twin.#whole.copyFrom(this.#whole)
    twin.#wholeStart = this.#wholeStart
    twin.#T = this.#T
    twin.#hasCounts = this.#hasCounts
    return twin
  }

  /** The windows to look at now, in the order of the ladder. */
  windows(notBefore = 0): readonly Window[] {
    return offeredWindows(this.#T, this.#levels, Math.max(notBefore, this.begin))
  }

  /** Those that may matter, put together. */
  offered(notBefore = 0, mayMatter: MayMatter = () => true): OfferedWindow[] {
    const offered: OfferedWindow[] = []
    for (const window of this.windows(notBefore)) {
      if (!mayMatter(this.partsFrom(window.start), window.cls)) continue
      offered.push({ ...window, sums: this.sumsFrom(window.start) })
    }
    return offered
  }

  /** The sums of [start, T): no copies where one block is all of it. */
  sumsFrom(start: number): Term {
    const known = this.#put.find((window) => window.start === start)
    if (known !== undefined) return known.sums
    const parts = this.partsFrom(start)
    const sums = parts.length === 1 ? parts[0]! : Term.sumOf(this.#shape, [...parts])
    this.#put.push({ start, sums })
    return sums
  }

  /** The blocks of [start, T), the largest there are, oldest first. Valid until the next call, of any sums: it makes no lists. */
  partsFrom(start: number): readonly Term[] {
    let length = 0
    for (let at = start; at < this.#T; length += 1) {
      let level = Math.min(this.#levels - 1, alignmentOf(at))
      let sums = this.#blockAt(level, at)
      while (sums === null && level > 0) sums = this.#blockAt(--level, at)
      if (sums === null) assert.fail(`no block of [${start}, ${this.#T}) starts at ${at}`)
      parts[length] = sums
      at += 1 << level
    }
    parts.length = length
    return parts
  }

  /** At a release's first slice: the whole window starts anew, before that slice is added. The ladder goes on. */
  restartWhole(): void {
    this.#unsettled = null
    this.#whole.clear()
    this.#wholeStart = this.#T
  }

  #fresh(): Term {
    return this.#spare.pop() ?? new Term(this.#shape)
  }

  #append(fresh: Term, isThere: boolean): void {
    if (isThere) this.#hasCounts ||= hasCounts(fresh)
    const start = this.#T
    this.#T += 1
    if (this.#put.length > 0) this.#put = []
    this.#join({ start, sums: fresh })
    this.#retire()
  }

  #settle(): void {
    if (this.#unsettled !== null) this.#whole.add(this.#unsettled)
    this.#unsettled = null
  }

  /** As a carry in binary: a right half goes with its left half into the next level. */
  #join(fresh: Block): void {
    let block = fresh
    let unsettled: Term | null = fresh.sums
    for (let level = 0; level < this.#levels; level += 1) {
      this.#blocks[placeOf(level, block.start)] = block
      const length = 1 << level
      const isRight = (block.start & length) !== 0
      if (level === this.#levels - 1 || !isRight) break
      const leftAt = placeOf(level, block.start - length)
      const left = this.#blocks[leftAt]!
      // No left half: the pair starts before `begin`, and nobody will ask for it.
      if (left?.start !== block.start - length) break
      if (left.sums === this.#unsettled) {
        left.sums.addOnTheWay(block.sums, this.#whole)
        this.#unsettled = unsettled = null
      } else left.sums.add(block.sums)
      this.#blocks[leftAt] = null
      block = left
    }
    this.#settle()
    this.#unsettled = unsettled
  }

  /** Forgets the blocks that no window will start with again: those before the last three completed ones. */
  #retire(): void {
    for (let level = 0; level < this.#levels; level += 1) {
      const number = (this.#T >> level) - BLOCKS_OF_LEVEL
      const at = placeOf(level, number << level)
      const block = this.#blocks[at]!
      if (block === null || block.start !== number << level) continue
      this.#blocks[at] = null
      if (this.#spare.length < SPARE_MAX) this.#spare.push(block.sums)
    }
  }

  #blockAt(level: number, start: number): Term | null {
    const block = this.#blocks[placeOf(level, start)]!
    return block !== null && block.start === start ? block.sums : null
  }
}

function placeOf(level: number, start: number): number {
  return level * BLOCKS_OF_LEVEL + ((start >> level) & (BLOCKS_OF_LEVEL - 1))
}

/** Filled anew by every `partsFrom`. */
const parts: Term[] = []

/** The largest blocks that could start here are 2^this long: blocks are aligned. */
function alignmentOf(start: number): number {
  return start === 0 ? 31 : 31 - Math.clz32(start & -start)
}

/** Sums may be 0 and yet have moved: then their surplus has. */
function hasCounts({ counts, evenSums, oddSums }: Term): boolean {
  return isAny(counts[0]) || isAny(counts[1]) || isAny(evenSums) || isAny(oddSums)
}

function isAny(numbers: Float64Array): boolean {
  for (let at = 0; at < numbers.length; at += 1) if (numbers[at] !== 0) return true
  return false
}

/** A slice comes and a block goes, but not always in the same moment. */
const SPARE_MAX = 1
