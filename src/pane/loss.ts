/**
 * Records that vanished from the log before anybody read them, and which panes may miss some of them.
 *
 *             closedThrough   the gap             the first 15 timed records after it
 *   event time ────┤ · · · · · · · · · · · · · · ·│ | | |||| ||  │  ← their median + lateness
 *                  └────── every pane that starts here is incomplete, with data or without ──┘
 *
 * What was lost was written between what was read before and what is read after; so the times of the first records after the gap
 * say how far it can reach: by their median, for one wrong clock must not spoil a year. Until then every pane that closes is incomplete.
 */
export class Loss {
  private readonly latenessMs: number
  private lost = 0
  /** Event times of the first records since, in order of arrival. */
  private times: number[] = []

  constructor(latenessMs: number, state: LossState | null = null) {
    this.latenessMs = latenessMs
    if (state !== null) this.lost = state.lost
    if (state !== null) this.times = [...state.times]
  }

  get isOpen(): boolean {
    return this.lost > 0
  }

  /** Records that a pane of this start may miss; 0 = none. */
  of(startMs: number): number {
    return this.lost > 0 && startMs <= this.reachMs ? this.lost : 0
  }

  add(count: number): void {
    this.lost += count
    this.times = []
  }

  /** A record with a usable time came. */
  timed(timeMs: number): void {
    if (this.times.length < TIMES_MAX) this.times.push(timeMs)
  }

  /** What starts before this is closed. */
  closed(throughMs: number): void {
    if (throughMs > this.reachMs) this.lost = 0
  }

  state(): LossState | null {
    return this.lost === 0 ? null : { lost: this.lost, times: [...this.times] }
  }

  /** No record of the gap has a later time. */
  private get reachMs(): number {
    if (this.times.length < TIMES_MAX) return Infinity
    const sorted = [...this.times].sort((one, other) => one - other)
    return sorted[(TIMES_MAX - 1) / 2]! + this.latenessMs
  }
}

/** As a checkpoint keeps it. */
export interface LossState {
  lost: number
  times: readonly number[]
}

const TIMES_MAX = 15
