import { Term } from '../../evidence/term.ts'
import { plannedVariance, volumeTerm } from '../../evidence/volume-term.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import { percent } from '../figures.ts'
import type { Comparison } from '../question.ts'
import { eventsOf } from '../question.ts'
import type { Subject } from '../subject.ts'
import { epochOf } from './allocation.ts'
import { BothCohorts } from './both-cohorts.ts'
import { recordsByBucket } from './by-bucket.ts'
import { rateQuestion, talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'

const RECORDS_MIN = 200
const SHAPE = { buckets: BUCKETS, bins: 1, tables: 0 }

/** Who was drawn into a small canary is chance: u must be too large for that as well (see `plannedVariance`). */
function isProven(term: Term, zRequired: number): boolean {
  const u = term.evenSums[0]! + term.oddSums[0]!
  return u * u >= zRequired * zRequired * plannedVariance(term)
}

/** Records per planned share (statistics.md 10), late and violating ones included: only where an allocation is planned. */
export class VolumeCheck implements ComparedCheck {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly begin: number
  readonly comparisons: readonly Comparison[]
  readonly waitingFor = 'nothing has been counted yet'
  readonly eventNoun = 'records'
  readonly #allocation: CheckContext['stream']['allocation']
  readonly #both = new BothCohorts()
  readonly #sums: WindowSums
  /** Filled anew for every slice. */
  readonly #term = new Term(SHAPE)

  constructor(context: CheckContext, subject: Subject) {
    const { stream, budget, begin } = context
    this.subject = subject
    this.streams = [stream.name]
    this.begin = begin
    this.#allocation = stream.allocation
    this.#sums = new WindowSums({ ...SHAPE, levels: budget.levels, begin })
    const question = rateQuestion(context, 'population', 'volume', { effect: 'relative' })
    // The effect is relative as it comes: planned shares have taken the place of a rate.
    this.comparisons = [
      { questions: [question], scores: [], scale: 'absolute', eventsMin: RECORDS_MIN, isProven, sums: this.#sums },
    ]
  }

  add(slice: Slice): void {
    const tallies = talliesOf(slice, this.subject.stream)
    const hasBegun = this.#both.add(tallies)
    const shares = epochOf(this.#allocation, slice)?.shares ?? null
    if (!hasBegun || shares === null) return this.#sums.add(null)
    const [control, candidate] = tallies.cohorts.map(recordsByBucket)
    this.#sums.add(volumeTerm(control!, candidate!, shares, this.#term))
  }

  /** Of several plans in one window the mean, each slice by its records. The effect behind it is u/w: see volume-term.ts. */
  tell(term: Term): string {
    const { control, candidate } = eventsOf(term)
    const records = control + candidate
    const planned = (candidate - term.evenSums[0]! - term.oddSums[0]!) / records
    const shares = `the candidate sends ${percent(candidate / records)} of the records of both, ${percent(planned)} planned`
    return `${shares}; per planned share against the mean of both`
  }
}
