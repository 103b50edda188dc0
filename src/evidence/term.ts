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

/** Where the buckets of a term come from that keeps none itself. */
export interface BucketSource {
  read(): Buckets
  /** Adds one bin of `r`: cheaper than reading all. */
  addSurplus(bin: number, x: Float64Array): void
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
  readonly #source: BucketSource | null
  /** Whose weight it has: its own scalars, or another term's. */
  readonly #weighed: Float64Array
  #buckets: Buckets | null = null

  /**
   * @param source of the buckets, asked when they are first read; left out: they are the term's own, and it can be added to
   * @param scalars those of another term, to share them; `weighed` = whose weight it has
   */
  constructor(
    shape: TermShape,
    source: BucketSource | null = null,
    scalars: Scalars = scalarsOf(shape),
    weighed: Scalars = scalars,
  ) {
    this.shape = shape
    this.scalars = scalars.scalars
    this.floor = scalars.floor
    this.evenSums = scalars.evenSums
    this.oddSums = scalars.oddSums
    this.counts = scalars.counts
    this.#weighed = weighed.scalars
    this.#source = source
    if (source === null) this.#buckets = new OwnBuckets(shape)
  }

  get r(): Float64Array {
    return this.#read().r
  }

  get events(): Buckets['events'] {
    return this.#read().events
  }

  /** The weight: effect = u/w. 0 = nothing to compare. */
  get w(): number {
    return this.#weighed[this.#weighed.length - 2]!
  }
  set w(w: number) {
    this.#weighed[this.#weighed.length - 2] = w
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

  /** Neither cohort has anything in this bin. */
  countsNothing(bin: number): boolean {
    const { scalars, shape } = this
    const at = 3 * shape.bins + shape.tables + bin
    return scalars[at] === 0 && scalars[at + shape.bins] === 0
  }

  add(other: Term): void {
    addEach(this.scalars, other.scalars)
    this.#own().add(other.#own())
  }

  /** Adds this to `whole`, then `other` to both: one way through memory where three additions go it three times. */
  addOnTheWay(other: Term, whole: Term): void {
    addEachOnTheWay(this.scalars, other.scalars, whole.scalars)
    this.#own().addOnTheWay(other.#own(), whole.#own())
  }

  copyFrom(other: Term): void {
    this.scalars.set(other.scalars)
    this.#own().packed.set(other.#own().packed)
  }

  copy(): Term {
    const twin = new Term(this.shape)
    twin.copyFrom(this)
    return twin
  }

  clear(): void {
    this.scalars.fill(0)
    this.#own().packed.fill(0)
  }

  /** One bin of `r`, by bucket. Of a window few bins are asked for, so nothing else is put together. */
  surplusOf(bin: number): Float64Array {
    const { buckets, bins } = this.shape
    const x = new Float64Array(buckets)
    if (this.#buckets === null) this.#source!.addSurplus(bin, x)
    else addColumn(this.#buckets.r, bins, bin, x)
    return x
  }

  /** All of `counted`, which is kept without events, with the events and the weight of `records`: nothing is copied, nor written. */
  static joined(counted: Term, records: Term): Term {
    return new Term(records.shape, new JoinedBuckets(counted, records), counted, records)
  }

  /** The sum of these parts, oldest first: scalars at once, buckets when they are read. */
  static sumOf(shape: TermShape, parts: readonly Term[]): Term {
    const sum = new Term(shape, {
      read: () => {
        const read = new OwnBuckets(shape)
        for (const part of parts) read.add(part.#own())
        return read
      },
      addSurplus: (bin, x) => {
        for (const part of parts) addColumn(part.#own().r, shape.bins, bin, x)
      },
    })
    for (const { scalars } of parts) addEach(sum.scalars, scalars)
    return sum
  }

  #read(): Buckets {
    return (this.#buckets ??= this.#source!.read())
  }

  #own(): OwnBuckets {
    if (!(this.#buckets instanceof OwnBuckets)) throw new TypeError('a term without buckets of its own cannot be added')
    return this.#buckets
  }
}

/** Not two closures for each of many windows. */
class JoinedBuckets implements BucketSource {
  readonly #counted: Term
  readonly #records: Term

  constructor(counted: Term, records: Term) {
    this.#counted = counted
    this.#records = records
  }

  read(): Buckets {
    return { r: this.#counted.r, events: this.#records.events }
  }

  addSurplus(bin: number, x: Float64Array): void {
    const surplus = this.#counted.surplusOf(bin)
    for (let h = 0; h < x.length; h += 1) x[h]! += surplus[h]!
  }
}

/** One array under both, so that adding is one loop. */
class OwnBuckets implements Buckets {
  readonly packed: Float64Array
  readonly r: Float64Array
  readonly events: readonly [control: Float64Array, candidate: Float64Array]
  readonly #bins: number

  constructor({ buckets, bins, events }: TermShape) {
    this.#bins = bins
    const eventBuckets = events === false ? 0 : buckets
    this.packed = new Float64Array(buckets * bins + 2 * eventBuckets)
    const take = taking(this.packed)
    this.r = take(buckets * bins)
    this.events = [take(eventBuckets), take(eventBuckets)]
  }

  /** A bucket without events has no surplus in any bin. In a thin slice that is half of them, and what is not read costs nothing. */
  add({ packed, r, events: [control, candidate] }: OwnBuckets): void {
    const bins = this.#bins
    if (control.length === 0 || bins < ROW_MIN) return addEach(this.packed, packed)
    for (let h = 0; h < control.length; h += 1) {
      if (control[h] !== 0 || candidate[h] !== 0) addEach(this.r, r, h * bins, (h + 1) * bins)
    }
    addEach(this.packed, packed, r.length)
  }

  addOnTheWay({ packed, events: [control, candidate] }: OwnBuckets, whole: OwnBuckets): void {
    const bins = this.#bins
    const [ownControl, ownCandidate] = this.events
    if (control.length === 0 || bins < ROW_MIN) return addEachOnTheWay(this.packed, packed, whole.packed)
    for (let h = 0; h < control.length; h += 1) {
      if (control[h]! + candidate[h]! + ownControl[h]! + ownCandidate[h]! > 0)
        addEachOnTheWay(this.packed, packed, whole.packed, h * bins, (h + 1) * bins)
    }
    addEachOnTheWay(this.packed, packed, whole.packed, this.r.length)
  }
}

/** Shorter rows are added as fast as they are looked at. */
const ROW_MIN = 8

type Scalars = Pick<Term, 'scalars' | 'floor' | 'evenSums' | 'oddSums' | 'counts'>

function scalarsOf({ bins, tables }: TermShape): Scalars {
  const scalars = new Float64Array(5 * bins + tables + 2)
  const take = taking(scalars)
  const [floor, evenSums, oddSums] = [take(bins + tables), take(bins), take(bins)]
  return { scalars, floor, evenSums, oddSums, counts: [take(bins), take(bins)] }
}

function taking(packed: Float64Array): (length: number) => Float64Array {
  let from = 0
  return (length) => packed.subarray(from, (from += length))
}

/** Four at a time: the loop itself costs as much as adding. */
function addEach(mine: Float64Array, theirs: Float64Array, from = 0, to = theirs.length): void {
  let at = from
  for (; at + 3 < to; at += 4) {
    mine[at]! += theirs[at]!
    mine[at + 1]! += theirs[at + 1]!
    mine[at + 2]! += theirs[at + 2]!
    mine[at + 3]! += theirs[at + 3]!
  }
  for (; at < to; at += 1) mine[at]! += theirs[at]!
}

function addEachOnTheWay(
  mine: Float64Array,
  theirs: Float64Array,
  whole: Float64Array,
  from = 0,
  to = theirs.length,
): void {
  for (let at = from; at < to; at += 1) {
    const left = mine[at]!
    const right = theirs[at]!
    whole[at] = whole[at]! + left + right
    mine[at] = left + right
  }
}

function addColumn(r: Float64Array, bins: number, bin: number, x: Float64Array): void {
  for (let h = 0, at = bin; h < x.length; h += 1, at += bins) x[h]! += r[at]!
}
