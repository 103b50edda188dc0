import type { AlertWatch } from '../alert/alert-watch.ts'
import { CANDIDATE, CONTROL } from '../pane/pane.ts'
import type { CheckVerdict } from './check.ts'
import { percent, utc, whole } from './figures.ts'
import type { Presence } from './presence.ts'
import { titleOf } from './subject.ts'
import type { Conclusion, Seen, Watched } from './watched.ts'

/** A check under watch with what the judge keeps beside it. */
export interface WatchedCheck {
  watched: Watched
  alert: AlertWatch
  /** Why a change here is expected; null = it is not. */
  expected: string | null
  /** At the last slice. */
  seen(): Seen
}

export interface VerdictContext {
  /** Slices of the group so far. */
  T: number
  /** By stream. */
  presences: ReadonlyMap<string, Presence>
  inputFailure: string | null
  /** What has fired stays failed when it resolves: in a release and in a replay. */
  remembers: boolean
  /** Start of a slice, 0-based. */
  startMsOf(slice: number): number
}

/** An incomplete slice may cover this much of a window, no more. */
const INCOMPLETE_SHARE_MAX = 0.01

/** One check's verdict at the last slice (statistics.md 9): the first of ERROR, FAIL, INSUFFICIENT, PASS that applies. */
export function checkVerdict(check: WatchedCheck, context: VerdictContext): CheckVerdict {
  const { watched, alert, expected } = check
  const conclusion = watched.conclude()
  const { effect, n } = conclusion
  const plain = { ...watched.subject, expected: expected !== null, effect, evidence: check.seen().strongest, n }
  const title = titleOf(watched.subject)

  const error = unreadable(watched, context)
  if (error !== null) return { ...plain, verdict: 'ERROR', reason: `${title}: ${error}` }

  const told = alert.episodes.at(-1)
  const hasFired = told !== undefined && (alert.isFiring || context.remembers)
  if (hasFired && expected === null) {
    const { effect, evidence, reason } = told
    return { ...plain, effect, evidence, verdict: 'FAIL', reason }
  }
  const absent = absentCohort(watched, context)
  if (absent !== null) return { ...plain, verdict: 'INSUFFICIENT', reason: `${title}: ${absent}` }
  if (hasFired) {
    const { effect, evidence, reason } = told
    return { ...plain, effect, evidence, verdict: 'PASS', reason: `expected (${expected}): ${reason}` }
  }
  return { ...plain, verdict: conclusion.verdict, reason: `${title}: ${withExpectation(conclusion, expected)}` }
}

function unreadable({ streams, begin }: Watched, { T, presences, inputFailure }: VerdictContext): string | null {
  if (inputFailure !== null) return `the input failed: ${inputFailure}`
  for (const stream of streams) {
    const incomplete = presences.get(stream)?.incompleteSince(begin) ?? 0
    if (incomplete > INCOMPLETE_SHARE_MAX * (T - begin)) {
      const share = `${whole(incomplete)} of ${whole(T - begin)} slices of ${stream} are incomplete`
      return `${share} (${percent(incomplete / (T - begin))}, at most ${percent(INCOMPLETE_SHARE_MAX)} may be)`
    }
  }
  return null
}

const COHORTS = [
  [CONTROL, 'control'],
  [CANDIDATE, 'candidate'],
] as const

/** The contract is kept or broken by any record; only a comparison needs both cohorts. */
function absentCohort({ streams, subject }: Watched, { presences, startMsOf }: VerdictContext): string | null {
  // The other cohort takes no part where one is compared with a baseline.
  const needed = subject.against === 'baseline' ? COHORTS.slice(1) : COHORTS
  for (const stream of subject.against === 'contract' ? [] : streams) {
    for (const [cohort, name] of needed) {
      // prettier-ignore
      const presence = presences.get(stream)?.of(cohort) ?? { state: 'not-started' as const }
      if (presence.state === 'not-started') return `no record of the ${name} has come in ${stream} yet`
      if (presence.state === 'silent')
        return `the ${name} is silent in ${stream} since ${utc(startMsOf(presence.since))}`
    }
  }
  return null
}

function withExpectation({ reason }: Conclusion, expected: string | null): string {
  return expected === null ? reason : `${reason}; a change is expected: ${expected}`
}
