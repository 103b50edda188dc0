import { ln } from '../evidence/arithmetic.ts'
import { calibrate } from '../evidence/e-bh.ts'
import type { CellsFrozen } from '../ledger/record.ts'
import type { Slice } from '../slice/slice.ts'
import { judgeCalm, outermostCell } from './calm.ts'
import type { Alert, Severity } from './check.ts'
import { concludeWhole } from './conclusion.ts'
import { effectOf, eventsOf } from './question.ts'
import type { Comparison, Question, Reading } from './question.ts'
import { searchDrift, searchStrongest } from './search.ts'
import type { Sighting } from './search.ts'
import type { Subject } from './subject.ts'
import { intervalOf, movedBy } from './tell.ts'
import type { AlertView, Conclusion, Drift, Look, Seen, Watched } from './watched.ts'
import type { Term } from '../evidence/term.ts'

/** What a check that compares the cohorts over the ladder has to say for itself; all else is the same for all of them. */
export interface ComparedCheck {
  readonly subject: Subject
  readonly streams: readonly string[]
  /** The slice before the first one. */
  readonly begin: number
  /** Empty until there is something to compare. */
  readonly comparisons: readonly Comparison[]
  /** Why `comparisons` is empty. */
  readonly waitingFor: string
  /** Events of a cohort, as its sentences call them: `values`, `records`. */
  readonly eventNoun: string
  add(slice: Slice): void
  freeze?(body: CellsFrozen): boolean
  /** Both cohorts' figures in this window. */
  tell(term: Term, question: Question, reading: Reading, start: number): string
  /** What contributed to it beside what `tell` names: `; most of it …`, or nothing. */
  contributors?(term: Term, question: Question, start: number): string
}

/** A check on the ladder: windows and contrasts in, drift and calm out (statistics.md 4, 5, 7, 8). */
export class DriftWatch implements Watched {
  readonly isListed = true
  readonly #check: ComparedCheck
  readonly #looks: readonly number[]

  /** @param looks in a horizon, by window class; without them it has no place on the watch list */
  constructor(check: ComparedCheck, looks: readonly number[] = []) {
    this.#check = check
    this.#looks = looks
  }

  get subject(): Subject {
    return this.#check.subject
  }

  get streams(): readonly string[] {
    return this.#check.streams
  }

  get begin(): number {
    const [comparison] = this.#check.comparisons
    return comparison?.sums.whole.start ?? this.#check.begin
  }

  add(slice: Slice): void {
    this.#check.add(slice)
  }

  freeze(body: CellsFrozen): boolean {
    return this.#check.freeze?.(body) ?? false
  }

  look(T: number, alert: AlertView): Look {
    const { comparisons } = this.#check
    const { mark } = alert
    const seen = (): Seen => this.#seen(T, mark)
    if (!alert.isFiring) {
      return { drift: this.#drift(searchDrift(comparisons, T, mark)), calm: null, calmStart: null, seen }
    }
    const published = searchDrift(comparisons, T, mark, ({ key }) => key === alert.firedKey)
    const { calm, calmStart } = judgeCalm(comparisons, alert.calmKey, alert.firedNumber)
    return { drift: this.#drift(published), calm, calmStart, seen }
  }

  conclude(): Conclusion {
    return concludeWhole(this.#check)
  }

  #seen(T: number, mark: number): Seen {
    const strongest = searchStrongest(this.#check.comparisons, T, mark)
    const worth = this.#looks.length === 0 ? {} : { lnE: this.#worth(strongest) }
    return { strongest: strongest?.evidence ?? null, ...worth }
  }

  /** For the watch list: the bound on p is paid for by every look at every contrast, then made an e-value (statistics.md 12). */
  #worth(strongest: Sighting | null): number {
    if (strongest === null) return calibrate(0)
    const contrasts = this.#check.comparisons.reduce((sum, { questions }) => sum + questions.length, 0)
    const trials = this.#looks.length * this.#looks[strongest.cls]! * contrasts
    return calibrate(Math.min(0, ln(trials) - strongest.evidence.nats))
  }

  #drift(sighting: Sighting | null): Drift | null {
    if (sighting === null) return null
    const { question, comparison, reading, term, start, evidence } = sighting
    const calmOn = question.kind === 'omnibus' ? outermostCell(term, comparison.questions) : question
    return {
      key: question.key,
      calmKey: (calmOn ?? question).key,
      start,
      direction: directionOf(question, reading),
      severity: severityOf(question, reading),
      effect: effectOf(question, reading),
      evidence,
      n: eventsOf(term),
      told: this.#tell(question, reading, term, start),
    }
  }

  #tell(question: Question, reading: Reading, term: Term, start: number): string {
    const check = this.#check
    const figures = `${movedBy(question, reading)}${check.tell(term, question, reading, start)}`
    const contributors = check.contributors?.(term, question, start) ?? ''
    return `${figures}${intervalOf(question, reading)}${contributors}`
  }
}

/** Of spread, `up` is wider. */
function directionOf({ kind }: Question, { estimate }: Reading): Alert['direction'] {
  if (kind === 'omnibus') return 'changed'
  return estimate > 0 ? 'up' : 'down'
}

/** How far the interval keeps from zero. An omnibus has none and is never critical. */
export function severityOf(
  { effectMin }: Pick<Question, 'effectMin'>,
  { low, high }: Pick<Reading, 'low' | 'high'>,
): Severity {
  if (low === null || high === null) return 'warning'
  const nearer = low > 0 ? low : high < 0 ? -high : 0
  return nearer >= CRITICAL_EFFECTS * effectMin ? 'critical' : 'warning'
}

const CRITICAL_EFFECTS = 4
