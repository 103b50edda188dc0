import type { Counted } from '../../baseline/measures.ts'
import type { Profile } from '../../baseline/profile.ts'
import { offeredWindows } from '../../evidence/ladder.ts'
import type { Window } from '../../evidence/ladder.ts'
import { Term } from '../../evidence/term.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import { Blocks, LEVEL_MIN } from './baseline-blocks.ts'
import type { Block } from './baseline-blocks.ts'
import { addCount, noCounts } from './baseline-counts.ts'
import type { Counts } from './baseline-counts.ts'
import { SharedEvents } from './baseline-events.ts'
import { addToBaselineTerm, shapeOfCells } from './baseline-term.ts'
import { CountedWindow } from './baseline-window.ts'

export interface OfferedBaselineWindow extends Window {
  sums: CountedWindow
}

/**
 * What one cohort counts, over every window that is held against the baseline, and over the whole.
 *
 * The surplus of a bucket over a window is x − Σ n·q by slot (docs/statistics.md 11): two lists of small whole numbers, each kept
 * once (baseline-blocks.ts). Against the control every slice is centred on its own pooled share instead, and what is kept are
 * rounded numbers of eight bytes.
 */
export class BaselineLadder {
  readonly #profile: Profile
  readonly #levels: number
  readonly #begin: number
  readonly #cells: Blocks<CellsBlock>
  readonly #whole: Term
  #events: SharedEvents
  #T: number

  constructor(
    profile: Profile,
    { levels, begin, events }: { levels: number; begin: number; events: SharedEvents | null },
  ) {
    this.#profile = profile
    this.#levels = levels
    this.#begin = this.#T = begin
    this.#cells = new Blocks(levels, () => new CellsBlock(profile.cells))
    this.#events = events ?? new SharedEvents(levels, begin)
    this.#whole = new Term(shapeOfCells(profile.cells))
  }

  /** What verdicts are made of. */
  get whole(): { start: number; sums: Term } {
    return { start: this.#begin, sums: this.#whole }
  }

  /** The next slice; null = there was nothing to compare. It counts as time. */
  add(counted: Counted | null, slot: number): void {
    const T = (this.#T += 1)
    this.#events = this.#events.add(T, slot, counted?.n ?? null)
    const block = this.#cells.enter(T)
    if (counted === null) return
    block?.add(counted.x)
    addToBaselineTerm(counted, this.#profile, slot, this.#whole)
  }

  /** Three blocks of every level from two hours on. */
  offered(notBefore: number): OfferedBaselineWindow[] {
    const windows = offeredWindows(this.#T, this.#levels, Math.max(notBefore, this.#begin))
    return windows.flatMap((window) => {
      if (window.blocks !== 3 || window.level < LEVEL_MIN) return []
      const { start } = window
      return [{ ...window, sums: new CountedWindow(this.#profile, this.#cells.from(start), this.#events.from(start)) }]
    })
  }
}

/** Counts of a run of slices by [bucket · cells + cell]. */
export class CellsBlock implements Block {
  readonly totals: Float64Array
  /** null until something was counted. */
  counts: Counts | null = null

  constructor(cells: number) {
    this.totals = new Float64Array(cells)
  }

  add(x: ArrayLike<number>): void {
    const cells = this.totals.length
    let counts = this.counts ?? noCounts(BUCKETS * cells)
    for (let at = 0; at < x.length;) {
      for (let cell = 0; cell < cells; cell += 1, at += 1) {
        const more = x[at]!
        // Of most buckets nearly every cell is empty.
        if (more === 0) continue
        this.totals[cell]! += more
        counts = addCount(counts, at, more)
      }
    }
    this.counts = counts
  }

  merge({ counts }: CellsBlock): void {
    if (counts !== null) this.add(counts)
  }

  copy(): this {
    const copied = new CellsBlock(this.totals.length)
    copied.totals.set(this.totals)
    copied.counts = this.counts?.slice() ?? null
    return copied as this
  }
}
