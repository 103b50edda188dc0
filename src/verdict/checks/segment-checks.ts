import type { EngagementConfig } from '../../config/shape.ts'
import { ratioTerm } from '../../evidence/terms.ts'
import type { Term } from '../../evidence/term.ts'
import { WindowSums } from '../../evidence/window-sums.ts'
import type { SegmentsFrozen } from '../../ledger/record.ts'
import type { InsideTallies, Pair, SegmentTallies } from '../../pane/pane.ts'
import { planSegments } from '../../pane/segments.ts'
import type { BucketCounts } from '../../sketch/bucket-counts.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { Slice } from '../../slice/slice.ts'
import { weightOfWhole } from '../budget.ts'
import { DriftWatch } from '../drift-watch.ts'
import type { ComparedCheck } from '../drift-watch.ts'
import { measured, percent } from '../figures.ts'
import type { Comparison } from '../question.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import type { Watched } from '../watched.ts'
import { numbersOf, sumByBucket } from './by-bucket.ts'
import type { ByBucket } from './by-bucket.ts'
import { rateQuestion, talliesOf } from './context.ts'
import type { CheckContext } from './context.ts'
import { LateSums } from './late-sums.ts'
import { RateCheck, ratesOf, tellShares } from './rate-check.ts'
import type { Counted } from './rate-check.ts'

/**
 * missing and engagement inside declared segments (statistics.md 6): they come into being with the first slice that counts
 * inside, which the record of the ledger names, on the half of each metric's budget that was put aside for them from the start.
 *
 *   slice 1 ……………… 288      record's start
 *   whole, at half its budget ───────────────────────────────►
 *                              ├─ engagement [country=de] …  ►   the other half, divided by the pairs of segment and value
 *                              ├─ ·· missing price [country=de]  from the first record that misses it: before that there is
 *                                                                nothing to compare, and nothing to keep
 *
 * A check of a field that was never missing inside a segment is absent, never passed; the one over the whole stands for it.
 */
export class SegmentChecks {
  readonly #contexts: readonly CheckContext[]
  #frozen: SegmentsFrozen | null = null
  /** null before the first slice that counts. */
  #inside: InsideValue[] | null = null

  constructor(contexts: readonly CheckContext[]) {
    this.#contexts = contexts
  }

  freeze(body: SegmentsFrozen): void {
    this.#frozen ??= body
  }

  /** Takes the slice in, before the checks do; gives those that come into being with it. */
  add(slice: Slice): Watched[] {
    if (this.#frozen === null || slice.number < this.#frozen.fromNumber) return []
    const fresh = this.#inside === null
    this.#inside ??= this.#contexts.flatMap((context) => insideValues(context, this.#frozen!, slice.number - 1))
    return this.#inside.flatMap((inside) => [...(fresh ? inside.engagementChecks() : []), ...inside.add(slice)])
  }
}

function insideValues(context: CheckContext, frozen: SegmentsFrozen, begin: number): InsideValue[] {
  const { plan, config, stream } = context
  if (weightOfWhole(stream, config.policy) === 1) return []
  const declared = planSegments(plan, frozen).fields.filter(({ at }) => plan.fields[at]!.role === 'segment')
  const pairs = declared.flatMap(({ at, values }) => values.map((value) => ({ at, value })))
  const weight = (1 - weightOfWhole(stream, config.policy)) / pairs.length
  return pairs.map(({ at, value }) => new InsideValue({ ...context, begin }, at, value, weight))
}

/** One value of a segment's field. */
class InsideValue {
  readonly #context: CheckContext
  readonly #fieldAt: number
  readonly #value: string
  readonly #weight: number
  readonly #shape: { buckets: number; bins: number; tables: number; levels: number; begin: number }
  /** Accepted records that hold the value: what could have missed something. */
  readonly #records: WindowSums
  /** By position of the field. */
  readonly #missing = new Map<number, WindowSums>()

  constructor(context: CheckContext, fieldAt: number, value: string, weight: number) {
    const { budget, begin } = context
    this.#context = context
    this.#fieldAt = fieldAt
    this.#value = value
    this.#weight = weight
    this.#shape = { buckets: BUCKETS, bins: 1, tables: 0, levels: budget.levels, begin }
    this.#records = new WindowSums(this.#shape)
  }

  engagementChecks(): Watched[] {
    const { stream } = this.#context
    return stream.engagement.flatMap((metric) => {
      const numeratorOf = this.#numeratorOf(metric)
      return numeratorOf === null ? [] : [this.#watch(this.#engagementCheck(metric, numeratorOf))]
    })
  }

  /** The checks of fields that are missing here for the first time. */
  add(slice: Slice): Watched[] {
    const cohorts = this.#cohortsIn(slice)
    const before = slice.number - 1
    const fresh = this.#fieldsMissingIn(cohorts).filter((at) => !this.#missing.has(at))
    for (const at of fresh) this.#missing.set(at, new WindowSums({ ...this.#shape, events: false, begin: before }))

    const records = cohorts && acceptedOf(cohorts)
    this.#records.add(records && ratioTerm(NOTHING, records[0], NOTHING, records[1]))
    for (const [at, sums] of this.#missing) {
      const [control, candidate] = [cohorts?.[0].missing.get(at), cohorts?.[1].missing.get(at)]
      if ((control?.total ?? 0) + (candidate?.total ?? 0) === 0) sums.add(null)
      else sums.addWritten((term) => missingTerm([control, candidate], records!, term))
    }
    return fresh.map((at) => this.#watch(this.#missingCheck(at)))
  }

  #watch(check: ComparedCheck): Watched {
    return new DriftWatch(check, this.#context.budget.looks)
  }

  #fieldsMissingIn(cohorts: Pair<InsideTallies> | null): number[] {
    const fields = (cohorts ?? []).flatMap(({ missing }) => [...missing].filter(([, { total }]) => total > 0))
    return [...new Set(fields.map(([at]) => at))].sort((one, other) => one - other)
  }

  /** null where the slice does not count inside: then it compares nothing. */
  #cohortsIn(slice: Slice): Pair<InsideTallies> | null {
    const { segments } = talliesOf(slice, this.#context.stream.name)
    return (
      segments.find((each: SegmentTallies) => each.field === this.#fieldAt && each.value === this.#value)?.cohorts ??
      null
    )
  }

  #subject(check: 'missing' | 'engagement', field: string): Subject {
    const { stream } = this.#context
    return subjectOf(stream.name, check, field, 'control', `${stream.fields[this.#fieldAt]!.name}=${this.#value}`)
  }

  #missingCheck(at: number): ComparedCheck {
    const { stream, begin } = this.#context
    const question = rateQuestion(this.#context, 'quality', 'missing', { weight: this.#weight })
    const sums = new LateSums(this.#missing.get(at)!, this.#records)
    const comparisons: Comparison[] = [{ questions: [question], scores: [], scale: 'absolute', sums }]
    return {
      ...{ subject: this.#subject('missing', stream.fields[at]!.name), streams: [stream.name], begin, comparisons },
      ...{ waitingFor: 'nothing has been counted yet', eventNoun: 'records' },
      add: () => undefined, // the value has taken the slice in already, for all its fields
      tell: (term: Term) => {
        const { control, candidate } = ratesOf(term)
        return tellShares('values', 'are missing')(control, candidate)
      },
    }
  }

  #engagementCheck(metric: EngagementConfig, numeratorOf: NumeratorOf): ComparedCheck {
    const { stream, budget, begin } = this.#context
    const isSum = metric.kind === 'ratio'
    return new RateCheck({
      subject: this.#subject('engagement', metric.name),
      streams: [stream.name],
      count: (slice) => {
        const cohorts = this.#cohortsIn(slice)
        if (cohorts === null) return [NO_RECORDS, NO_RECORDS]
        const count = (inside: InsideTallies): Counted => ({
          numerators: numeratorOf(inside),
          denominators: [inside.accepted],
        })
        return [count(cohorts[0]), count(cohorts[1])]
      },
      question: rateQuestion(this.#context, 'engagement', 'engagement', { weight: this.#weight, effect: 'relative' }),
      scale: isSum ? 'relative-sums' : 'relative',
      levels: budget.levels,
      begin,
      eventNoun: 'events',
      tell: (control, candidate) => {
        const show = isSum || Math.max(control, candidate) > 1 ? measured : percent
        return `${show(candidate)} in the candidate against ${show(control)} in the control`
      },
    })
  }

  /** null for what one stream's segments cannot tell: the parts of a ratio lie in two streams. */
  #numeratorOf(metric: EngagementConfig): NumeratorOf | null {
    const { plan, stream } = this.#context
    if (metric.kind === 'rate') {
      const at = plan.rates.findIndex(({ name }) => name === metric.name)
      return ({ rates }) => [rates[at]!]
    }
    const { numerator, per } = metric
    if (numerator.sum === null || numerator.stream !== stream.name || per !== stream.name) return null
    const at = plan.sums.findIndex(({ field }) => field === numerator.sum)
    return ({ sums }) => numbersOf(sums[at]!)
  }
}

type NumeratorOf = (inside: InsideTallies) => Counted['numerators']

const NO_RECORDS: Counted = { numerators: [], denominators: [] }
const NOTHING = new Float64Array(BUCKETS)

function acceptedOf(cohorts: Pair<InsideTallies>): ByBucket {
  return [sumByBucket([cohorts[0].accepted]), sumByBucket([cohorts[1].accepted])]
}

function missingTerm(missing: Pair<BucketCounts | undefined>, records: ByBucket, into: Term): Term {
  for (const cohort of [0, 1] as const) {
    scratch[cohort].fill(0)
    missing[cohort]?.addTo(scratch[cohort])
  }
  return ratioTerm(scratch[0], records[0], scratch[1], records[1], 'rate', into)
}

/** Filled anew for every field inside every value: they are many and short-lived. */
const scratch: ByBucket = [new Float64Array(BUCKETS), new Float64Array(BUCKETS)]
