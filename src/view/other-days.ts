import type { Baseline, BaselineMetric, BaselineStream, MeasureName } from '../baseline/baseline.ts'
import { HOUR_MS, HOURS_OF_WEEK, dayOf } from '../baseline/hours.ts'
import { profileOf } from '../baseline/profile.ts'

/**
 * What a baseline says of the hours that a range covers: of the same hours of other days, so that a night is held against
 * nights. A range of a day or longer covers all hours of the day, one of a week all hours of the week.
 */
export class OtherDays {
  readonly #verified: boolean
  readonly #stream: BaselineStream | null
  readonly #fromMs: number
  readonly #toMs: number

  constructor(baseline: Baseline, stream: string, { fromMs, toMs }: { fromMs: number; toMs: number }) {
    this.#verified = baseline.verified !== null
    this.#stream = baseline.streams.find(({ name }) => name === stream) ?? null
    this.#fromMs = fromMs
    this.#toMs = toMs
  }

  facts(): { days: number; verified: boolean } {
    const days = new Set((this.#stream?.hours ?? []).map(dayOf)).size
    return { days, verified: this.#verified }
  }

  /** Null where the baseline has no such figures. */
  of(measure: MeasureName, name: string): CountedThen | null {
    const metric = this.#stream?.metrics.find((each) => each.measure === measure && each.name === name)
    if (this.#stream === null || metric === undefined || metric.x.length === 0) return null
    const profile = profileOf(this.#stream, metric)
    const slots = new Set<number>()
    const hours = Math.min(HOURS_OF_WEEK, Math.ceil((this.#toMs - this.#fromMs) / HOUR_MS))
    for (let hour = 0; hour < hours; hour++) slots.add(profile.slotOf(this.#fromMs + hour * HOUR_MS))
    slots.add(profile.slotOf(this.#toMs - 1))
    const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0)
    return {
      metric,
      n: sum(slots.values().map((slot) => profile.n[slot]!)),
      x: metric.x.map((_, cell) => sum(slots.values().map((slot) => profile.of(slot, cell).x))),
    }
  }
}

export interface CountedThen {
  metric: BaselineMetric
  /** Events that could count, and by cell those that did; of a rate one. */
  n: number
  x: readonly number[]
}
