import assert from 'node:assert/strict'
import { ratioTerm } from '../../evidence/terms.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { BucketCounts } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import { addToBuckets } from './by-bucket.ts'
import { talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'

/**
 * The sums of a rate of which nothing was counted yet: its denominators alone, and those are the accepted records. Most rates of
 * a stream are that for good (no field missing, none out of range, nobody late), and they are all alike: kept once, not a hundred
 * times. Who counts something for the first time takes a copy, as it was before that slice, and goes on alone; so the sums are to
 * the bit what they would be had it been alone from the start.
 */
export class AcceptedSums {
  readonly #stream: string
  readonly #sums: WindowSums
  /** Added when somebody reads, or the next slice comes: until then a copy can be had without it. */
  #last: Slice | null = null

  constructor({ stream, budget, begin }: Pick<CheckContext, 'stream' | 'budget' | 'begin'>) {
    this.#stream = stream.name
    this.#sums = new WindowSums({ buckets: BUCKETS, bins: 1, tables: 0, levels: budget.levels, begin })
  }

  /** Whether these denominators are the accepted records of their cohort, and no more than them. */
  isAccepted(slice: Slice, cohort: 0 | 1, denominators: readonly BucketCounts[]): boolean {
    const { accepted } = talliesOf(slice, this.#stream).cohorts[cohort]
    return denominators.includes(accepted) && denominators.every((counts) => counts === accepted || counts.total === 0)
  }

  /** Shared by many checks: a slice that was added is not added again. */
  add(slice: Slice): void {
    if (slice === this.#last) return
    this.#settle()
    this.#last = slice
  }

  /** What was added before this slice. */
  before(slice: Slice): WindowSums {
    if (slice !== this.#last) this.#settle()
    assert.equal(this.#sums.T, slice.number - 1, 'accepted records were read before all checks had taken in the slice')
    return this.#sums.copy()
  }

  get sums(): WindowSums {
    this.#settle()
    return this.#sums
  }

  #settle(): void {
    if (this.#last === null) return
    const [control, candidate] = talliesOf(this.#last, this.#stream).cohorts
    this.#last = null
    accepted.forEach((sum) => sum.fill(0))
    addToBuckets(accepted[0], [control.accepted])
    addToBuckets(accepted[1], [candidate.accepted])
    this.#sums.addWritten((term) => ratioTerm(NOTHING, accepted[0], NOTHING, accepted[1], 'rate', term))
  }
}

const NOTHING = new Float64Array(BUCKETS)
/** Filled anew for every slice. */
const accepted = [new Float64Array(BUCKETS), new Float64Array(BUCKETS)] as const
