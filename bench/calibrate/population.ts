import type { CohortEvents } from './events.ts'
import type { Random } from './random.ts'
import type { Units } from './scenario.ts'
import type { Level, ValueModel } from './values.ts'

/** Units that come again: each has its bucket and its effect for the whole day. */
export class Population {
  readonly #firstUnit: number
  readonly #buckets: Uint8Array
  readonly #effects: Float64Array
  /** A unit stands here once for each event that it sends on an average day; an event is of a random place. */
  readonly #places: Uint32Array

  constructor(
    units: Extract<Units, { kind: 'returning' | 'heavy' }>,
    eventsPerDay: number,
    random: Random,
    model: ValueModel,
    firstUnit: number,
  ) {
    this.#firstUnit = firstUnit
    this.#places = new Uint32Array(eventsPerDay)
    let size = 0
    for (let at = 0; at < eventsPerDay; size++) {
      const to = Math.min(eventsPerDay, at + activityOf(units, random))
      this.#places.fill(size, at, to)
      at = to
    }
    this.#buckets = Uint8Array.from({ length: size }, () => random.word() & 255)
    this.#effects = Float64Array.from({ length: size }, () => model.effectOf(random, { shift: 0, rate: 0 }))
  }

  get size(): number {
    return this.#effects.length
  }

  draw(random: Random, model: ValueModel, level: Level, count: number, events: CohortEvents): void {
    const places = this.#places
    for (let at = 0; at < count; at++) {
      const unit = places[random.below(places.length)]!
      events.push(this.#firstUnit + unit, this.#buckets[unit]!, model.valueOf(random, this.#effects[unit]!, level))
    }
  }
}

/** Events that a unit sends on an average day. */
function activityOf(units: Extract<Units, { kind: 'returning' | 'heavy' }>, random: Random): number {
  if (units.kind === 'returning') return units.eventsPerDay
  const pareto = random.uniform() ** (-1 / units.exponent)
  return Math.min(units.eventsMax, Math.floor(pareto))
}
