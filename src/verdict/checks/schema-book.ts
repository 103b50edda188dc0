import { Term } from '../../evidence/term.ts'
import { ratioTerm } from '../../evidence/terms.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import type { ViolationTallies } from '../../pane/pane.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import type { Comparison, Question, Sums } from '../question.ts'
import { recordsByBucket, sumByBucket } from './by-bucket.ts'
import type { ByBucket } from './by-bucket.ts'
import { rateQuestion, talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'
import { LateSums } from './late-sums.ts'

/** The budget of `schema` has so many parts: one for all violations together, then one for each pair in order of appearance. */
const PARTS = 32
/** The last part is shared by all later pairs; a slice has at most 64 and `other`. */
const LATER_PAIRS_MAX = 65 - (PARTS - 2)

/**
 * Violations per record (statistics.md 10; parts of the budget: 6), candidate against control: of all pairs of reason and field
 * together, and of each pair since it first appeared. Before that a pair counted nothing: its windows that reach further back
 * take their records from the sums of records, which are kept once for all, so a late pair costs no more than an early one and
 * misses nothing.
 */
export class SchemaBook {
  readonly all: Comparison
  /** Records alone, nothing counted of them: what a field without violations is judged on. */
  readonly clean: Comparison
  readonly #context: CheckContext
  readonly #records: WindowSums
  readonly #all: WindowSums
  readonly #pairs: { reason: string; field: string; sums: WindowSums; comparison: Comparison }[] = []
  readonly #shape: { buckets: number; bins: number; tables: number; levels: number; begin: number }
  /** Filled anew for every pair: terms are many and short-lived. */
  readonly #term = new Term({ buckets: BUCKETS, bins: 1, tables: 0, events: false })
  #T: number

  constructor(context: CheckContext) {
    const { begin, budget } = context
    this.#context = context
    this.#T = begin
    this.#shape = { buckets: BUCKETS, bins: 1, tables: 0, levels: budget.levels, begin }
    this.#records = new WindowSums(this.#shape)
    this.#all = new WindowSums(this.#shape)
    this.all = this.#comparison(this.#all, this.#question('all', 1 / PARTS))
    this.clean = this.#comparison(this.#records, this.#question('none', 1 / PARTS))
  }

  /** Shared by several checks: a slice that was added is not added again. */
  add(slice: Slice): void {
    if (slice.number <= this.#T) return
    const tallies = talliesOf(slice, this.#context.stream.name)
    const records: ByBucket = [recordsByBucket(tallies.cohorts[0]), recordsByBucket(tallies.cohorts[1])]
    // Violations without a cohort compare nothing; they are the business of `schema@contract`.
    const pairs = tallies.violations.filter(({ counts }) => counts[0].total + counts[1].total > 0)
    for (const { reason, field } of pairs) this.#pair(reason, field)

    this.#records.add(violationTerm([], records))
    this.#all.add(violationTerm(pairs, records))
    for (const { reason, field, sums } of this.#pairs) {
      const own = pairs.filter((pair) => pair.reason === reason && pair.field === field)
      sums.add(own.length === 0 ? null : violationTerm(own, records, this.#term))
    }
    this.#T = slice.number
  }

  comparisonsOf(field: string): Comparison[] {
    const own = this.#pairs.filter((pair) => pair.field === field).map(({ comparison }) => comparison)
    return own.length === 0 ? [this.clean] : own
  }

  #pair(reason: string, field: string): void {
    if (this.#pairs.some((pair) => pair.reason === reason && pair.field === field)) return
    const place = this.#pairs.length
    const weight = place < PARTS - 2 ? 1 / PARTS : 1 / PARTS / LATER_PAIRS_MAX
    const sums = new WindowSums({ ...this.#shape, events: false, begin: this.#T })
    const comparison = this.#comparison(new LateSums(sums, this.#records), this.#question(reason, weight))
    this.#pairs.push({ reason, field, sums, comparison })
  }

  #comparison(sums: Sums, question: Question): Comparison {
    return { questions: [question], scores: [], scale: 'absolute', sums }
  }

  #question(key: string, weight: number): Question {
    return rateQuestion(this.#context, 'quality', 'schema', { weight, key })
  }
}

function violationTerm(pairs: readonly ViolationTallies[], records: ByBucket, into?: Term): Term {
  const violations = ([0, 1] as const).map((cohort) => sumByBucket(pairs.map(({ counts }) => counts[cohort])))
  return ratioTerm(violations[0]!, records[0], violations[1]!, records[1], 'rate', into)
}
