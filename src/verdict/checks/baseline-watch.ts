import { onHashBins, profileOf, DAYS_MIN } from '../../baseline/profile.ts'
import type { BaselineMetric, BaselineStream } from '../../baseline/baseline.ts'
import type { Profile } from '../../baseline/profile.ts'
import { natsOf } from '../../evidence/z-required.ts'
import type { CellsFrozen } from '../../ledger/record.ts'
import type { Slice } from '../../slice/slice.ts'
import type { Alert, Evidence, Severity } from '../check.ts'
import type { Subject } from '../subject.ts'
import { withinShares } from '../tell.ts'
import { NOTHING_SEEN } from '../watched.ts'
import type { AlertView, Conclusion, Drift, Look, Seen, Watched } from '../watched.ts'
import { concludeBaseline } from './baseline-conclusion.ts'
import type { Counter } from './baseline-counter.ts'
import type { SharedEvents } from './baseline-events.ts'
import { BaselineLadder } from './baseline-ladder.ts'
import type { OfferedBaselineWindow } from './baseline-ladder.ts'
import type { BaselineQuestion } from './baseline-questions.ts'
import { isEnough, mayReach, readBaselineWindow } from './baseline-reading.ts'
import type { BaselineReading } from './baseline-reading.ts'
import { talliesOf } from './context.ts'
import { Streaks } from './baseline-streaks.ts'
import { tellBaseline } from './baseline-tell.ts'

const CRITICAL_EFFECTS = 4

export interface BaselinePlan {
  subject: Subject
  cohort: Alert['cohort']
  isListed: boolean
  /** Why nothing is compared at all; null = `metric` is. */
  hindrance: string | null
  stream: Pick<BaselineStream, 'hours'>
  metric: BaselineMetric
  levels: number
  begin: number
  /** Counted by other metrics of the same cohort as well; left out: by nobody else. */
  events?: SharedEvents
  questionsOf(metric: BaselineMetric): readonly BaselineQuestion[]
  counterOf(metric: BaselineMetric): Counter
}

/** What is compared with: the metric as it stands in the baseline, or on hash bins. */
export interface BaselineScope {
  metric: BaselineMetric
  profile: Profile
  questions: readonly BaselineQuestion[]
  counter: Counter
  sums: BaselineLadder
  streaks: Streaks
}

/**
 * One cohort of one metric against a verified baseline (statistics.md 11): each slice against its hour on other days, over the
 * windows of three blocks of two hours and more. Days differ, and only what goes beyond that, at three looks in a row, is news.
 */
export class BaselineWatch implements Watched {
  readonly #plan: BaselinePlan
  #scope: BaselineScope | null
  #T: number
  #mark = 0
  /** The least tolerance of the windows in which the firing alert was seen. */
  #calmBelow = 0
  readonly #frozen: CellsFrozen[] = []
  /** Slices with events that could not be compared, for want of events in the baseline's slot or of its cells. */
  #skipped = 0

  constructor(plan: BaselinePlan) {
    this.#plan = plan
    this.#T = plan.begin
    this.#scope = plan.hindrance === null ? this.#scopeOf(plan.metric) : null
  }

  get subject(): Subject {
    return this.#plan.subject
  }

  get streams(): readonly string[] {
    return [this.#plan.subject.stream]
  }

  get isListed(): boolean {
    return this.#plan.isListed
  }

  get begin(): number {
    return this.#scope?.sums.whole.start ?? this.#plan.begin
  }

  add(slice: Slice): void {
    if (this.#scope === null) return
    let counted = this.#scope.counter.count(slice)
    if (counted === 'hashed') {
      this.#scope = this.#scopeOf(onHashBins(this.#scope.metric))
      counted = this.#scope.counter.count(slice)
    }
    this.#T = slice.number
    const { profile, sums } = this.#scope
    const slot = profile.slotOf(slice.startMs)
    const known = counted !== null && counted !== 'hashed' && profile.isKnown(slot) ? counted : null
    if (known === null && hasEvents(slice, this.#plan)) this.#skipped++
    sums.add(known, slot)
  }

  /** Not ours to take over: it only tells which cells the tables are written on. */
  freeze(body: CellsFrozen): boolean {
    this.#frozen.push(body)
    this.#scope?.counter.freeze(body)
    return false
  }

  look(_T: number, { isFiring, mark, firedKey, calmKey, firedNumber }: AlertView): Look {
    if (this.#scope === null || this.#scope.profile.days < DAYS_MIN) return NOTHING
    if (mark !== this.#mark) this.#scope.streaks.clear()
    this.#mark = mark
    const { strongest, drifting } = this.#search(this.#scope, mark, isFiring ? firedKey : null)
    if (drifting !== null) {
      const { tolerance } = drifting.reading
      this.#calmBelow = isFiring ? Math.min(this.#calmBelow, tolerance!) : tolerance!
    }
    const calm = isFiring ? this.#calm(this.#scope, calmKey, firedNumber) : { calm: null, calmStart: null }
    const seen = (): Seen => ({ strongest: strongest?.evidence ?? null })
    return { drift: drifting === null ? null : this.#drift(drifting), ...calm, seen }
  }

  conclude(): Conclusion {
    const { hindrance, cohort, subject } = this.#plan
    return concludeBaseline(this.#scope, { hindrance, cohort, check: subject.check, skipped: this.#skipped })
  }

  #scopeOf(metric: BaselineMetric): BaselineScope {
    const { stream, levels } = this.#plan
    const profile = profileOf(stream, metric)
    const questions = this.#plan.questionsOf(metric)
    const counter = this.#plan.counterOf(metric)
    for (const body of this.#frozen) counter.freeze(body)
    const shared = this.#T === this.#plan.begin ? (this.#plan.events ?? null) : null
    const sums = new BaselineLadder(profile, { levels, begin: this.#T, events: shared })
    return { metric, profile, questions, counter, sums, streaks: new Streaks(questions.length) }
  }

  #search(
    scope: BaselineScope,
    mark: number,
    key: string | null,
  ): { strongest: Sighting | null; drifting: Sighting | null } {
    const { profile, questions, streaks } = scope
    let strongest: Sighting | null = null
    let drifting: Sighting | null = null
    for (const window of scope.sums.offered(mark)) {
      for (const [contrast, question] of questions.entries()) {
        const zRequired = question.zRequired[window.cls]!
        const sighting = sightingOf(window, question, profile, Math.min(1, strongest?.strength ?? 0) * zRequired)
        if (sighting !== null && sighting.strength > (strongest?.strength ?? 0)) strongest = sighting
        const isBeyond = sighting !== null && sighting.strength >= 1 && isEnough(window.sums, sighting.reading)
        if (!streaks.look(window.cls, contrast, isBeyond) || sighting === null) continue
        if (key !== null && question.key !== key) continue
        if (sighting.strength > (drifting?.strength ?? 0)) drifting = sighting
      }
    }
    return { strongest, drifting }
  }

  /**
   * As against the control, with what days explained where it was seen in the place of effectMin. Not what they explain in the
   * calm window: a shorter one tolerates more, and would call a fault over that it could not have seen.
   */
  #calm(scope: BaselineScope, calmKey: string, firedNumber: number): Pick<Look, 'calm' | 'calmStart'> {
    const question = scope.questions.find(({ key }) => key === calmKey)
    for (const { start, sums } of question === undefined ? [] : scope.sums.offered(firedNumber)) {
      const reading = readBaselineWindow(sums, question!, scope.profile)
      if (reading === null || reading.halfSure > this.#calmBelow / 2) continue
      return { calm: Math.abs(reading.estimate) + reading.halfSure < this.#calmBelow, calmStart: start }
    }
    return { calm: null, calmStart: null }
  }

  #drift({ question, reading, window, evidence }: Sighting): Drift {
    const { subject, cohort } = this.#plan
    const { estimate, half } = reading
    const { start, sums: term } = window
    const effect = withinShares({
      ...{ name: question.effect, threshold: question.effectMin },
      ...{ estimate, low: estimate - half, high: estimate + half },
    })
    return {
      ...{ key: question.key, calmKey: question.key, start, direction: estimate > 0 ? 'up' : 'down', effect, evidence },
      ...{ severity: severityOf(question, reading), cohort, n: eventsOf(cohort, term) },
      told: tellBaseline({ check: subject.check, cohort, metric: this.#scope!.metric }, question, reading, term),
    }
  }
}

function hasEvents(slice: Slice, { subject, cohort }: BaselinePlan): boolean {
  return talliesOf(slice, subject.stream).cohorts[cohort === 'control' ? 0 : 1].accepted.total > 0
}

const NOTHING: Look = { drift: null, calm: null, calmStart: null, seen: () => NOTHING_SEEN }

interface Sighting {
  window: OfferedBaselineWindow
  question: BaselineQuestion
  reading: BaselineReading
  /** |z|/zRequired. */
  strength: number
  evidence: Evidence
}

/** Null where z surely misses `zToBeat`, or days are too few to know. */
function sightingOf(
  window: OfferedBaselineWindow,
  question: BaselineQuestion,
  profile: Profile,
  zToBeat: number,
): Sighting | null {
  if (!mayReach(window.sums, question, profile, zToBeat)) return null
  const reading = readBaselineWindow(window.sums, question, profile)
  if (reading === null || reading.tolerance === null || reading.z === 0) return null
  const zRequired = question.zRequired[window.cls]!
  const evidence = { nats: natsOf(reading.z), thresholdNats: natsOf(zRequired) }
  return { window, question, reading, strength: Math.abs(reading.z) / zRequired, evidence }
}

/** One lower than against the control: other days are no control. */
function severityOf({ effectMin }: BaselineQuestion, { estimate, half }: BaselineReading): Severity {
  return Math.abs(estimate) - half >= CRITICAL_EFFECTS * effectMin ? 'warning' : 'info'
}

/** Of the cohort that is compared; the other takes no part. */
export function eventsOf(cohort: Alert['cohort'], term: { w: number }): { control: number; candidate: number } {
  return cohort === 'control' ? { control: term.w, candidate: 0 } : { control: 0, candidate: term.w }
}
