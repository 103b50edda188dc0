import { hashBin, HASH_BINS } from '../sketch/category-table.ts'
import type { BaselineMetric, BaselineStream } from './baseline.ts'
import { dayOf, HOURS_OF_DAY, HOURS_OF_WEEK, hourOf, hourOfDay, hourOfWeek } from './hours.ts'

/** From so many days on every hour of the week stands for itself; with fewer, all days share their hours. */
export const DAYS_BY_WEEK_MIN = 14
/** Below, nobody knows how much days differ. */
export const DAYS_MIN = 7
/** A slot with fewer events says nothing about a slice that falls into it. */
export const SLOT_EVENTS_MIN = 200

/**
 * One metric of a baseline, ready to be compared with (statistics.md 11): what share of the events of a slot counted, and how
 * much days differ from each other in it.
 *
 *   slot      hour of the week (168) from 14 days on, else hour of the day (24)
 *   q         x/n of a slot, over all its days
 *   dayEffect of a day: Σ(x − n·q)/Σn over hours of that day, q of the other days' slots
 *
 * `dayEffects` of a window are over the hours of the day that it covers, of every baseline day, each against its own slot: so
 * two hours of a Monday are compared with those two hours of other days, of which there are enough to know a spread. (The other
 * Mondays alone would be two or three, and a spread of two numbers is a guess.)
 */
export class Profile {
  readonly cells: number
  /** UTC days that hold events of this metric. */
  readonly days: number
  readonly slots: number
  readonly n: Float64Array
  readonly #hours: readonly number[]
  readonly #metric: BaselineMetric
  readonly #x: readonly Float64Array[]

  constructor({ hours }: Pick<BaselineStream, 'hours'>, metric: BaselineMetric) {
    const days = new Set(hours.filter((_, at) => metric.n[at]! > 0).map(dayOf))
    this.#metric = metric
    this.days = days.size
    this.cells = metric.x.length
    this.slots = this.days >= DAYS_BY_WEEK_MIN ? HOURS_OF_WEEK : HOURS_OF_DAY
    this.#hours = hours
    this.n = this.#pooled(metric.n)
    this.#x = metric.x.map((column) => this.#pooled(column))
  }

  slotOf(timeMs: number): number {
    return this.#slotOfHour(hourOf(timeMs))
  }

  hourOfSlot(slot: number): number {
    return slot % HOURS_OF_DAY
  }

  isKnown(slot: number): boolean {
    return this.n[slot]! >= SLOT_EVENTS_MIN
  }

  /** The share that counts, over all days of a slot that is known. */
  rateOf(slot: number, cell: number): number {
    return this.#x[cell]![slot]! / this.n[slot]!
  }

  /** Pooled over all its days. */
  of(slot: number, cell: number): { x: number; n: number } {
    return { x: this.#x[cell]![slot]!, n: this.n[slot]! }
  }

  /**
   * By day, ascending, over the hours of the day in the mask (bit h: hour h). A day without events in them, or whose slots have
   * no other day, is left out.
   */
  dayEffects(hoursOfDay: number, cell: number): number[] {
    const effects: number[] = []
    const { n } = this.#metric
    const x = this.#metric.x[cell]!
    let day = NaN
    let surplus = 0
    let events = 0
    const close = (): void => {
      if (events > 0) effects.push(surplus / events)
      surplus = 0
      events = 0
    }
    for (const [at, hour] of this.#hours.entries()) {
      if (n[at]! <= 0 || ((hoursOfDay >>> hourOfDay(hour)) & 1) === 0) continue
      if (dayOf(hour) !== day) close()
      day = dayOf(hour)
      const slot = this.#slotOfHour(hour)
      const others = this.n[slot]! - n[at]!
      if (others <= 0) continue
      surplus += x[at]! - (n[at]! * (this.#x[cell]![slot]! - x[at]!)) / others
      events += n[at]!
    }
    close()
    return effects
  }

  #slotOfHour(hour: number): number {
    return this.slots === HOURS_OF_WEEK ? hourOfWeek(hour) : hourOfDay(hour)
  }

  #pooled(byRow: readonly number[]): Float64Array {
    const pooled = new Float64Array(this.slots)
    for (const [at, hour] of this.#hours.entries()) {
      if (this.#metric.n[at]! > 0) pooled[this.#slotOfHour(hour)]! += byRow[at]!
    }
    return pooled
  }
}

const profiles = new WeakMap<BaselineMetric, { hours: readonly number[]; profile: Profile }>()

/** The same for control and candidate. */
export function profileOf({ hours }: Pick<BaselineStream, 'hours'>, metric: BaselineMetric): Profile {
  const known = profiles.get(metric)
  if (known?.hours === hours) return known.profile
  const profile = new Profile({ hours }, metric)
  profiles.set(metric, { hours, profile })
  return profile
}

const hashed = new WeakMap<BaselineMetric, BaselineMetric>()

/** A field of names on hash bins: what it is compared with once live names have become too many for cells of their own. */
export function onHashBins(metric: BaselineMetric): BaselineMetric {
  if (metric.cells?.kind !== 'names') throw new TypeError('only cells of names turn into hash bins')
  const known = hashed.get(metric)
  if (known !== undefined) return known
  const { names } = metric.cells
  const x = Array.from({ length: HASH_BINS }, () => metric.n.map(() => 0))
  const counts = new Array<number>(HASH_BINS).fill(0)
  names.forEach((name, cell) => {
    const bin = hashBin(name)
    counts[bin]! += metric.counts![cell]!
    metric.x[cell]!.forEach((count, at) => (x[bin]![at]! += count))
  })
  const binned: BaselineMetric = { ...metric, cells: { kind: 'hashed' }, counts, x }
  hashed.set(metric, binned)
  return binned
}
