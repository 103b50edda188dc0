import { scoreTables } from '../../src/evidence/quantile-cuts.ts'
import { Term } from '../../src/evidence/term.ts'
import { cellTerm, ratioTerm } from '../../src/evidence/terms.ts'
import { WindowSums } from '../../src/evidence/window-sums.ts'
import type { CellsFrozen } from '../../src/ledger/record.ts'
import type { FieldTallies } from '../../src/pane/pane.ts'
import { BUCKETS, BucketCounts } from '../../src/sketch/bucket-counts.ts'
import { CategoryCounts } from '../../src/sketch/category-counts.ts'
import { ValueHistogram } from '../../src/sketch/value-histogram.ts'
import { FieldCells } from '../../src/slice/field-cells.ts'
import { rateQuestion } from '../../src/verdict/checks/context.ts'
import { distributionQuestions } from '../../src/verdict/checks/distribution-questions.ts'
import type { ComparedCheck } from '../../src/verdict/drift-watch.ts'
import type { Comparison } from '../../src/verdict/question.ts'
import { subjectOf } from '../../src/verdict/subject.ts'
import { CategoryPlaces, NumberPlaces } from './cell-places.ts'
import type { CellPlaces } from './cell-places.ts'
import { CohortEvents } from './events.ts'
import type { SliceEvents } from './events.ts'
import { FIELD, STREAM } from './product.ts'
import type { Product } from './product.ts'
import { SLICES_PER_DAY } from './scenario.ts'
import { categoryNamed } from './values.ts'

/**
 * The product's checks without its sketches: events are counted straight into the numbers that a check reads from a slice, and
 * from there on everything is the product's own code (terms, window sums, questions, thresholds, search, alert life). Some ten
 * times as quick as making slices, and the same: `test/acceptance/calibration.test.ts` holds both side by side.
 */
export abstract class CountedCheck implements ComparedCheck {
  readonly streams = [STREAM]
  readonly begin = 0
  readonly waitingFor = 'no cells yet'
  readonly eventNoun = 'events'
  readonly subject
  abstract readonly comparisons: readonly Comparison[]

  constructor({ check }: Product) {
    this.subject = subjectOf(STREAM, check, FIELD)
  }

  abstract addEvents(events: SliceEvents, T: number): void

  add(): never {
    throw new TypeError('these checks are given events, not slices')
  }

  tell(): string {
    return ''
  }
}

export function countedCheck(product: Product): CountedCheck {
  return product.check === 'engagement' || product.check === 'missing'
    ? new CountedRate(product)
    : new CountedCells(product)
}

class CountedRate extends CountedCheck {
  readonly comparisons: readonly Comparison[]
  readonly #sums: WindowSums
  readonly #counts = [0, 1].map(() => ({ y: new Float64Array(BUCKETS), n: new Float64Array(BUCKETS) }))
  readonly #term = new Term(RATE_SHAPE)

  constructor(product: Product) {
    super(product)
    const isMissing = product.check === 'missing'
    const question = isMissing
      ? rateQuestion(product, 'quality', 'missing')
      : rateQuestion(product, 'engagement', 'engagement', { effect: 'relative' })
    this.#sums = new WindowSums({ ...RATE_SHAPE, levels: product.budget.levels })
    const scale = isMissing ? 'absolute' : 'relative'
    this.comparisons = [{ questions: [question], scores: [], scale, sums: this.#sums }]
  }

  addEvents(events: SliceEvents): void {
    const [control, candidate] = this.#counts as [Counts, Counts]
    countRate(events[0], control)
    countRate(events[1], candidate)
    this.#sums.add(ratioTerm(control.y, control.n, candidate.y, candidate.n, 'rate', this.#term))
  }
}

interface Counts {
  y: Float64Array
  n: Float64Array
}

const RATE_SHAPE = { buckets: BUCKETS, bins: 1, tables: 0 }

function countRate({ length, buckets, values }: CohortEvents, { y, n }: Counts): void {
  y.fill(0)
  n.fill(0)
  for (let at = 0; at < length; at++) {
    n[buckets[at]!]!++
    y[buckets[at]!]! += values[at]!
  }
}

/** A distribution on frozen cells; slices that come before the cells wait as they came. */
class CountedCells extends CountedCheck {
  comparisons: readonly Comparison[] = []
  readonly #product: Product
  readonly #cells = new FieldCells({ stream: STREAM, fieldStream: STREAM, field: FIELD }, SLICES_PER_DAY)
  #waiting: SliceEvents[] = []
  #judged: { sums: WindowSums; places: CellPlaces; scores: readonly Float64Array[]; term: Term } | null = null
  #counts: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)]

  constructor(product: Product) {
    super(product)
    this.#product = product
  }

  addEvents(events: SliceEvents, T: number): void {
    if (this.#judged !== null) return this.#judge(events)
    this.#waiting.push([copyOf(events[0]), copyOf(events[1])])
    this.#cells.addSlice(T, talliesOf(this.#product.check, events))
    if (this.#cells.due !== null) this.#freeze(this.#cells.due)
  }

  #freeze(frozen: CellsFrozen): void {
    const check = this.#product.check === 'numeric' ? 'numeric' : 'categorical'
    const questions = distributionQuestions(this.#product, check, frozen)
    const { p1, p2 } = scoreTables(frozen.counts)
    const scores = check === 'numeric' ? [p1, p2] : []
    const shape = { buckets: BUCKETS, bins: frozen.counts.length, tables: scores.length }
    const sums = new WindowSums({ ...shape, levels: this.#product.budget.levels })
    const places = check === 'numeric' ? new NumberPlaces(frozen.cells) : new CategoryPlaces(frozen.cells)
    this.#counts = [new Float64Array(BUCKETS * shape.bins), new Float64Array(BUCKETS * shape.bins)]
    this.#judged = { sums, places, scores, term: new Term(shape) }
    this.comparisons = [{ questions, scores, scale: 'absolute', sums }]
    for (const events of this.#waiting) this.#judge(events)
    this.#waiting = []
  }

  #judge(events: SliceEvents): void {
    const { sums, places, scores, term } = this.#judged!
    const { bins } = term.shape
    const [control, candidate] = this.#counts
    control.fill(0)
    candidate.fill(0)
    places.count(events, bins, this.#counts)
    sums.add(cellTerm(control, candidate, BUCKETS, bins, scores, term))
  }
}

function copyOf({ length, units, buckets, values }: CohortEvents): CohortEvents {
  const copy = new CohortEvents()
  for (let at = 0; at < length; at++) copy.push(units[at]!, buckets[at]!, values[at]!)
  return copy
}

/** As much of a slice's field as its cells are frozen from. */
function talliesOf(check: Product['check'], events: SliceEvents): FieldTallies {
  const counts = [0, 1].map(() => ({ ...NO_COUNTS })) as unknown as FieldTallies['counts']
  const [control, candidate] = events
  if (check === 'numeric') {
    const histograms: FieldTallies['histograms'] = [histogramOf(control), histogramOf(candidate)]
    return { kind: 'numeric', counts, histograms, categories: null, table: null }
  }
  const categories: FieldTallies['categories'] = [categoriesOf(control), categoriesOf(candidate)]
  return { kind: 'categorical', counts, histograms: null, categories, table: null }
}

function histogramOf({ length, values }: CohortEvents): ValueHistogram {
  const histogram = new ValueHistogram()
  for (let at = 0; at < length; at++) histogram.add(values[at]!)
  return histogram
}

function categoriesOf({ length, values }: CohortEvents): CategoryCounts {
  const categories = new CategoryCounts()
  for (let at = 0; at < length; at++) categories.add(categoryNamed(values[at]!))
  return categories
}

const none = new BucketCounts()
const NO_COUNTS = { nulls: none, absent: none, nan: none, infinite: none, outOfRange: none, aside: none, trues: none }
