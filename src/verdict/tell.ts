import type { Effect } from './check.ts'
import { interval } from './figures.ts'
import type { Question, Reading } from './question.ts'

/** `, +2.1 pp [+1.8, +2.4]`: how large the effect is and how sure; of an omnibus only how large. */
export function intervalOf({ effect }: Question, { estimate, low, high }: Reading): string {
  if (low === null || high === null) return `, effect size ${estimate.toFixed(2)}`
  const label = effect === 'location' || effect === 'spread' ? ' on the rank scale' : ''
  return `, ${interval(estimate, low, high, unitOf(effect))}${label}`
}

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
