import type { CellsFrozen } from '../ledger/record.ts'
import type { Slice } from '../slice/slice.ts'
import type { Alert, Effect, Evidence, Severity } from './check.ts'
import type { Subject } from './subject.ts'

/**
 * One check under watch: the seam at which checks are added, one file each (`checks/`). The judge gives it every slice, then
 * asks what it sees; whether that makes an alert is the business of `alert/alert-watch.ts`, alike for all.
 */
export interface Watched {
  readonly subject: Subject
  /** The streams whose data it needs: when one is silent or incomplete, so is this check. */
  readonly streams: readonly string[]
  /** false = it only alerts; no report lists it. */
  readonly isListed: boolean
  /** 0-based slice from which its whole window starts; where nothing is compared yet, that of the stream's watch. */
  readonly begin: number
  /** So many calm slices resolve its alert; where it is left out, as many as the policy says. */
  readonly clear?: number
  add(slice: Slice): void
  /** Takes over cells that are its own; false = they are another field's. */
  freeze(body: CellsFrozen): boolean
  look(T: number, alert: AlertView): Look
  conclude(): Conclusion
}

/** What a check must know of its alert. */
export interface AlertView {
  isFiring: boolean
  /** Windows start at this slice or later (0-based). */
  mark: number
  /** While firing: the slice that fired (1-based), the contrast that was published, and the one that calm is judged on. */
  firedNumber: number
  firedKey: string
  calmKey: string
}

export interface Look {
  /** Not firing: what should make it fire. Firing: the published contrast as it drifts now. */
  drift: Drift | null
  calm: boolean | null
  calmStart: number | null
  /** For who asks before the next slice: a search of its own, which a judge that only wants alerts is spared. */
  seen(): Seen
}

export interface Seen {
  /** The strongest evidence of this slice, drift or not. */
  strongest: Evidence | null
  /** What that is worth for the watch list, as the logarithm of an e-value; left out where a check has no place on it. */
  lnE?: number
}

export const NOTHING_SEEN: Seen = { strongest: null }

/** Several ask, and the answer is the same until the next slice. */
export function seenOnce({ seen }: Look): () => Seen {
  let answer: Seen | null = null
  return () => (answer ??= seen())
}

/** All that is published of a drifting window. */
export interface Drift {
  key: string
  calmKey: string
  /** First slice of the window, 0-based. */
  start: number
  direction: Alert['direction']
  severity: Severity
  effect: Effect | null
  evidence: Evidence | null
  n: { control: number; candidate: number }
  /** What `n` counts; events where it is left out. */
  counted?: 'units'
  /** Whose fault it is; the candidate's where it is left out: comparing with the control, it is what is new. */
  cohort?: Alert['cohort']
  /** What moved, with both cohorts' figures and the interval. */
  told: string
}

/** The whole window's verdict, alert aside. */
export interface Conclusion {
  verdict: 'PASS' | 'INSUFFICIENT'
  reason: string
  effect: Effect | null
  n: { control: number; candidate: number }
}
