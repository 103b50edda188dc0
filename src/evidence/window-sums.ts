import assert from 'node:assert/strict'
import { offeredWindows, type Window } from './ladder.ts'
import { Term, type TermShape } from './term.ts'
import { stepOfLevel } from './z-required.ts'

/**
 * The sums of one comparison over every window of the ladder (docs/statistics.md 4), without keeping slices.
 *
 * A window always ends now, so it is known by its start; and it starts where some block of some level starts. For every
 * such start one running sum is kept, from there to now:
 *
 *   starts of level l that can still be asked for: the multiples of g = 2^l in (T − 4g, T], some of them shared
 *   => 3 + 2 for each further level: 21 sums for ten levels, and one for the whole window
 *
 * The trap is the cost of touching all of them with every slice. A start that only level l still asks for is needed only
 * when T is a multiple of that level's step; until then it lags behind (`through`), and catches up in one addition of the
 * younger running sum that starts just where it stopped. That leaves about nine additions a slice instead of twenty-two.
 * Within a sum, slices are added in time and blocks oldest first, so the result is the same on every machine.
 *
 * Size for 256 buckets and a horizon of any length (22 sums and two spare ones): 8 B · 24 · (256·(cells + 2) + …), that is
 * 1.0 MB for 18 cells, 3.4 MB for 64 hash bins, 0.15 MB for a rate.
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

interface RunningSum {
  readonly start: number
  /** It holds the slices [start, through). */
  through: number
  readonly sums: Term
}

export class WindowSums {
  readonly begin: number
  readonly #levels: number
  readonly #shape: TermShape
  /** By start, ascending. */
  #running: RunningSum[] = []
  readonly #spare: Term[] = []
  readonly #whole: Term
  #wholeStart: number
  #T: number

  constructor({ levels, begin = 0, ...shape }: WindowSumsOptions) {
    this.begin = begin
    this.#levels = levels
    this.#shape = shape
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
    return { start: this.#wholeStart, end: this.#T, sums: this.#whole }
  }

  /** How many running sums are kept now. */
  get size(): number {
    return this.#running.length
  }

  /** Adds the next slice of the stream; null = there was nothing to compare. An empty slice counts as time. */
  add(term: Term | null): void {
    const T = (this.#T += 1)
    const fresh = this.#spare.pop() ?? new Term(this.#shape)
    if (term === null) fresh.clear()
    else {
      fresh.copyFrom(term)
      this.#whole.add(term)
    }
    this.#retire()
    this.#running.push({ start: T - 1, through: T, sums: fresh })

    // Youngest first: the older ones catch up by adding younger ones.
    for (const sum of this.#running.toReversed()) {
      if (T % stepOfLevel(finestLevelOf(sum.start, T)) === 0) this.#catchUp(sum)
    }
  }

  /** The windows to look at now, in the order of the ladder. */
  offered(notBefore = 0): OfferedWindow[] {
    return offeredWindows(this.#T, this.#levels, Math.max(notBefore, this.begin)).map((window) => {
      const sum = this.#startingAt(window.start)
      assert(sum !== undefined && sum.through === this.#T, `no sum of [${window.start}, ${this.#T})`)
      return { ...window, sums: sum.sums }
    })
  }

  /** At a release's first slice: the whole window starts anew, before that slice is added. The ladder goes on. */
  restartWhole(): void {
    this.#whole.clear()
    this.#wholeStart = this.#T
  }

  #catchUp(sum: RunningSum): void {
    while (sum.through < this.#T) {
      const next = this.#startingAt(sum.through)
      assert(next !== undefined && next !== sum, `[${sum.start}, ${sum.through}) cannot catch up with ${this.#T}`)
      sum.sums.add(next.sums)
      sum.through = next.through
    }
  }

  /** Forgets the starts that no level will ask for again. */
  #retire(): void {
    const isNeeded = (sum: RunningSum): boolean => this.#T < sum.start + 4 * blockLengthMaxOf(sum.start, this.#levels)
    for (const sum of this.#running) if (!isNeeded(sum) && this.#spare.length < 2) this.#spare.push(sum.sums)
    this.#running = this.#running.filter(isNeeded)
  }

  #startingAt(start: number): RunningSum | undefined {
    return this.#running.find((sum) => sum.start === start)
  }
}

/** The longest block of the ladder that starts here. */
function blockLengthMaxOf(start: number, levels: number): number {
  let length = 1 << (levels - 1)
  while (start % length !== 0) length /= 2
  return length
}

/** The lowest level with a start here that is among its last three or the current one. */
function finestLevelOf(start: number, T: number): number {
  let level = 0
  while (T >= start + 4 * (1 << level)) level += 1
  return level
}
