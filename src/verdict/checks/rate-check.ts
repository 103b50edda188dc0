import { ratioTerm } from '../../evidence/terms.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import { Term } from '../../evidence/term.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import { percent } from '../figures.ts'
import type { Comparison, Question } from '../question.ts'
import type { Subject } from '../subject.ts'
import type { ByBucket } from './by-bucket.ts'

/** What makes one rate differ from another. */
export interface RatePlan {
  subject: Subject
  streams: readonly string[]
  /** Events that count, and events that could: of one slice, by bucket. */
  count(slice: Slice): { numerators: ByBucket; denominators: ByBucket }
  question: Question
  scale: Comparison['scale']
  levels: number
  /** The slice before the first one that is added: 0 at the stream's start. */
  begin: number
  eventNoun: string
  tell(control: number, candidate: number): string
}

/** A check of one rate or ratio: boolean, missing, engagement and their like. */
export class RateCheck implements ComparedCheck {
  readonly waitingFor = 'nothing has been counted yet'
  readonly comparisons: readonly Comparison[]
  readonly #plan: RatePlan
  readonly #sums: WindowSums
  /** Filled anew for every slice: terms are many and short-lived. */
  readonly #term = new Term(SHAPE)

  constructor(plan: RatePlan) {
    this.#plan = plan
    this.#sums = new WindowSums({ ...SHAPE, levels: plan.levels, begin: plan.begin })
    this.comparisons = [{ questions: [plan.question], scores: [], scale: plan.scale, sums: this.#sums }]
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
    const { numerators, denominators } = this.#plan.count(slice)
    // A sum of money has no variance of its own that events alone would give.
    const floor = this.#plan.scale === 'relative-sums' ? 'none' : 'rate'
    this.#sums.add(ratioTerm(numerators[0], denominators[0], numerators[1], denominators[1], floor, this.#term))
  }

  tell(term: Term): string {
    const { control, candidate } = ratesOf(term)
    return this.#plan.tell(control, candidate)
  }
}

const SHAPE = { buckets: BUCKETS, bins: 1, tables: 0 }

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
