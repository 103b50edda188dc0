import { Term } from '../../evidence/term.ts'
import type { MayMatter, OfferedWindow, WindowSums } from '../../evidence/window-sums.ts'
import type { Sums } from '../question.ts'

/**
 * The sums of something that first appeared late, over the whole of what could have held it.
 *
 * Of a slice without any of it the term would be: records and weight, all else 0. These two are taken from the sums of records,
 * which are kept once for many, so such a slice may as well add nothing; and windows that reach back to before it appeared
 * have their records from there. `own` keeps no events (`TermShape`): the sums of a rate are a third of the size.
 */
export class LateSums implements Sums {
  readonly #own: WindowSums
  readonly #records: WindowSums

  constructor(own: WindowSums, records: WindowSums) {
    this.#own = own
    this.#records = records
  }

  get hasCounts(): boolean {
    return this.#own.hasCounts
  }

  offered(notBefore = 0, mayMatter: MayMatter = () => true): OfferedWindow[] {
    const offered: OfferedWindow[] = []
    for (const window of this.#records.windows(notBefore)) {
      if (!mayMatter(this.#partsFrom(window.start), window.cls)) continue
      const counted = window.start >= this.#own.begin ? this.#own.sumsFrom(window.start) : this.#own.whole.sums
      offered.push({ ...window, sums: Term.joined(counted, this.#records.sumsFrom(window.start)) })
    }
    return offered
  }

  get whole(): { start: number; end: number; sums: Term } {
    const { start, end, sums } = this.#records.whole
    return { start, end, sums: Term.joined(this.#own.whole.sums, sums) }
  }

  /** What reaches back to before it appeared holds all of it. */
  #partsFrom(start: number): readonly Term[] {
    return start >= this.#own.begin ? this.#own.partsFrom(start) : [this.#own.whole.sums]
  }
}
