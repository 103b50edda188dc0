/**
 * The clock by which a slice waits: what progress records say the time is, not any machine's own.
 *
 * Reporters' clocks disagree, so only differences count: a reporter joins at the present reading, and moves it by its own
 * advance. A gap between two of its records counts as one minute at most: while nobody reports, nobody can be waited for
 * (after a night of downtime, readers get their hour like on any day).
 */
export class ReportedClock {
  valueMs = 0
  private readonly reporters = new Map<string, { nowMs: number; offsetMs: number }>()

  add(reporter: string, nowMs: number): void {
    const known = this.reporters.get(reporter)
    if (known === undefined) {
      if (this.reporters.size >= REPORTERS_MAX) this.reporters.delete(this.reporters.keys().next().value!)
      this.reporters.set(reporter, { nowMs, offsetMs: this.valueMs - nowMs })
      return
    }
    known.offsetMs -= Math.max(0, nowMs - known.nowMs - GAP_MAX_MS)
    known.nowMs = nowMs
    this.valueMs = Math.max(this.valueMs, nowMs + known.offsetMs)
  }
}

const GAP_MAX_MS = 60_000
const REPORTERS_MAX = 1024
