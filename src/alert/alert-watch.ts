import { clearOf, INACTIVE, RECENT_SLICES, stepAlertLife } from '../evidence/alert-life.ts'
import type { AlertLife } from '../evidence/alert-life.ts'
import type { Alert, Severity } from '../verdict/check.ts'
import type { Subject } from '../verdict/subject.ts'
import type { AlertView, Drift, Look } from '../verdict/watched.ts'
import { fingerprint, noticeId } from './identity.ts'
import type { AlertIdentity, NoticeType } from './identity.ts'

/** The slice at which something is judged. */
export interface Moment {
  /** 1-based. */
  number: number
  startMs: number
  endMs: number
}

/** Start of a slice, counted from 0 at the stream's first, as the slice of this moment has it. */
export function startMsOf({ number, startMs, endMs }: Moment, slice: number): number {
  return startMs + (slice - (number - 1)) * (endMs - startMs)
}

/** What has to be told because of this slice. `drift` is what is seen now; null when the alert resolved. */
export type Change =
  { type: 'firing' | 'updated'; drift: Drift } | { type: 'resolved'; drift: null; calmStart: number | null }

export interface Published {
  type: NoticeType
  id: string
  fingerprint: string
  alert: Alert
}

/** An interval that moves away from what was told is news, but not more often than this, in event time. */
const UPDATE_EVERY_MS = 3_600_000
/** So many past firings of one alert are kept to be shown. */
const EPISODES_MAX = 32
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical']

/** The life of one alert (statistics.md 8): from what its check sees, slice by slice, to what is published. */
export class AlertWatch {
  readonly #subject: Subject
  readonly #clear: number
  #life: AlertLife = INACTIVE
  #firing: { number: number; key: string; calmKey: string; publishedAtMs: number } | null = null
  /** Slices at which it resolved. */
  #resolutions: number[] = []
  /** As last published, one for each time it fired, oldest first. */
  #episodes: Alert[] = []

  constructor(subject: Subject, clear: number) {
    this.#subject = subject
    this.#clear = clear
  }

  get episodes(): readonly Alert[] {
    return this.#episodes
  }

  get isFiring(): boolean {
    return this.#firing !== null
  }

  get view(): AlertView {
    const { mark } = this.#life
    if (this.#firing === null) return { isFiring: false, mark, firedNumber: 0, firedKey: '', calmKey: '' }
    const { number, key, calmKey } = this.#firing
    return { isFiring: true, mark, firedNumber: number, firedKey: key, calmKey }
  }

  step({ drift, calm, calmStart }: Look, { number, endMs }: Moment): Change | null {
    this.#resolutions = this.#resolutions.filter((resolved) => number - resolved < RECENT_SLICES)
    const clear = clearOf(this.#clear, this.#resolutions.length)
    const { life, action } = stepAlertLife(this.#life, { drifted: drift !== null, calm, calmStart }, clear)
    this.#life = life
    switch (action) {
      case 'none':
        return null
      case 'open':
        this.#firing = { number, key: drift!.key, calmKey: drift!.calmKey, publishedAtMs: endMs }
        return { type: 'firing', drift: drift! }
      case 'resolve':
        this.#firing = null
        this.#resolutions.push(number)
        return { type: 'resolved', drift: null, calmStart: life.mark }
      case 'keep':
        if (drift === null || !this.#isNews(drift, endMs)) return null
        this.#firing!.publishedAtMs = endMs
        return { type: 'updated', drift }
    }
  }

  /** What it was about is not judged any further; null where it does not fire. */
  end(): Change | null {
    if (this.#firing === null) return null
    this.#firing = null
    return { type: 'resolved', drift: null, calmStart: null }
  }

  /**
   * Writes a change down as published. Saying the same again with another reason replaces it: what else fired in the same slice
   * may be known a little later.
   *
   * @param group of those that fire now; an alert keeps the one that it fired with
   */
  publish({ type, drift }: Change, reason: string, { startMs, endMs }: Moment, group = ''): Published {
    if (type === 'firing') this.#open(drift, reason, startMs, endMs)
    const last = { ...this.#episodes.at(-1)!, ...(type === 'firing' ? { group } : {}) }
    const alert: Alert =
      drift === null
        ? { ...last, state: 'resolved', resolvedAtMs: endMs, reason }
        : { ...last, severity: drift.severity, effect: drift.effect, evidence: drift.evidence, n: drift.n, reason }
    this.#episodes[this.#episodes.length - 1] = alert
    const identity = this.#identity(alert)
    return { type, id: noticeId(identity, type, startMs), fingerprint: fingerprint(identity), alert }
  }

  #open(drift: Drift, reason: string, startMs: number, endMs: number): void {
    const { direction, severity, effect, evidence, n, cohort = 'candidate' } = drift
    const identity = this.#identity({ direction, cohort })
    const id = noticeId(identity, 'firing', startMs)
    if (this.#episodes.at(-1)?.id === id) return
    if (this.#episodes.length === EPISODES_MAX) this.#episodes.shift()
    const { check, stream, field, segment, against } = this.#subject
    this.#episodes.push({
      ...{ id, check, stream, field, segment, cohort, against, severity, state: 'firing' },
      ...{ firedAtMs: endMs, resolvedAtMs: null, direction, effect, evidence, n, reason, group: '' },
    })
  }

  /** A higher severity, or an interval that no longer holds what was told. */
  #isNews({ severity, effect }: Drift, endMs: number): boolean {
    if (endMs - this.#firing!.publishedAtMs < UPDATE_EVERY_MS) return false
    const told = this.#episodes.at(-1)
    if (told === undefined) return false
    if (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(told.severity)) return true
    if (effect === null || effect.low === null || effect.high === null || told.effect === null) return false
    return told.effect.estimate < effect.low || told.effect.estimate > effect.high
  }

  /** Cohort and direction are those it fired with. */
  #identity({ cohort, direction }: Pick<Alert, 'cohort' | 'direction'>): AlertIdentity {
    const { stream, check, field, segment, against } = this.#subject
    return { release: null, stream, check, field, segment, cohort, against, direction }
  }
}
