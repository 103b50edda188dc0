/**
 * What one comparison says over one slice, or over any run of slices: terms add (docs/statistics.md 3).
 *
 * Two parts, which is what makes a judge affordable. Scalars say of most windows that they cannot be news; they are a few
 * numbers a cell. Buckets are 256 times as many, are read only beyond that, and of a window are put together only when read.
 *
 *   scalars [ floor: bins, then tables | evenSums, oddSums by bin | counts: control, candidate by bin | w | wMu ]
 *   buckets [ r: buckets × bins | events: control, candidate by bucket ]
 */
export interface TermShape {
  /** Unit buckets, 256 in the product. */
  buckets: number
  /** Cells of a field; 1 for a rate or ratio. */
  bins: number
  /** Score tables: 2 for numeric (p1, p2), else 0. */
  tables: number
  /** false = the events are kept in another term (`joined`): a third of the size of a rate. */
  events?: false
}

export interface Buckets {
  /** The candidate's surplus over the control, centred on the pooled share of each slice; [bucket · bins + bin]. */
  readonly r: Float64Array
  /** Events (denominators) by bucket: what minimum data asks for. */
  readonly events: readonly [control: Float64Array, candidate: Float64Array]
}

export class Term implements Buckets {
  readonly shape: TermShape
  readonly scalars: Float64Array
  /** The variance that independent events alone would give: by bin, then by score table. */
  readonly floor: Float64Array
  /** Σ r over the even and over the odd buckets, by bin: kept so that most windows are settled without the buckets. */
  readonly evenSums: Float64Array
  readonly oddSums: Float64Array
  /** Plain pooled counts by bin (cells), or the pooled numerator (rates, ratios): for figures in reasons. */
  readonly counts: readonly [control: Float64Array, candidate: Float64Array]
  readonly #make: (() => Buckets) | null
  #buckets: Buckets | null = null

  /** @param make puts the buckets together when they are first read; left out: they are the term's own, and it can be added to */
  constructor(shape: TermShape, make: (() => Buckets) | null = null) {
    const { bins, tables } = shape
    this.shape = shape
    this.scalars = new Float64Array(5 * bins + tables + 2)
    const take = taking(this.scalars)
    this.floor = take(bins + tables)
    this.evenSums = take(bins)
    this.oddSums = take(bins)
    this.counts = [take(bins), take(bins)]
    this.#make = make
    if (make === null) this.#buckets = new OwnBuckets(shape)
  }

  get r(): Float64Array {
    return this.#read().r
  }

  get events(): Buckets['events'] {
    return this.#read().events
  }

  /** The weight: effect = u/w. 0 = nothing to compare. */
  get w(): number {
    return this.scalars[this.scalars.length - 2]!
  }
  set w(w: number) {
    this.scalars[this.scalars.length - 2] = w
  }

  /** Σ w·μ over the slices: rates and ratios only. */
  get wMu(): number {
    return this.scalars[this.scalars.length - 1]!
  }
  set wMu(wMu: number) {
    this.scalars[this.scalars.length - 1] = wMu
  }

  /** The pooled rate of the window, each slice by its weight: relative effects are divided by it. 0 without weight. */
  get mu(): number {
    return this.w > 0 ? this.wMu / this.w : 0
  }

  add(other: Term): void {
    addEach(this.scalars, other.scalars)
    addEach(this.#own().packed, other.#own().packed)
  }

  copyFrom(other: Term): void {
    this.scalars.set(other.scalars)
    this.#own().packed.set(other.#own().packed)
  }

  clear(): void {
    this.scalars.fill(0)
    this.#own().packed.fill(0)
  }

  /** Scalars are the sum of the parts'; buckets will be when they are read. */
  becomeSum(parts: readonly Term[]): void {
    this.scalars.fill(0)
    for (const { scalars } of parts) addEach(this.scalars, scalars)
    this.#buckets = null
  }

  /** All of `counted`, which is kept without events, with the events and the weight of `records`: nothing is copied but scalars. */
  static joined(counted: Term, records: Term): Term {
    const term = new Term(records.shape, () => ({ r: counted.r, events: records.events }))
    term.scalars.set(counted.scalars)
    term.w = records.w
    return term
  }

  /** The buckets of all parts, oldest first. */
  static sumOfBuckets(shape: TermShape, parts: readonly Term[]): Buckets {
    const sum = new OwnBuckets(shape)
    for (const part of parts) addEach(sum.packed, part.#own().packed)
    return sum
  }

  #read(): Buckets {
    return (this.#buckets ??= this.#make!())
  }

  #own(): OwnBuckets {
    if (!(this.#buckets instanceof OwnBuckets)) throw new TypeError('a term without buckets of its own cannot be added')
    return this.#buckets
  }
}

/** One array under both, so that adding is one loop. */
class OwnBuckets implements Buckets {
  readonly packed: Float64Array
  readonly r: Float64Array
  readonly events: readonly [control: Float64Array, candidate: Float64Array]

  constructor({ buckets, bins, events }: TermShape) {
    const eventBuckets = events === false ? 0 : buckets
    this.packed = new Float64Array(buckets * bins + 2 * eventBuckets)
    const take = taking(this.packed)
    this.r = take(buckets * bins)
    this.events = [take(eventBuckets), take(eventBuckets)]
  }
}

function taking(packed: Float64Array): (length: number) => Float64Array {
  let from = 0
  return (length) => packed.subarray(from, (from += length))
}

function addEach(mine: Float64Array, theirs: Float64Array): void {
  for (let at = 0; at < mine.length; at += 1) mine[at]! += theirs[at]!
}
