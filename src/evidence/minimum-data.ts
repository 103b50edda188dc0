import type { Term } from './term.ts'

/**
 * Before any statistic, the cheap doubt: is there enough to speak of at all (docs/statistics.md 7)?
 *
 * Each cohort needs 100 events in the window, and 20 effective buckets (Σ n_h)²/Σ n_h² (the effective sample size of Kish 1965):
 * a thousand events of three users are three users.
 */
export const EVENTS_MIN = 100
export const EFFECTIVE_BUCKETS_MIN = 20

export interface DataAtHand {
  events: [control: number, candidate: number]
  effectiveBuckets: [control: number, candidate: number]
  isEnough: boolean
}

export function dataAtHand(term: Term): DataAtHand {
  const control = measure(term.events[0])
  const candidate = measure(term.events[1])
  return {
    events: [control.events, candidate.events],
    effectiveBuckets: [control.effectiveBuckets, candidate.effectiveBuckets],
    isEnough: isEnough(control) && isEnough(candidate),
  }
}

/** (Σ n_h)²/Σ n_h²: as many buckets, equally filled, would be as informative. 0 of nothing. */
export function effectiveBuckets(events: ArrayLike<number>): number {
  return measure(events).effectiveBuckets
}

function measure(byBucket: ArrayLike<number>): { events: number; effectiveBuckets: number } {
  let events = 0
  let squares = 0
  for (let h = 0; h < byBucket.length; h += 1) {
    events += byBucket[h]!
    squares += byBucket[h]! * byBucket[h]!
  }
  return { events, effectiveBuckets: squares === 0 ? 0 : (events * events) / squares }
}

function isEnough(cohort: { events: number; effectiveBuckets: number }): boolean {
  return cohort.events >= EVENTS_MIN && cohort.effectiveBuckets >= EFFECTIVE_BUCKETS_MIN
}
