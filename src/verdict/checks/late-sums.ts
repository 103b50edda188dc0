import { Term } from '../../evidence/term.ts'
import type { OfferedWindow, WindowSums } from '../../evidence/window-sums.ts'
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

  offered(notBefore = 0): OfferedWindow[] {
    // Both in the order of the ladder; those that reach back before `begin` are not among its own.
    const own = this.#own.offered(notBefore)
    let at = 0
    return this.#records.offered(notBefore).map(({ cls, level, blocks, start, end, sums }) => {
      const counted = start >= this.#own.begin ? own[at++]!.sums : this.#own.whole.sums
      return { cls, level, blocks, start, end, sums: Term.joined(counted, sums) }
    })
  }

  get whole(): { start: number; end: number; sums: Term } {
    const { start, end, sums } = this.#records.whole
    return { start, end, sums: Term.joined(this.#own.whole.sums, sums) }
  }
}
