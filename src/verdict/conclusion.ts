import { dataAtHand, EFFECTIVE_BUCKETS_MIN, EVENTS_MIN } from '../evidence/minimum-data.ts'
import type { DataAtHand } from '../evidence/minimum-data.ts'
import type { Term } from '../evidence/term.ts'
import type { ComparedCheck } from './drift-watch.ts'
import { plusMinus, rough, whole } from './figures.ts'
import { effectOf, eventsOf, halfWidth, read } from './question.ts'
import type { Comparison, Question, Reading } from './question.ts'
import { seeableChange } from './seeable.ts'
import { tellInterval, unitOf } from './tell.ts'
import type { Conclusion } from './watched.ts'

/**
 * PASS or INSUFFICIENT, over the whole window (statistics.md 9). PASS: of each headline question a change as large as its margin
 * is excluded with 95 % confidence. Everything else is INSUFFICIENT and says, in numbers, what is missing.
 */
export function concludeWhole(check: ComparedCheck): Conclusion {
  const headlines = check.comparisons.flatMap((comparison) =>
    comparison.questions.filter(({ margin }) => margin !== null).map((question) => headlineOf(comparison, question)),
  )
  if (headlines.length === 0) {
    return { verdict: 'INSUFFICIENT', reason: check.waitingFor, effect: null, n: { control: 0, candidate: 0 } }
  }
  const worst = headlines.reduce((one, other) => (other.nearness > one.nearness ? other : one))
  const { term, question, reading } = worst
  const missing = missingOf(worst, check.eventNoun)
  const isComparable = term.w > 0 && Number.isFinite(term.mu)
  const known = { effect: isComparable ? effectOf(question, reading) : null, n: eventsOf(term) }
  if (missing !== null) return { verdict: 'INSUFFICIENT', reason: missing, ...known }
  if (reading.oneEvent === Infinity) return { verdict: 'INSUFFICIENT', reason: uncomparable(term), ...known }

  const told = check.tell(term, question, reading, worst.start)
  const seeable = couldHaveSeen(worst)
  if (worst.nearness < 1) return { verdict: 'PASS', reason: passReason(told, question, reading) + seeable, ...known }
  return { verdict: 'INSUFFICIENT', reason: tooWide(told, worst, check.eventNoun) + seeable, ...known }
}

interface Headline {
  comparison: Comparison
  question: Question
  reading: Reading
  term: Term
  start: number
  end: number
  /** (|effect| + half)/margin: below 1 the margin is excluded. */
  nearness: number
}

function headlineOf(comparison: Comparison, question: Question): Headline {
  const { sums: term, start, end } = comparison.sums.whole
  const reading = read(term, question, comparison)
  const nearness = (Math.abs(reading.estimate) + halfWidth(reading)) / question.margin!
  return { comparison, question, reading, term, start, end, nearness }
}

function missingOf({ term, comparison }: Headline, noun: string): string | null {
  const { eventsMin } = comparison
  if (eventsMin === undefined) return missingData(dataAtHand(term), noun)
  const { control, candidate } = eventsOf(term)
  if (control + candidate >= eventsMin) return null
  return `too little data: ${whole(control + candidate)} of at least ${whole(eventsMin)} ${noun} of both cohorts`
}

function missingData({ events, effectiveBuckets, isEnough }: DataAtHand, noun: string): string | null {
  if (isEnough) return null
  const lacks = (['control', 'candidate'] as const).flatMap((cohort, at) => {
    if (events[at]! < EVENTS_MIN) {
      return [`${whole(events[at]!)} of at least ${EVENTS_MIN} ${noun} of the ${cohort} that can be compared`]
    }
    if (effectiveBuckets[at]! >= EFFECTIVE_BUCKETS_MIN) return []
    return [`${noun} of the ${cohort} come from too few units (${effectiveBuckets[at]!.toFixed(1)} of ${EFFECTIVE_BUCKETS_MIN} effective buckets)`] // prettier-ignore
  })
  return `too little data: ${lacks.join(', ')}`
}

/** There are enough events, and still nothing that could be divided by. */
function uncomparable({ mu }: Term): string {
  return mu === 0
    ? 'nothing was counted in either cohort: of a rate of zero no relative change can be told'
    : 'the sums are too large to be compared'
}

function passReason(told: string, { effect, margin }: Question, { estimate, se, oneEvent }: Reading): string {
  const half = halfWidth({ se, oneEvent } as Reading)
  const reached = tellInterval({ name: effect, estimate, low: estimate - half, high: estimate + half })
  return `${told}, ${reached} is within ${plusMinus(margin!, unitOf(effect))}`
}

/** Quiet for want of change, or of data? */
function couldHaveSeen(headline: Headline): string {
  const { question, reading } = headline
  const change = seeableChange(question, reading, headline)
  if (change === null) return ''
  return `; a lasting change of ${plusMinus(change, unitOf(question.effect))} would have been seen by now`
}

function tooWide(told: string, { question, reading, term }: Headline, noun: string): string {
  const unit = unitOf(question.effect)
  const half = halfWidth(reading)
  const { estimate } = reading
  const room = question.margin! - Math.abs(estimate)
  const reached = `${told}, ${tellInterval({ name: question.effect, estimate, low: estimate - half, high: estimate + half })}`
  if (room <= 0) return `${reached}: neither proven nor excluded, the margin is ${plusMinus(question.margin!, unit)}`

  const { control, candidate } = eventsOf(term)
  const n = Math.min(control, candidate)
  const more = n * (half / room) * (half / room) - n
  const wanted = `${plusMinus(half, unit)} reached, ${plusMinus(room, unit)} needed`
  return `${reached}: ${wanted}: about ${rough(more)} more ${noun} per cohort`
}
