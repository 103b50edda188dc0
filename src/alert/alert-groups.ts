import type { WatchedCheck } from '../verdict/check-verdict.ts'
import { titleOf } from '../verdict/subject.ts'
import type { Change, Moment } from './alert-watch.ts'
import { groupKey } from './identity.ts'

/**
 * Which alerts are one notice: a release that bends forty fields pages once, with forty lines.
 *
 * Alerts that fire in the same slice are one group. Weaker traces of the same cause need more data and fire later, so a slice
 * whose alerts rest on windows that reach back to where an earlier group fired joins that group, as long as one of it fires:
 *
 *   slice          90        100       110       120
 *   missing price  ······[════ fires                       group A
 *   schema price   ······[═════════ fires                  its window begins before A fired: A
 *   numeric size                    ······[════ fires      a group of its own
 *
 * Held against the group's first slice, never against the latest, so that no chain of joins can grow for days.
 */
export class AlertGroups {
  readonly #stream: string
  /** Oldest first. */
  #groups: AlertGroup[] = []
  /** Of the last slice that fired anything. Until the next one it may be made anew, with what is settled as of it. */
  #last: { group: AlertGroup; isTold: boolean } | null = null

  /** @param stream the group's first: joined streams share their slices, and so their notices */
  constructor(stream: string) {
    this.#stream = stream
  }

  /**
   * The group of the checks that start to fire at this slice; null where none does.
   *
   * @param checks all that are judged
   */
  join(
    started: readonly Started[],
    checks: readonly WatchedCheck[],
    moment: Moment,
    isTold: boolean,
  ): AlertGroup | null {
    const [first] = started
    if (first === undefined) return null
    const isNew = new Set(started.map(({ check }) => check))
    const firing = checks.filter((check) => check.alert.isFiring && check.expected === null && !isNew.has(check))
    const starts = started.flatMap(({ change }) => (change.drift === null ? [] : [change.drift.start]))
    const fired = { starts, title: titleOf(first.check.watched.subject) }
    return this.of(moment, fired, new Set(firing.map(({ alert }) => alert.episodes.at(-1)!.group)), isTold)
  }

  /**
   * The group of all that fires at this slice.
   *
   * @param fired windows of the alerts that fire now: their first slices (0-based), and the name of the first of them
   * @param firing groups that have a firing alert, those of this slice aside
   * @param isTold false while the same slice may still be settled again, with more alerts
   */
  of({ number, startMs, endMs }: Moment, fired: Fired, firing: ReadonlySet<string>, isTold: boolean): AlertGroup {
    const same = this.#last?.group.number === number || this.#last?.group.joinedAt === number
    if (same && this.#last!.isTold) return this.#last!.group
    if (!same) this.#keep()
    this.#groups = this.#groups.filter(({ key }) => firing.has(key))
    const joined = this.#groups.find((group) => fired.starts.some((start) => start < group.number))
    const own = { key: groupKey(this.#stream, startMs), number, title: fired.title, firedAtMs: endMs }
    const group = joined === undefined ? own : { ...joined, joinedAt: number }
    this.#last = { group, isTold }
    return group
  }

  #keep(): void {
    const group = this.#last?.group
    if (group !== undefined && group.joinedAt === undefined) this.#groups.push(group)
    this.#last = null
  }
}

/** A check whose alert begins to fire. */
export interface Started {
  check: WatchedCheck
  change: Change
}

export interface Fired {
  starts: readonly number[]
  title: string
}

export interface AlertGroup {
  key: string
  /** Slice at which its first alert fired, 1-based. */
  number: number
  /** Of that alert. */
  title: string
  firedAtMs: number
  /** Slice that joined it, where it is told of a later one. */
  joinedAt?: number
}
