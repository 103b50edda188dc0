import { Population } from './population.ts'
import { Random } from './random.ts'
import { CLUSTER_EVENTS, EVENTS_PER_SLICE, SLICES_PER_DAY } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { valueModel } from './values.ts'
import type { Level, ValueModel } from './values.ts'

/** The events of one cohort in one slice, by column; valid until the next slice. */
export class CohortEvents {
  length = 0
  /** Unit number, unique over the day and both cohorts. */
  units = new Uint32Array(EVENTS_PER_SLICE)
  /** The unit's bucket: the low 8 bits of a hash that is uniform, so the bench draws it instead of hashing a name. */
  buckets = new Uint8Array(EVENTS_PER_SLICE)
  /** A number; of a rate or missing 1 or 0; of categories their number. */
  values = new Float64Array(EVENTS_PER_SLICE)

  push(unit: number, bucket: number, value: number): void {
    const at = this.length++
    this.units[at] = unit
    this.buckets[at] = bucket
    this.values[at] = value
  }
}

export type SliceEvents = readonly [control: CohortEvents, candidate: CohortEvents]

/** One day of one scenario: its slices, one after the other. The same seed and day give the same events anywhere. */
export class EventDay {
  readonly scenario: Scenario
  readonly #random: Random
  readonly #model: ValueModel
  readonly #phase: number
  readonly #populations: readonly [control: Population, candidate: Population] | null
  readonly #events: SliceEvents = [new CohortEvents(), new CohortEvents()]
  #unit = 0
  #T = 0

  constructor(scenario: Scenario, seed: number, day: number) {
    this.scenario = scenario
    this.#random = new Random(`${scenario.name} ${seed} ${day}`)
    this.#model = valueModel(scenario.values, scenario.units.kind === 'one-value')
    this.#phase = this.#random.uniform()
    this.#populations = this.#createPopulations()
  }

  next(): SliceEvents {
    this.#T++
    const candidateEvents = this.#candidateEvents()
    this.#fill(0, EVENTS_PER_SLICE - candidateEvents)
    this.#fill(1, candidateEvents)
    return this.#events
  }

  #fill(cohort: 0 | 1, count: number): void {
    const events = this.#events[cohort]
    events.length = 0
    const level = this.#levelOf(cohort)
    if (this.#populations !== null) this.#populations[cohort].draw(this.#random, this.#model, level, count, events)
    else this.#drawClusters(level, count, events)
  }

  #drawClusters(level: Level, count: number, events: CohortEvents): void {
    const random = this.#random
    const model = this.#model
    const each = this.scenario.units.kind === 'iid' ? 1 : CLUSTER_EVENTS
    for (let done = 0; done < count; done += each) {
      const unit = this.#unit++
      const bucket = random.word() & 255
      const effect = model.effectOf(random, level)
      for (let at = 0; at < each; at++) events.push(unit, bucket, model.valueOf(random, effect, level))
    }
  }

  /** Where a cohort stands in this slice: season, shock, and the change. */
  #levelOf(cohort: 0 | 1): Level {
    const { season, shock, change, values } = this.scenario
    const wave = season === 0 ? 0 : season * Math.sin(2 * Math.PI * (this.#T / SLICES_PER_DAY + this.#phase))
    const hasChanged =
      change !== null && cohort === 1 && this.#T > change.after && this.#T <= (change.until ?? Infinity)
    if (values.kind === 'rate' || values.kind === 'missing') {
      return { shift: 0, rate: (hasChanged ? change.to : values.rate) * (1 + wave) }
    }
    const shocked = shock === 0 ? 0 : shock * this.#random.normal()
    return { shift: wave + shocked + (hasChanged ? change.to : 0), rate: 0 }
  }

  /** Whole clusters, at least one. */
  #candidateEvents(): number {
    const [start, end] = this.scenario.candidate
    const share = start + ((end - start) * (this.#T - 1)) / (this.scenario.slices - 1)
    const clusters = Math.round((share * EVENTS_PER_SLICE) / CLUSTER_EVENTS)
    return Math.max(1, clusters) * CLUSTER_EVENTS
  }

  #createPopulations(): [Population, Population] | null {
    const { units } = this.scenario
    if (units.kind !== 'returning' && units.kind !== 'heavy') return null
    const eventsPerDay = (EVENTS_PER_SLICE / 2) * SLICES_PER_DAY
    const create = (first: number): Population => new Population(units, eventsPerDay, this.#random, this.#model, first)
    const control = create(0)
    return [control, create(control.size)]
  }
}
