import type { Random } from './random.ts'
import { ICC } from './scenario.ts'
import type { Values } from './scenario.ts'

/** What one cohort's values of one slice are drawn from. */
export interface Level {
  /** Added to normal values, in standard deviations. */
  shift: number
  /** Of rates. */
  rate: number
}

/**
 * How a unit's values hang together: it draws an effect once, and each of its events a value from that. Two events of a unit
 * correlate with 0.3 in every kind:
 *
 *   normal   √0.3 of the unit's part and √0.7 of the event's own
 *   others   an event repeats the unit's value with chance √0.3, else it draws its own: the distribution of values stays as it
 *            is, and both of two events repeat with chance 0.3. (So clicks come in bursts, harder than a unit's own rate would.)
 */
export interface ValueModel {
  effectOf(random: Random, level: Level): number
  valueOf(random: Random, effect: number, level: Level): number
}

export function valueModel(values: Values, isOneValue: boolean): ValueModel {
  if (values.kind === 'normal') return NORMAL
  const draw = drawOf(values)
  if (isOneValue) return { effectOf: draw, valueOf: (_, effect) => effect }
  const repeats = Math.sqrt(ICC)
  return {
    effectOf: draw,
    valueOf: (random, effect, level) => (random.uniform() < repeats ? effect : draw(random, level)),
  }
}

/** Events carry categories as numbers. */
export function categoryNamed(category: number): string {
  return `category-${category}`
}

const UNIT_PART = Math.sqrt(ICC)
const EVENT_PART = Math.sqrt(1 - ICC)
const NORMAL: ValueModel = {
  effectOf: (random) => random.normal(),
  valueOf: (random, effect, { shift }) => UNIT_PART * effect + EVENT_PART * random.normal() + shift,
}

function drawOf(values: Exclude<Values, { kind: 'normal' }>): (random: Random, level: Level) => number {
  switch (values.kind) {
    case 'zeros':
      // Amounts: from 5 up, 20 more on average.
      return (random) => (random.uniform() < 0.6 ? 0 : 5 - 20 * Math.log(random.uniform()))
    case 'discrete':
      return picker(Array.from({ length: 20 }, (_, at) => 0.8 ** at))
    case 'zipf':
      return picker(Array.from({ length: values.categories }, (_, at) => 1 / (at + 1)))
    case 'rate':
    case 'missing':
      return (random, { rate }) => (random.uniform() < rate ? 1 : 0)
  }
}

/** Picks positions by weight, from a table of 65,536 places: no search. */
function picker(weights: readonly number[]): (random: Random) => number {
  const places = new Uint8Array(65_536)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  let from = 0
  weights.forEach((weight, at) => {
    sum += weight
    const to = Math.round((sum / total) * places.length)
    places.fill(at, from, to)
    from = to
  })
  return (random) => places[random.word() & 65_535]!
}
