import { ln } from '../../evidence/arithmetic.ts'
import { calibrate } from '../../evidence/e-bh.ts'
import { wilson } from '../../evidence/intervals.ts'
import { JUDGED_FROM_SLICE } from '../../evidence/ladder.ts'
import { poissonNats } from '../../evidence/poisson.ts'
import type { Slice } from '../../slice/slice.ts'
import type { Effect, Evidence } from '../check.ts'
import { severityOf } from '../drift-watch.ts'
import { percent, rough, whole } from '../figures.ts'
import { limitsOf } from '../question.ts'
import { subjectOf } from '../subject.ts'
import type { Subject } from '../subject.ts'
import type { AlertView, Conclusion, Drift, Look, Seen, Watched } from '../watched.ts'
import type { CheckContext } from './context.ts'
import type { UnitBook } from './unit-book.ts'

/**
 * cross-cohort: units that come in both cohorts within one allocation epoch (statistics.md 10). A unit keeps its cohort; where
 * it does not, whatever else is compared is mixed. A few always switch (a shared device, a cleared cookie): two in a thousand
 * return visits are tolerated.
 *
 * The count never falls while an epoch lasts, so whether it is over is asked of the last hour; where that holds too few visits to
 * tell, of the last 2, 4, … hours, as far as they lie after the slice that fired. Once it is over, the count begins anew.
 */
const SWITCHERS_MIN = 10
const TOLERATED = 0.002
/** Of both cohorts, and of each: in a cohort of ten units hardly anybody can be met a second time. */
const UNITS_MIN = 200
const COHORT_UNITS_MIN = 100
/** PASS: surely no more than this of the return visits, of which so many are assumed where fewer came. */
const PASS_SHARE_MAX = 0.01
const PASS_VISITS_ASSUMED = 300
const HOUR_MS = 3_600_000
/** 256 hours in the longest window: a power of two, ten days. */
const CALM_HOURS_MAX = 256
const KEY = 'switchers'
const NOT_ASKED = { calm: null, calmStart: null }

export class CrossCohortWatch implements Watched {
  readonly subject: Subject
  readonly streams: readonly string[]
  readonly isListed = true
  readonly #book: UnitBook
  readonly #effectMin: number
  readonly #natsRequired: number
  /** Looks that the evidence is paid for by, for the watch list. */
  readonly #lnTrials: number
  readonly #slicesPerHour: number
  /** Of the epoch. */
  #epoch: Counted
  /** Of what an alert may come from: since the epoch began, or the alert resolved. */
  #open: Counted
  /** The last slices, as many as the longest window has; slices that do not count are time too. */
  #slices: Visits[] = []
  #mark = 0

  constructor({ stream, config, budget, begin }: CheckContext, book: UnitBook) {
    this.subject = subjectOf(stream.name, 'cross-cohort')
    this.streams = [stream.name]
    this.#book = book
    this.#effectMin = limitsOf(config.policy, 'crossCohort').effectMin
    this.#natsRequired = -ln(budget.alphaOfSlice('population'))
    this.#lnTrials = ln(budget.looks.length * budget.looks[0]!)
    this.#slicesPerHour = Math.max(1, Math.ceil(HOUR_MS / config.panes.lengthMs))
    this.#epoch = nothing(begin)
    this.#open = nothing(begin)
  }

  get begin(): number {
    return this.#epoch.start
  }

  add(slice: Slice): void {
    this.#book.add(slice)
  }

  freeze(): boolean {
    return false
  }

  look(T: number, { mark, isFiring, firedNumber }: AlertView): Look {
    // After it resolved, in the slice before this one.
    if (mark !== this.#mark) {
      this.#mark = mark
      this.#open = nothing(T - 1)
    }
    this.#step()
    const strongest = this.#evidenceOf(this.#open)
    const drift = T < JUDGED_FROM_SLICE ? null : this.#drift(strongest)
    const seen = (): Seen => ({ strongest, lnE: calibrate(Math.min(0, this.#lnTrials - strongest.nats)) })
    return { drift, ...(isFiring ? this.#judgeCalm(T, firedNumber) : NOT_ASKED), seen }
  }

  conclude(): Conclusion {
    const { switchers, visits } = this.#epoch
    const units = this.#book.size
    const n = this.#book.units
    const known = { effect: visits + switchers === 0 ? null : this.#effectOf(this.#epoch), n }
    const missing = missingUnits(units, n)
    if (missing !== null) return { verdict: 'INSUFFICIENT', reason: `too little data: ${missing}`, ...known }
    const told = `${this.#told(this.#epoch)}, of ${whole(units)} units`
    const most = mostOf(switchers)
    if (most <= PASS_SHARE_MAX * Math.max(visits, PASS_VISITS_ASSUMED)) {
      return { verdict: 'PASS', reason: `${told}: surely no more than ${percent(PASS_SHARE_MAX)}`, ...known }
    }
    const more = `about ${rough(most / PASS_SHARE_MAX - visits)} more return visits without one are needed`
    const reason = `${told}: not surely below ${percent(PASS_SHARE_MAX)}, ${more}`
    return { verdict: 'INSUFFICIENT', reason, ...known }
  }

  #step(): void {
    const { counts, epochBegin } = this.#book
    if (counts !== null && epochBegin !== this.#epoch.start) {
      this.#epoch = nothing(epochBegin)
      // Units are of one epoch: what switched in the last one is gone from the book.
      if (this.#open.start < epochBegin) this.#open = nothing(epochBegin)
      this.#slices = this.#slices.map(() => NO_VISITS)
    }
    const visits = counts === null ? NO_VISITS : { switchers: counts.switchers, visits: counts.returnVisits }
    this.#epoch = plus(this.#epoch, visits)
    this.#open = plus(this.#open, visits)
    this.#slices.push(visits)
    if (this.#slices.length > this.#slicesPerHour * CALM_HOURS_MAX) this.#slices.shift()
  }

  /** Is it over? The shortest window that holds enough visits to tell says so. */
  #judgeCalm(T: number, firedNumber: number): Pick<Look, 'calm' | 'calmStart'> {
    for (let hours = 1; hours <= CALM_HOURS_MAX; hours *= 2) {
      const start = Math.max(0, T - hours * this.#slicesPerHour)
      if (hours > 1 && start < firedNumber) break
      const window = sumOf(this.#slices.slice(start - T))
      if (this.#isBroken(window)) return { calm: false, calmStart: null }
      if (mostOf(window.switchers) <= PASS_SHARE_MAX * window.visits) return { calm: true, calmStart: start }
    }
    return NOT_ASKED
  }

  #isBroken(counted: Visits): boolean {
    const { nats, thresholdNats } = this.#evidenceOf(counted)
    const { switchers, visits } = counted
    return switchers >= SWITCHERS_MIN && switchers >= this.#effectMin * visits && nats >= thresholdNats
  }

  /** Of no visit at all λ would be 0: one is assumed. */
  #evidenceOf({ switchers, visits }: Visits): Evidence {
    const nats = poissonNats(switchers, TOLERATED * Math.max(visits, 1))
    return { nats, thresholdNats: this.#natsRequired }
  }

  #drift(evidence: Evidence): Drift | null {
    if (!this.#isBroken(this.#open)) return null
    const effect = this.#effectOf(this.#open)
    return {
      ...{ key: KEY, calmKey: KEY, start: this.#open.start, direction: 'up' },
      severity: severityOf({ effectMin: this.#effectMin }, effect),
      ...{ effect, evidence, n: this.#book.units, counted: 'units' },
      told: `${this.#told(this.#open)}, ${percent(TOLERATED)} are tolerated`,
    }
  }

  /** Units that come in both at their very first sight are no return visits: there are never more switchers than visits. */
  #effectOf({ switchers, visits }: Visits): Effect & { low: number; high: number } {
    const all = Math.max(visits, switchers)
    return { name: 'switchers', estimate: switchers / all, ...wilson(switchers, all), threshold: this.#effectMin }
  }

  /** `34 units came in both cohorts: 0.66 % [0.47 %, 0.92 %] of 5,120 return visits` */
  #told(counted: Visits): string {
    const { switchers, visits } = counted
    const units = `${whole(switchers)} ${switchers === 1 ? 'unit' : 'units'} came in both cohorts`
    if (visits + switchers === 0) return `${units}, and none has come back yet`
    const { estimate, low, high } = this.#effectOf(counted)
    return `${units}: ${percent(estimate)} [${percent(low)}, ${percent(high)}] of ${whole(visits)} return visits`
  }
}

/** So many there surely are at most, where so many were counted. */
function mostOf(switchers: number): number {
  return switchers + 2 * Math.sqrt(switchers) + 3
}

function missingUnits(units: number, n: { control: number; candidate: number }): string | null {
  for (const cohort of ['control', 'candidate'] as const) {
    if (n[cohort] < COHORT_UNITS_MIN)
      return `${whole(n[cohort])} of at least ${COHORT_UNITS_MIN} units of the ${cohort}`
  }
  return units < UNITS_MIN ? `${whole(units)} of at least ${UNITS_MIN} units` : null
}

interface Visits {
  switchers: number
  visits: number
}

interface Counted extends Visits {
  /** 0-based slice. */
  start: number
}

const NO_VISITS: Visits = { switchers: 0, visits: 0 }

function nothing(start: number): Counted {
  return { start, ...NO_VISITS }
}

function plus(counted: Counted, { switchers, visits }: Visits): Counted {
  return { ...counted, switchers: counted.switchers + switchers, visits: counted.visits + visits }
}

function sumOf(slices: readonly Visits[]): Visits {
  return slices.reduce<Counted>(plus, nothing(0))
}
