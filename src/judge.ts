import assert from 'node:assert/strict'
import type { Baseline } from './baseline/baseline.ts'
import { AlertGroups } from './alert/alert-groups.ts'
import { AlertWatch, startMsOf } from './alert/alert-watch.ts'
import type { Change, Moment } from './alert/alert-watch.ts'
import { comparableIn } from './alert/notice.ts'
import type { AlertNotice } from './alert/notice.ts'
import { SliceChain } from './alert/slice-chain.ts'
import type { Config, StreamConfig } from './config/shape.ts'
import { digestOf } from './ledger/digest.ts'
import type { CellsFrozen, LedgerBody } from './ledger/record.ts'
import type { SealedSlice, Slice } from './slice/slice.ts'
import type { Alert, CheckVerdict } from './verdict/check.ts'
import { changeReason } from './verdict/change-reason.ts'
import { checkVerdict } from './verdict/check-verdict.ts'
import type { VerdictContext, WatchedCheck } from './verdict/check-verdict.ts'
import { createChecks, createSegmentChecks } from './verdict/checks/create.ts'
import type { SegmentChecks } from './verdict/checks/segment-checks.ts'
import { expectedChange } from './verdict/expected.ts'
import { overallVerdict } from './verdict/overall.ts'
import type { Overall } from './verdict/overall.ts'
import { Presence } from './verdict/presence.ts'
import { NOTHING_SEEN, seenOnce, type Watched } from './verdict/watched.ts'
import type { WatchedEvidence } from './verdict/watch-list.ts'
import { UnitLadder } from './verdict/unit-ladder.ts'

/**
 * THEN THIS. One group of streams: slice in, verdict and alerts out.
 *
 *   slice ─► terms ─► windows ─► evidence, effect, minimum data ─► drift, calm ─► alert life ─► reason ─► notices
 *               └──► the whole window ─────────────────────────────────────────────────────────────────► verdicts
 *
 * A pure fold: the same slices and ledger records, in the same order, give the same notices to the byte, on any machine and
 * after any restart. No clock, no I/O. What a check compares and how it speaks stands in `verdict/checks/`, one file per kind;
 * this page only leads slices past them.
 *
 * Cells. The record of a cut is made after the slice that caused it (T) and before the next, so it always comes a little late:
 * the field's windows through T are judged as of T, at the latest when slice T+1 comes, and the notices go out with that step
 * but are dated T. They do not depend on when exactly the record came or whether anybody asked in between: a record handed over
 * early waits for its slice, and what a question makes the judge settle is settled again, with all records, before T+1.
 */
export class Judge {
  readonly #config: JudgeConfig
  readonly #group: readonly StreamConfig[]
  readonly #options: JudgeOptions
  readonly #policyDigest: string
  readonly #chain = new SliceChain()
  readonly #alertGroups: AlertGroups
  readonly #segments: SegmentChecks
  readonly #presences: ReadonlyMap<string, Presence>
  #units: ReadonlyMap<string, UnitLadder> = new Map()
  #checks: WatchedCheck[] = []
  /** The last slice; null before the first. */
  #moment: Moment | null = null
  /** Records whose slice has not come yet. */
  #early: CellsFrozen[] = []
  /** Cells came after the last slice: these are to be judged once more as of that slice. */
  #unsettled = new Set<WatchedCheck>()
  #settled: { changes: JudgedChange[]; notices: AlertNotice[] } = { changes: [], notices: [] }
  #inputFailure: string | null = null
  /** Of the last slice; null = something came since. */
  #verdicts: CheckVerdict[] | null = null

  constructor(config: JudgeConfig, group: readonly StreamConfig[], options: JudgeOptions) {
    this.#config = config
    this.#group = group
    this.#options = options
    this.#policyDigest = digestOf(config.policy)
    this.#alertGroups = new AlertGroups(group[0]!.name)
    this.#presences = new Map(group.map(({ name }) => [name, new Presence(config.panes.lengthMs)]))
    this.#segments = createSegmentChecks(config, group)
    this.#begin(0)
  }

  addLedger(body: LedgerBody): void {
    if (body.type === 'segments-frozen' && body.stream === this.#group[0]!.name) this.#segments.freeze(body)
    if (body.type !== 'cells-frozen' || !this.#group.some(({ name }) => name === body.fieldStream)) return
    this.#early.push(body)
    if (this.#moment !== null) this.#freezeThrough(this.#moment.number)
  }

  addSlice(sealed: SealedSlice): JudgeStep {
    const { slice } = sealed
    if (this.#moment === null) this.#begin(slice.number - 1)
    else assert.equal(slice.number, this.#moment.number + 1, `slices of ${slice.stream} out of order`)
    this.#settle()
    const late = this.#settled.notices
    this.#settled = { changes: [], notices: [] }

    const moment = { number: slice.number, startMs: slice.startMs, endMs: slice.startMs + slice.lengthMs }
    this.#moment = moment
    this.#chain.add(sealed)
    this.#observe(slice)
    const notices = this.#announce(this.#judge(this.#checks, moment), moment, true)
    this.#freezeThrough(moment.number)
    return { notices: [...late, ...notices] }
  }

  /** Its era is over with the last slice: what fires resolves, because nobody will judge it any further. */
  end(): readonly AlertNotice[] {
    if (this.#moment === null) return []
    this.#settle()
    const ended = this.#checks.map((check) => ({ check, change: check.alert.end() }))
    const changes = ended.filter((each): each is JudgedChange => each.change !== null)
    return [...this.#settled.notices, ...this.#announce(changes, this.#moment, true)]
  }

  /** What was read is not all there was: every verdict is ERROR. */
  inputFailed(reason: string): void {
    this.#inputFailure = reason
    this.#verdicts = null
  }

  /** At the last slice, in the order of the configuration. */
  checks(): readonly CheckVerdict[] {
    this.#settle()
    return this.#verdictsNow()
  }

  /** As last published: one for each time an alert fired. */
  alerts(): readonly Alert[] {
    this.#settle()
    return this.#checks.flatMap(({ alert, expected }) => (expected === null ? alert.episodes : []))
  }

  /** What every check saw at the last slice: for the watch list, over the checks of all groups. */
  watched(): WatchedEvidence[] {
    this.#settle()
    return this.#checks.flatMap(({ watched, alert, expected, seen }) => {
      const { strongest, lnE } = seen()
      if (!watched.isListed || lnE === undefined) return []
      const { id, stream, check, field, segment, against } = watched.subject
      const isExpected = expected !== null
      return [
        { id, stream, check, field, segment, against, strongest, lnE, firing: alert.isFiring, expected: isExpected },
      ]
    })
  }

  verdict(): Overall {
    this.#settle()
    return this.#verdictNow()
  }

  /** The watch begins with the slice after `begin`; what was to be compared with earlier ones is not known here. */
  #begin(begin: number): void {
    const { policy } = this.#config
    this.#units = new Map(this.#group.map(({ name }) => [name, new UnitLadder(policy.levels, begin)]))
    this.#checks = createChecks(this.#config, this.#group, begin, this.#options.baseline).map((each) =>
      this.#watch(each),
    )
    this.#freezeThrough(begin)
  }

  #watch(watched: Watched): WatchedCheck {
    const { clear, expect } = this.#config.policy
    const alert = new AlertWatch(watched.subject, watched.clear ?? clear)
    return { watched, alert, expected: expectedChange(expect, watched.subject), seen: () => NOTHING_SEEN }
  }

  /** Takes over the cells that were made after this slice or before. */
  #freezeThrough(number: number): void {
    const due = this.#early.filter(({ afterNumber }) => afterNumber <= number)
    this.#early = this.#early.filter(({ afterNumber }) => afterNumber > number)
    for (const body of due) {
      for (const check of this.#checks) {
        if (check.watched.freeze(body) && body.fromNumber <= number) this.#unsettled.add(check)
      }
    }
    if (due.length > 0) this.#verdicts = null
  }

  #observe(slice: Slice): void {
    for (const stream of slice.streams) {
      this.#presences.get(stream.name)!.add(slice.number, stream)
      this.#units.get(stream.name)!.add(stream.tallies.units)
    }
    for (const check of this.#segments.add(slice)) this.#checks.push(this.#watch(check))
    for (const { watched } of this.#checks) watched.add(slice)
  }

  /** Judges, as of the last slice, the fields whose cells came after it, and tells all of them together. */
  #settle(): void {
    if (this.#unsettled.size === 0 || this.#moment === null) return
    const checks = this.#checks.filter((check) => this.#unsettled.has(check))
    this.#unsettled.clear()
    this.#settled.changes.push(...this.#judge(checks, this.#moment))
    this.#settled.notices = this.#announce(this.#settled.changes, this.#moment, false)
  }

  #judge(checks: readonly WatchedCheck[], moment: Moment): JudgedChange[] {
    this.#verdicts = null
    const changes: JudgedChange[] = []
    for (const check of checks) {
      const look = check.watched.look(moment.number, check.alert.view)
      check.seen = seenOnce(look)
      const change = check.alert.step(look, moment)
      if (change !== null) changes.push({ check, change })
    }
    return changes
  }

  /** Writes the reasons, which name each other, and makes the notices. An expected change is kept, and told to nobody. */
  #announce(changes: readonly JudgedChange[], moment: Moment, isTold: boolean): AlertNotice[] {
    const started = changes.filter(({ check, change }) => change.type === 'firing' && check.expected === null)
    const group = this.#alertGroups.join(started, this.#checks, moment, isTold)
    const told = changes.flatMap(({ check, change }) => {
      const others = started.filter((other) => other.check !== check).map((other) => other.check.watched.subject)
      const reason = changeReason(check, change, { moment, units: this.#units, others, group })
      const published = check.alert.publish(change, reason, moment, group?.key ?? '')
      return check.expected === null ? [published] : []
    })
    if (told.length === 0) return []
    this.#verdicts = null
    const slice = { sliceStartMs: moment.startMs, sliceEndMs: moment.endMs }
    const rests = { releaseId: null, verdictDigest: this.#verdictDigest(), slices: this.#chain.judged, ...slice }
    const isComparable = comparableIn(this.#group)
    return told.map((each) => ({ ...each, ...rests, isComparable: isComparable(each.alert) }))
  }

  /** Of everything that was decided at this slice, and of what decided it. */
  #verdictDigest(): string {
    const { verdict, reason } = this.#verdictNow()
    return digestOf({
      ...{ verdict, reason, checks: this.#verdictsNow(), slices: this.#chain.judged },
      ...{ policyDigest: this.#policyDigest, codeVersion: this.#options.codeVersion },
      ...(this.#options.baseline === null ? {} : { baseline: this.#options.baseline.digest }),
    })
  }

  #verdictNow(): Overall {
    const streams = this.#group.map(({ name }) => name)
    return overallVerdict(this.#verdictsNow(), this.#config.policy, streams, this.#inputFailure)
  }

  #verdictsNow(): readonly CheckVerdict[] {
    const context: VerdictContext = {
      T: this.#moment?.number ?? 0,
      presences: this.#presences,
      inputFailure: this.#inputFailure,
      remembers: this.#options.isReplay,
      startMsOf: (slice) => startMsOf(this.#moment!, slice),
    }
    const listed = this.#checks.filter(({ watched }) => watched.isListed)
    this.#verdicts ??= listed.map((check) => checkVerdict(check, context))
    return this.#verdicts
  }
}

/** @param options how the verdict remembers, and the version that notices carry in their digest */
export function createJudge(
  config: JudgeConfig,
  group: readonly StreamConfig[],
  options: Partial<JudgeOptions> = {},
): Judge {
  const { codeVersion = '', isReplay = false, baseline = null } = options
  return new Judge(config, group, { codeVersion, isReplay, baseline })
}

export type JudgeConfig = Pick<Config, 'policy' | 'streams' | 'panes'>

export interface JudgeOptions {
  codeVersion: string
  /** A replay judges its whole input: what has fired stays FAIL when it resolves. */
  isReplay: boolean
  /** What live data is compared with besides the other cohort. */
  baseline: Baseline | null
}

/** What is due to be published because of this slice, in order. */
export interface JudgeStep {
  notices: readonly AlertNotice[]
}

interface JudgedChange {
  check: WatchedCheck
  change: Change
}
