import type { PanesConfig } from '../config/shape.ts'
import type { OpenPanes } from './open-panes.ts'
import type { Watermark } from './watermark.ts'

/**
 * Where one era of a partition turns into the next.
 *
 *   offsets    a ─ place: the first record that the new era needs      r ─ turn: closes the old era
 *   old era    ──┬─ counts what is its own, leaves the rest aside ──────┤
 *   new era      └─ counts what is its own, skips the rest ─────────────┼─ everything, what comes late for the old era included ──►
 *
 * The old era's observer ends when it has closed everything that starts before the new one. The new era's begins at the place, as
 * after any restart, and reads to the turn a second time. Up to there it goes at the old era's pace, so that it finds the same records
 * early and waiting, and closes nothing that was the old era's to close: each record counts exactly once, and in the same pane,
 * however often somebody crashes in between. So it is too where the new era was withdrawn meanwhile, and the old one goes on.
 *
 * Where the next era needs records from before that turn (somebody's clock was far ahead), both turns are ahead of it.
 */
export class EraTurn {
  /** What event time goes by. */
  pace: Pace
  private readonly panes: OpenPanes
  private readonly own: Pace
  private readonly known: readonly Turn[]
  /** Still ahead, in order. */
  private turns: readonly Turn[]
  /** Of the first record that this era does not count. */
  private endOffset: number | null = null
  /** What is closed, and since which record. */
  private closedMs: number
  private closedSince: number | null = null

  /** @param position of the next record */
  constructor(panes: OpenPanes, { pace, turns, position }: { pace: Pace; turns: readonly Turn[]; position: number }) {
    this.panes = panes
    this.own = pace
    this.known = turns
    this.closedMs = panes.closedThroughMs
    this.turns = turns.filter(({ offset }) => position <= offset)
    this.pace = this.turns[0]?.pace ?? pace
    panes.capMs = this.beforeUntilMs - 1
  }

  /** The era before was over as soon as event time came here; Infinity: it is over. */
  get beforeUntilMs(): number {
    return this.turns[0]?.untilMs ?? Infinity
  }

  /**
   * The next era begins at `untilMs`, and needs records from `neededFromMs` on for the ids of its first pane. False: something that
   * starts there is closed already; then only an observer that begins again from the last commit can follow.
   */
  endAt(untilMs: number, neededFromMs: number): boolean {
    if (!this.panes.endAt(untilMs, neededFromMs)) return false
    // Closed to the very time before anybody heard of it: what came since was not the old era's either.
    if (this.panes.isEnded) this.endOffset ??= this.closedSince
    return true
  }

  /** Nothing more is counted: the next era's observer begins at the commit point, once what is closed is published. */
  get isEnded(): boolean {
    return this.panes.isEnded
  }

  /** Before anything is closed because of the record at this offset. True: from here on the pace is another. */
  arriveAt(offset: number, watermark: Watermark): boolean {
    if (this.turns.length === 0) return false
    const passed = this.turns.filter((turn) => turn.offset <= offset)
    if (passed.length === 0) return false
    this.turns = this.turns.slice(passed.length)
    this.pace = this.turns[0]?.pace ?? this.own
    watermark.goAt(this.pace)
    this.panes.capMs = this.beforeUntilMs - 1
    this.panes.closeThrough(passed.at(-1)!.untilMs)
    return true
  }

  /** After everything was closed because of the record at this offset, and before it is counted. */
  closedAt(offset: number): void {
    if (this.panes.closedThroughMs !== this.closedMs) {
      this.closedMs = this.panes.closedThroughMs
      this.closedSince = offset
    }
    if (this.panes.isEnded) this.endOffset ??= offset
  }

  /** For a checkpoint at this offset. */
  turnsBehind(offset: number): readonly Turn[] {
    if (this.known.length === 0 && this.endOffset === null) return NONE
    const before = this.known.filter((turn) => offset <= turn.offset)
    const { endOffset, own, panes } = this
    const { untilMs } = panes
    // Who begins again before the next era has begun ends again, at the same record.
    if (endOffset === null || before.some((turn) => turn.untilMs === untilMs)) return before
    return [...before, { offset: endOffset, untilMs, pace: own }]
  }
}

const NONE: readonly Turn[] = []

/** What event time goes by in an era: how late and how early a record may be, and the length in which the watermark's window is read. */
export type Pace = Pick<PanesConfig, 'lengthMs' | 'latenessMs' | 'aheadMs'>

/** Where an era ended. */
export interface Turn {
  /** Of the first record that it did not count. */
  readonly offset: number
  readonly untilMs: number
  readonly pace: Pace
}
