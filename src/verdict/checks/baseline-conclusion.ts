import { DAYS_MIN, SLOT_EVENTS_MIN } from '../../baseline/profile.ts'
import { EFFECTIVE_BUCKETS_MIN, EVENTS_MIN } from '../../evidence/minimum-data.ts'
import type { Alert, CheckName, Effect } from '../check.ts'
import { plusMinus, whole } from '../figures.ts'
import { unitOf, withinShares } from '../tell.ts'
import type { Conclusion } from '../watched.ts'
import type { BaselineQuestion } from './baseline-questions.ts'
import { readBaselineWindow } from './baseline-reading.ts'
import type { BaselineReading } from './baseline-reading.ts'
import { tellBaseline } from './baseline-tell.ts'
import { eventsOf } from './baseline-watch.ts'
import type { BaselineScope } from './baseline-watch.ts'

/** PASS or INSUFFICIENT of one cohort against the baseline, over the whole window (statistics.md 9). */
export function concludeBaseline(
  scope: BaselineScope | null,
  about: { hindrance: string | null; cohort: Alert['cohort']; check: CheckName; skipped: number },
): Conclusion {
  const { cohort, check } = about
  const insufficient = (reason: string, known: Pick<Conclusion, 'effect' | 'n'> = NOTHING): Conclusion => {
    return { verdict: 'INSUFFICIENT', reason, ...known }
  }
  if (scope === null) return insufficient(about.hindrance ?? 'nothing to compare')
  const { profile, sums } = scope
  const { sums: term } = sums.whole
  const n = eventsOf(cohort, term)
  if (profile.days < DAYS_MIN) return insufficient(tooFewDays(profile.days), { effect: null, n })
  if (term.w < EVENTS_MIN) {
    const skipped = about.skipped === 0 ? '' : `; ${whole(about.skipped)} slices fall into hours of which the baseline has fewer than ${SLOT_EVENTS_MIN} events, or have other cells` // prettier-ignore
    return insufficient(`too little data: ${whole(term.w)} of at least ${EVENTS_MIN} events of the ${cohort} that can be compared${skipped}`, { effect: null, n }) // prettier-ignore
  }
  const worst = worstOf(scope)
  if (worst === null) return insufficient('the baseline counted nothing: of a rate of zero no relative change can be told', { effect: null, n }) // prettier-ignore
  const { question, reading, nearness } = worst
  const known = { effect: effectOf(question, reading), n }
  if (reading.effectiveBuckets < EFFECTIVE_BUCKETS_MIN) {
    return insufficient(`too little data: events of the ${cohort} come from too few units (${reading.effectiveBuckets.toFixed(1)} of ${EFFECTIVE_BUCKETS_MIN} effective buckets)`, known) // prettier-ignore
  }
  if (reading.tolerance === null) return insufficient('the hours of this window are on too few days of the baseline', known) // prettier-ignore
  const sure = { ...reading, half: reading.halfSure }
  const told = tellBaseline({ check, cohort, metric: scope.metric }, question, sure, term)
  const margin = plusMinus(question.margin!, unitOf(question.effect))
  if (nearness < 1) return { verdict: 'PASS', reason: `${told}: within ${margin}`, ...known }
  return insufficient(`${told}: neither proven nor excluded, the margin is ${margin}`, known)
}

const NOTHING: Pick<Conclusion, 'effect' | 'n'> = { effect: null, n: { control: 0, candidate: 0 } }

function tooFewDays(days: number): string {
  const missing = DAYS_MIN - days
  return `the baseline holds ${days} of at least ${DAYS_MIN} days: ${missing} more ${missing === 1 ? 'is' : 'are'} needed to know how much days differ` // prettier-ignore
}

/** The headline nearest to its margin. */
function worstOf({ profile, questions, sums }: BaselineScope) {
  let worst: { question: BaselineQuestion; reading: BaselineReading; nearness: number } | null = null
  for (const question of questions) {
    if (question.margin === null) continue
    const reading = readBaselineWindow(sums.whole.sums, question, profile)
    if (reading === null) continue
    const nearness = (Math.abs(reading.estimate) + reading.halfSure) / question.margin
    if (worst === null || nearness > worst.nearness) worst = { question, reading, nearness }
  }
  return worst
}

function effectOf({ effect, effectMin }: BaselineQuestion, { estimate, half }: BaselineReading): Effect {
  return withinShares({ name: effect, estimate, low: estimate - half, high: estimate + half, threshold: effectMin })
}
