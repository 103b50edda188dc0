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
 * The trap is the cost of reading buckets: of a window only its scalars are added up, buckets only if somebody reads them
 * (`Term`). Blocks are always added oldest first, so the result is the same on every machine, whoever asked before.
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

interface Block {
  start: number
  sums: Term
}

export class WindowSums {
  readonly begin: number
  readonly #levels: number
  readonly #shape: TermShape
  /** By level, each by start, ascending. */
  readonly #blocks: Block[][]
  readonly #spare: Term[] = []
  readonly #whole: Term
  #wholeStart: number
  /** The last slice, not yet in the whole: mostly it is added with the next one, as they are joined. */
  #unsettled: Term | null = null
  #T: number
  #hasCounts = false
  /** Those of the last slice, once somebody has asked; the terms of windows are used again for the next. */
  #offered: OfferedWindow[] | null = null
  readonly #windows: WindowTerm[] = []

  constructor({ levels, begin = 0, ...shape }: WindowSumsOptions) {
    this.begin = begin
    this.#levels = levels
    this.#shape = shape
    this.#blocks = Array.from({ length: levels }, () => [])
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
    return this.#blocks.reduce((sum, { length }) => sum + length, 0)
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
    for (const [level, blocks] of this.#blocks.entries()) {
      twin.#blocks[level]!.push(...blocks.map(({ start, sums }) => ({ start, sums: sums.copy() })))
    }
    twin.#whole.copyFrom(this.#whole)
    twin.#wholeStart = this.#wholeStart
    twin.#T = this.#T
    twin.#hasCounts = this.#hasCounts
    return twin
  }

  /** The windows to look at now, in the order of the ladder. */
  offered(notBefore = 0): OfferedWindow[] {
    this.#offered ??= this.#put()
    return notBefore <= this.begin ? this.#offered : this.#offered.filter(({ start }) => start >= notBefore)
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
    if (this.#offered !== null) for (const window of this.#windows) window.forget()
    this.#offered = null
    this.#join({ start, sums: fresh })
    this.#retire()
  }

  #put(): OfferedWindow[] {
    let used = 0
    return offeredWindows(this.#T, this.#levels, this.begin).map((window) => {
      const parts = this.#partsFrom(window.start)
      if (parts.length === 1) return { ...window, sums: parts[0]! }
      const put = (this.#windows[used++] ??= new WindowTerm(this.#shape))
      return { ...window, sums: put.of(parts) }
    })
  }

  #settle(): void {
    if (this.#unsettled !== null) this.#whole.add(this.#unsettled)
    this.#unsettled = null
  }

  /** As a carry in binary: a right half goes with its left half into the next level. */
  #join(block: Block): void {
    let unsettled: Term | null = block.sums
    for (let level = 0; level < this.#levels; level += 1) {
      const blocks = this.#blocks[level]!
      blocks.push(block)
      const length = 1 << level
      const isRight = (block.start & length) !== 0
      const left = blocks.at(-2)
      // No left half: the pair starts before `begin`, and nobody will ask for it.
      if (level === this.#levels - 1 || !isRight || left?.start !== block.start - length) break
      if (left.sums === this.#unsettled) {
        left.sums.addOnTheWay(block.sums, this.#whole)
        this.#unsettled = unsettled = null
      } else left.sums.add(block.sums)
      blocks.splice(-2, 1)
      block = left
    }
    this.#settle()
    this.#unsettled = unsettled
  }

  /** Forgets the blocks that no window will start with again. */
  #retire(): void {
    for (let level = 0; level < this.#levels; level += 1) {
      const blocks = this.#blocks[level]!
      const completed = this.#T >> level
      while (blocks.length > 0 && completed > (blocks[0]!.start >> level) + 3) this.#drop(blocks.shift()!)
    }
  }

  #drop({ sums }: Block): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(sums)
  }

  /** The blocks of [start, T), the largest there are, oldest first. */
  #partsFrom(start: number): Term[] {
    const parts: Term[] = []
    for (let at = start; at < this.#T;) {
      const level = this.#largestFrom(at, parts)
      assert(level >= 0, `no block of [${start}, ${this.#T}) starts at ${at}`)
      at += 1 << level
    }
    return parts
  }

  /** The level of the largest block that starts here, which it puts to the parts; −1 = there is none. */
  #largestFrom(start: number, parts: Term[]): number {
    for (let level = Math.min(this.#levels - 1, alignmentOf(start)); level >= 0; level -= 1) {
      for (const block of this.#blocks[level]!) {
        if (block.start !== start) continue
        parts.push(block.sums)
        return level
      }
    }
    return -1
  }
}

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

const NO_PARTS: readonly Term[] = []

/** The sum of several blocks. */
class WindowTerm {
  #parts: readonly Term[] = NO_PARTS
  readonly #term: Term

  constructor(shape: TermShape) {
    this.#term = new Term(
      shape,
      Term.sumOf(shape, () => this.#parts),
    )
  }

  forget(): void {
    this.#parts = NO_PARTS
    this.#term.forget()
  }

  of(parts: readonly Term[]): Term {
    this.#parts = parts
    this.#term.becomeSum(parts)
    return this.#term
  }
}
