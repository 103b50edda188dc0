import type { Config } from '../../src/config/shape.ts'
import { configOf, normalOf, randomOf } from './slices.ts'
import type { TestEvent } from './slices.ts'

/** A shop with a day and a weekend: what its customers do follows the hour, half an hour a slice. */
export const SEASONAL: Config = configOf(
  {
    fields: [
      { name: 'price', kind: 'numeric' },
      { name: 'country', kind: 'categorical' },
      { name: 'member', kind: 'boolean' },
    ],
    engagement: [{ name: 'ctr', rate: { field: 'clicked', equals: true } }],
  },
  {},
  { length: '30m' },
)
export const SLICES_PER_DAY = 48
const EVENTS_PER_SLICE = 300
const UNITS = 3_000

/** `price` is added to in standard deviations; the click rate is multiplied. */
export interface Change {
  price?: number
  clicks?: number
}

export class SeasonalShop {
  readonly #random: () => number
  readonly #normal: () => number
  readonly #daySd: number
  readonly #days: number[] = []
  #slice = 0

  /** @param daySd how much the mean price of one day differs from another's, in standard deviations */
  constructor(seed: number, daySd = 0) {
    this.#random = randomOf(seed)
    this.#normal = normalOf(this.#random)
    this.#daySd = daySd
  }

  *slices(count: number, changes: Partial<Record<TestEvent['cohort'], Change>> = {}): Generator<TestEvent[]> {
    for (let at = 0; at < count; at++) yield this.#next(changes)
  }

  #next(changes: Partial<Record<TestEvent['cohort'], Change>>): TestEvent[] {
    const hour = this.#slice++ / 2
    const day = Math.floor(hour / 24)
    const wave = Math.sin((2 * Math.PI * hour) / 24)
    const shock = (this.#days[day] ??= this.#normal() * this.#daySd)
    const mean = 10 + 0.5 * wave + (day % 7 >= 5 ? 0.3 : 0) + shock
    return Array.from({ length: EVENTS_PER_SLICE }, () => {
      const user = Math.floor(this.#random() * UNITS)
      const cohort = user % 2 === 0 ? 'control' : 'candidate'
      const { price = 0, clicks = 1 } = changes[cohort] ?? {}
      const values = {
        price: mean + this.#normal() + price,
        country: ['de', 'fr', 'it'][Math.floor(this.#random() * this.#random() * 3)]!,
        member: this.#random() < 0.4,
        clicked: this.#random() < (0.1 + 0.04 * wave) * clicks,
      }
      return { unit: `u${user}`, cohort, values }
    })
  }
}
