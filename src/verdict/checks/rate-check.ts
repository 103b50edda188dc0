import { ratioTerm } from '../../evidence/terms.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import type { Term } from '../../evidence/term.ts'
import type { Pair } from '../../pane/pane.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { BucketCounts } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import { percent } from '../figures.ts'
import type { Comparison, Question } from '../question.ts'
import type { Subject } from '../subject.ts'
import type { AcceptedSums } from './accepted-sums.ts'
import { addToBuckets } from './by-bucket.ts'

/** Of one cohort in one slice, by bucket: events that count, and events that could. Sums of a value are no counts. */
export interface Counted {
  numerators: readonly BucketCounts[] | Float64Array
  denominators: readonly BucketCounts[]
  /** Taken off the denominators. */
  without?: readonly BucketCounts[]
}

/** What makes one rate differ from another. */
export interface RatePlan {
  subject: Subject
  streams: readonly string[]
  count(slice: Slice): Pair<Counted>
  question: Question
  scale: Comparison['scale']
  levels: number
  /** The slice before the first one that is added: 0 at the stream's start. */
  begin: number
  /** Where the denominators are accepted records while nothing is counted: those, kept once for many rates. */
  accepted?: AcceptedSums
  eventNoun: string
  tell(control: number, candidate: number): string
}

/** A check of one rate or ratio: boolean, missing, engagement and their like. */
export class RateCheck implements ComparedCheck {
  readonly waitingFor = 'nothing has been counted yet'
  readonly comparisons: readonly Comparison[]
  readonly #plan: RatePlan
  /** null = nothing was counted yet: as the accepted records are. */
  #own: WindowSums | null = null

  constructor(plan: RatePlan) {
    this.#plan = plan
    const { question, scale, accepted, levels, begin } = plan
    if (accepted === undefined) this.#own = new WindowSums({ ...SHAPE, levels, begin })
    const sumsNow = (): WindowSums => this.#own ?? accepted!.sums
    this.comparisons = [
      {
        ...{ questions: [question], scores: [], scale },
        get sums() {
          return sumsNow()
        },
      },
    ]
  }

  get subject(): Subject {
    return this.#plan.subject
  }

  get streams(): readonly string[] {
    return this.#plan.streams
  }

  get begin(): number {
    return this.#plan.begin
  }

  get eventNoun(): string {
    return this.#plan.eventNoun
  }

  add(slice: Slice): void {
    const counted = this.#plan.count(slice)
    if (this.#own === null) {
      const accepted = this.#plan.accepted!
      const isUncounted = COHORTS.every(
        (cohort) => countsNothing(counted[cohort]) && accepted.isAccepted(slice, cohort, counted[cohort].denominators),
      )
      if (isUncounted) return accepted.add(slice)
      this.#own = accepted.before(slice)
    }
    const [control, candidate] = [byBucket(counted[0], scratch[0]), byBucket(counted[1], scratch[1])]
    // A sum of money has no variance of its own that events alone would give.
    const floor = this.#plan.scale === 'relative-sums' ? 'none' : 'rate'
    this.#own.addWritten((term) =>
      ratioTerm(control.numerators, control.denominators, candidate.numerators, candidate.denominators, floor, term),
    )
  }

  tell(term: Term): string {
    const { control, candidate } = ratesOf(term)
    return this.#plan.tell(control, candidate)
  }
}

const SHAPE = { buckets: BUCKETS, bins: 1, tables: 0 }
const COHORTS = [0, 1] as const

function countsNothing({ numerators, without = [] }: Counted): boolean {
  return !(numerators instanceof Float64Array) && isAllZero(numerators) && isAllZero(without)
}

function isAllZero(each: readonly BucketCounts[]): boolean {
  return each.every(({ total }) => total === 0)
}

interface Sums {
  numerators: Float64Array
  denominators: Float64Array
}

/** Filled anew for every cohort of every slice: they are many and short-lived. */
const scratch: Pair<Sums> = [newSums(), newSums()]

function newSums(): Sums {
  return { numerators: new Float64Array(BUCKETS), denominators: new Float64Array(BUCKETS) }
}

function byBucket({ numerators, denominators, without = [] }: Counted, into: Sums): Sums {
  into.denominators.fill(0)
  addToBuckets(into.denominators, denominators)
  addToBuckets(into.denominators, without, -1)
  if (numerators instanceof Float64Array) into.numerators.set(numerators)
  else {
    into.numerators.fill(0)
    addToBuckets(into.numerators, numerators)
  }
  return into
}

/** Both cohorts' plain rates over a window. */
export function ratesOf(term: Term): { control: number; candidate: number } {
  const rate = (cohort: 0 | 1): number => {
    const events = term.events[cohort].reduce((sum, count) => sum + count, 0)
    return events === 0 ? 0 : term.counts[cohort][0]! / events
  }
  return { control: rate(0), candidate: rate(1) }
}

/** `2.1 % of candidate values are missing against 0.0 % of control` */
export function tellShares(noun: string, predicate: string): (control: number, candidate: number) => string {
  return (control, candidate) =>
    `${percent(candidate)} of candidate ${noun} ${predicate} against ${percent(control)} of control`
}
