import type { Effect } from './check.ts'
import { interval } from './figures.ts'
import type { Question, Reading } from './question.ts'

/** `, +2.1 pp [+1.8, +2.4]`: how large the effect is and how sure; of an omnibus only how large. */
export function intervalOf({ effect }: Question, { estimate, low, high }: Reading): string {
  if (low === null || high === null) return `, effect size ${estimate.toFixed(2)}`
  const label = effect === 'location' || effect === 'spread' ? ' on the rank scale' : ''
  return `, ${tellInterval({ name: effect, estimate, low, high })}${label}`
}

/** `+2.1 pp [+1.8, +2.4]` */
export function tellInterval({ name, estimate, low, high }: Shown): string {
  const shown = withinShares({ name, estimate, low, high })
  return interval(estimate, shown.low, shown.high, unitOf(name))
}

/**
 * Shares are from 0 to 1, so no two differ by more than 1. An interval by the normal distribution may reach further where
 * events are few; what it says there is no answer, and nobody is shown it.
 */
export function withinShares<E extends Shown>(effect: E): E {
  const { name, estimate, low, high } = effect
  if (unitOf(name) !== 'pp') return effect
  return { ...effect, low: Math.max(low, Math.min(estimate, -1)), high: Math.min(high, Math.max(estimate, 1)) }
}

type Shown = Pick<Effect, 'name' | 'estimate'> & { low: number; high: number }

/** Where the figures alone do not say it: which way a distribution moved. */
export function movedBy({ kind }: Question, { estimate }: Reading): string {
  switch (kind) {
    case 'location':
      return estimate > 0 ? 'values are higher: ' : 'values are lower: '
    case 'spread':
      return estimate > 0 ? 'values are wider: ' : 'values are narrower: '
    case 'omnibus':
      return 'the distribution changed: '
    case 'cell':
    case 'rate':
      return ''
  }
}

/** Shares are told in percentage points, relative effects in per cent, rank scores as they are. */
export function unitOf(effect: Effect['name']): 'pp' | '%' | '' {
  switch (effect) {
    case 'share':
    case 'difference':
    case 'candidate-share':
    case 'switchers':
      return 'pp'
    case 'relative':
      return '%'
    case 'location':
    case 'spread':
    case 'omnibus':
      return ''
  }
}
