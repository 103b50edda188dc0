/**
 * What one comparison says over one slice, or over any run of slices: terms add (docs/statistics.md 3).
 *
 * One flat array holds everything, so that adding two terms is one loop and a term has no hidden parts:
 *
 *   [ r: buckets × bins | events: control, candidate by bucket | floor: bins, then tables
 *     | evenSums, oddSums by bin | counts: control, candidate by bin | w | wMu ]
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

export class Term {
  readonly shape: TermShape
  readonly packed: Float64Array
  /** The candidate's surplus over the control, centred on the pooled share of each slice; [bucket · bins + bin]. */
  readonly r: Float64Array
  /** Events (denominators) by bucket: what minimum data asks for. */
  readonly events: readonly [control: Float64Array, candidate: Float64Array]
  /** The variance that independent events alone would give: by bin, then by score table. */
  readonly floor: Float64Array
  /** Σ r over the even and over the odd buckets, by bin: kept so that most windows are settled without the buckets. */
  readonly evenSums: Float64Array
  readonly oddSums: Float64Array
  /** Plain pooled counts by bin (cells), or the pooled numerator (rates, ratios): for figures in reasons. */
  readonly counts: readonly [control: Float64Array, candidate: Float64Array]
  readonly #scalars: Float64Array

  /** @param joined in place of an own array: all of `counted`, with the events and the weight of `records`. Not to be added to. */
  constructor(shape: TermShape, joined?: { counted: Term; records: Term }) {
    const { buckets, bins, tables, events } = shape
    this.shape = shape
    if (joined !== undefined) {
      const { counted, records } = joined
      this.packed = NOTHING
      this.r = counted.r
      this.events = records.events
      this.floor = counted.floor
      this.evenSums = counted.evenSums
      this.oddSums = counted.oddSums
      this.counts = counted.counts
      this.#scalars = Float64Array.of(records.w, counted.wMu)
      return
    }
    const eventBuckets = events === false ? 0 : buckets
    this.packed = new Float64Array(buckets * bins + 2 * eventBuckets + bins + tables + 4 * bins + 2)
    let from = 0
    const take = (length: number): Float64Array => this.packed.subarray(from, (from += length))
    this.r = take(buckets * bins)
    this.events = [take(eventBuckets), take(eventBuckets)]
    this.floor = take(bins + tables)
    this.evenSums = take(bins)
    this.oddSums = take(bins)
    this.counts = [take(bins), take(bins)]
    this.#scalars = take(2)
  }

  /** The weight: effect = u/w. 0 = nothing to compare. */
  get w(): number {
    return this.#scalars[0]!
  }
  set w(w: number) {
    this.#scalars[0] = w
  }

  /** Σ w·μ over the slices: rates and ratios only. */
  get wMu(): number {
    return this.#scalars[1]!
  }
  set wMu(wMu: number) {
    this.#scalars[1] = wMu
  }

  /** The pooled rate of the window, each slice by its weight: relative effects are divided by it. 0 without weight. */
  get mu(): number {
    return this.w > 0 ? this.wMu / this.w : 0
  }

  add(other: Term): void {
    const mine = this.packed
    const theirs = other.packed
    for (let i = 0; i < mine.length; i += 1) mine[i]! += theirs[i]!
  }

  copyFrom(other: Term): void {
    this.packed.set(other.packed)
  }

  clear(): void {
    this.packed.fill(0)
  }

  /** What `counted`, kept without events, says of these records: nothing is copied. */
  static joined(counted: Term, records: Term): Term {
    return new Term(records.shape, { counted, records })
  }
}

const NOTHING = new Float64Array(0)
