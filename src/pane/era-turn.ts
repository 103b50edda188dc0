import type { OpenPanes } from './open-panes.ts'

/**
 * Where one era of a partition turns into the next.
 *
 *   offsets    a ─ place: the first record that the new era needs      r ─ turn: closes the old era
 *   old era    ──┬─ counts what is its own, leaves the rest aside ──────┤
 *   new era      └─ counts what is its own, skips the rest ─────────────┼─ everything, what comes late for the old era included ──►
 *
 * The old era's observer ends when it has closed everything that starts before the new one. The new era's begins at the place, as
 * after any restart, and reads to the turn a second time. Up to there it closes nothing that was the old era's to close, so that
 * each record counts exactly once, and in the same pane, however often somebody crashes in between.
 */
export class EraTurn {
  private readonly panes: OpenPanes
  private readonly fromMs: number
  /** Of the first record that the era before did not count. */
  private readonly turnOffset: number
  /** Of the first record that this era does not count. */
  private endOffset: number | null = null

  /** @param position of the next record */
  constructor(
    panes: OpenPanes,
    { fromMs, turnOffset, position }: { fromMs: number; turnOffset: number | null; position: number },
  ) {
    this.panes = panes
    this.fromMs = fromMs
    this.turnOffset = turnOffset ?? -Infinity
    if (position <= this.turnOffset) panes.capMs = fromMs - 1
  }

  /**
   * The next era begins at `untilMs`, and needs records from `neededFromMs` on for the ids of its first pane. False: something that
   * starts there is closed already; then only an observer that begins again from the last commit can follow.
   */
  endAt(untilMs: number, neededFromMs: number): boolean {
    return this.panes.endAt(untilMs, neededFromMs)
  }

  /** Nothing more is counted: the next era's observer begins at the commit point, once what is closed is published. */
  get isEnded(): boolean {
    return this.panes.isEnded
  }

  /** Before anything is closed because of the record at this offset. */
  arriveAt(offset: number): void {
    if (this.panes.capMs === Infinity || offset < this.turnOffset) return
    this.panes.capMs = Infinity
    this.panes.closeThrough(this.fromMs)
  }

  /** After everything was closed because of the record at this offset, and before it is counted. */
  closedAt(offset: number): void {
    if (this.panes.isEnded) this.endOffset ??= offset
  }

  /** For a checkpoint at this offset. */
  offsetBehind(offset: number): number | null {
    return this.endOffset ?? (offset <= this.turnOffset ? this.turnOffset : null)
  }
}
