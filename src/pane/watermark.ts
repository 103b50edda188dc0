/**
 * How far event time has come in one partition.
 *
 * The watermark is the lower median of the last n event times, less the lateness, and never falls. A median, because a
 * maximum believes every clock: one record from the year 2099 would close every pane, and a tenth of all clocks an hour
 * ahead would make the other nine tenths late.
 *
 *   n = 64 while the middle half of the last 64 times lies within one pane length, else 15:
 *   in a sparse partition 64 records may span hours, and the median would lag by half of them.
 *
 * Until 15 times have come there is no watermark (-Infinity), unless `settle` said that no more will come for now.
 *
 * The window is kept twice: in order of arrival (what leaves next) and sorted (what the median is). Times come nearly in
 * order: what leaves is near the front of the sorted window and what comes near its end. So the window creeps through a
 * longer array, and only what lies before the one and behind the other moves.
 *
 *   sorted   · · · [3 5 6 6 8 9] · ·      5 leaves, 7 comes      · · · · [3 6 6 7 8 9] · ·
 */
export class Watermark {
  /** -Infinity until there is one. */
  valueMs: number
  private lateness: number
  private spreadMax: number
  private readonly arrival = new Float64Array(WINDOW)
  private readonly sorted = new Float64Array(SORTED_ROOM)
  private start = 0
  private readonly recent = new Float64Array(SPARSE_WINDOW)
  /** Times in the window, at most WINDOW. */
  private size = 0
  /** Place in `arrival` that the next time takes. */
  private next = 0
  private settled: boolean
  private evicted = 0
  private hasEvicted = false
  private before: number
  private settledBefore: boolean

  constructor({ latenessMs, lengthMs }: WatermarkPace, state: WatermarkState = NO_TIMES) {
    this.lateness = latenessMs
    this.spreadMax = lengthMs
    this.valueMs = this.before = state.valueMs
    this.settled = this.settledBefore = state.settled
    this.load(state)
  }

  /** From the next time on. What it has come to so far it is, and stays. */
  goAt({ latenessMs, lengthMs }: WatermarkPace): void {
    this.lateness = latenessMs
    this.spreadMax = lengthMs
  }

  add(timeMs: number): void {
    this.before = this.valueMs
    this.settledBefore = this.settled
    this.insert(timeMs)
    if (this.size < SPARSE_WINDOW && !this.settled) return
    const value = this.median() - this.lateness
    if (value > this.valueMs) this.valueMs = value
  }

  /** No more will come for now: the median of what came serves from here on, even of fewer than 15. */
  settle(): void {
    if (this.size === 0) return
    this.settled = true
    const value = this.median() - this.lateness
    if (value > this.valueMs) this.valueMs = value
  }

  /** What `settle` would make of it. */
  get settledMs(): number {
    return this.size === 0 ? this.valueMs : Math.max(this.valueMs, this.median() - this.lateness)
  }

  /** As if the last `add` had not been. */
  undoLast(): void {
    this.load(this.stateBeforeLast())
  }

  state(): WatermarkState {
    return { valueMs: this.valueMs, settled: this.settled, times: this.timesInOrder() }
  }

  /** The state just before the last `add`: where a restart that must see that record again begins. */
  stateBeforeLast(): WatermarkState {
    const times = this.timesInOrder()
    times.pop()
    if (this.hasEvicted) times.unshift(this.evicted)
    return { valueMs: this.before, settled: this.settledBefore, times }
  }

  private load({ valueMs, settled, times }: WatermarkState): void {
    this.valueMs = this.before = valueMs
    this.settled = this.settledBefore = settled
    this.size = this.next = this.start = 0
    for (const time of times) this.insert(time)
    this.hasEvicted = false
  }

  private median(): number {
    const { sorted, start } = this
    if (this.size === WINDOW && sorted[start + UPPER_QUARTILE]! - sorted[start + LOWER_QUARTILE]! <= this.spreadMax) {
      return sorted[start + ((WINDOW - 1) >> 1)]!
    }
    const n = Math.min(this.size, SPARSE_WINDOW)
    for (let i = 0; i < n; i++) {
      const time = this.arrival[(this.next - n + i + WINDOW) % WINDOW]!
      let at = i
      for (; at > 0 && this.recent[at - 1]! > time; at--) this.recent[at] = this.recent[at - 1]!
      this.recent[at] = time
    }
    return this.recent[(n - 1) >> 1]!
  }

  private insert(timeMs: number): void {
    const { sorted, arrival } = this
    this.hasEvicted = this.size === WINDOW
    if (this.hasEvicted) this.evict(arrival[this.next]!)
    if (this.start + this.size === SORTED_ROOM) {
      sorted.copyWithin(0, this.start)
      this.start = 0
    }
    let at = this.start + this.size++
    for (; at > this.start && sorted[at - 1]! > timeMs; at--) sorted[at] = sorted[at - 1]!
    sorted[at] = timeMs
    arrival[this.next] = timeMs
    this.next = (this.next + 1) % WINDOW
  }

  private evict(timeMs: number): void {
    const { sorted } = this
    let at = this.start
    while (sorted[at]! < timeMs) at++
    for (; at > this.start; at--) sorted[at] = sorted[at - 1]!
    this.evicted = timeMs
    this.start++
    this.size--
  }

  private timesInOrder(): number[] {
    const times: number[] = []
    for (let i = 0; i < this.size; i++) times.push(this.arrival[(this.next - this.size + i + WINDOW) % WINDOW]!)
    return times
  }
}

/** The length of a pane: what the middle half of the window may span. */
export interface WatermarkPace {
  latenessMs: number
  lengthMs: number
}

/** What a commit must remember of the watermark at its offset. */
export interface WatermarkState {
  valueMs: number
  settled: boolean
  /** In order of arrival, at most 64. */
  times: readonly number[]
}

const WINDOW = 64
/** The longer, the less often the window moves back to its start. */
const SORTED_ROOM = 8 * WINDOW
/** Also the number of times before there is a watermark at all. */
const SPARSE_WINDOW = 15
const LOWER_QUARTILE = 15
const UPPER_QUARTILE = 47
const NO_TIMES: WatermarkState = { valueMs: -Infinity, settled: false, times: [] }
