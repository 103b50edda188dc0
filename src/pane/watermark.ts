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
 * The window is kept twice: in order of arrival (what leaves next) and sorted (what the median is). A new time moves only
 * what lies between the two places, in one pass.
 */
export class Watermark {
  /** -Infinity until there is one. */
  valueMs: number
  private readonly lateness: number
  private readonly spreadMax: number
  private readonly arrival = new Float64Array(WINDOW)
  private readonly sorted = new Float64Array(WINDOW)
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

  constructor(options: { latenessMs: number; paneLengthMs: number }, state: WatermarkState = NO_TIMES) {
    this.lateness = options.latenessMs
    this.spreadMax = options.paneLengthMs
    this.valueMs = this.before = state.valueMs
    this.settled = this.settledBefore = state.settled
    for (const time of state.times) this.insert(time)
    this.hasEvicted = false
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

  private median(): number {
    if (this.size === WINDOW && this.sorted[UPPER_QUARTILE]! - this.sorted[LOWER_QUARTILE]! <= this.spreadMax) {
      return this.sorted[(WINDOW - 1) >> 1]!
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
    let at: number
    if (this.size < WINDOW) {
      this.hasEvicted = false
      at = this.size++
    } else {
      this.hasEvicted = true
      this.evicted = arrival[this.next]!
      at = placeOf(sorted, this.evicted)
    }
    // The hole at `at` wanders to where the new time belongs.
    for (; at > 0 && sorted[at - 1]! > timeMs; at--) sorted[at] = sorted[at - 1]!
    for (; at + 1 < this.size && sorted[at + 1]! < timeMs; at++) sorted[at] = sorted[at + 1]!
    sorted[at] = timeMs
    arrival[this.next] = timeMs
    this.next = (this.next + 1) % WINDOW
  }

  private timesInOrder(): number[] {
    const times: number[] = []
    for (let i = 0; i < this.size; i++) times.push(this.arrival[(this.next - this.size + i + WINDOW) % WINDOW]!)
    return times
  }
}

/** What a commit must remember of the watermark at its offset. */
export interface WatermarkState {
  valueMs: number
  settled: boolean
  /** In order of arrival, at most 64. */
  times: readonly number[]
}

const WINDOW = 64
/** Also the number of times before there is a watermark at all. */
const SPARSE_WINDOW = 15
const LOWER_QUARTILE = 15
const UPPER_QUARTILE = 47
const NO_TIMES: WatermarkState = { valueMs: -Infinity, settled: false, times: [] }

function placeOf(sorted: Float64Array, time: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}
