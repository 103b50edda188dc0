/**
 * Since when a slice waits: since the first record that closed some partition through it.
 *
 * Each slice has its own wait, begun while earlier ones still wait, so that with one dead partition slices come late by
 * `completeWithin`, but one after the other at the usual pace. Steps ascend in both time and offset.
 */
export class Frontier {
  private steps: Step[] = []
  private throughMs = -Infinity

  /** `offset`: of the record that moved a partition there. */
  advance(throughMs: number, offset: number): void {
    if (throughMs <= this.throughMs) return
    this.throughMs = throughMs
    this.steps.push({ throughMs, offset, sinceMs: null })
  }

  /** The reported clock after a progress record: steps that no record has dated yet began by then. */
  date(clockMs: number): void {
    for (let at = this.steps.length - 1; at >= 0 && this.steps[at]!.sinceMs === null; at--)
      this.steps[at]!.sinceMs = clockMs
  }

  waitedMs(endMs: number, clockMs: number): number {
    return clockMs - (this.stepFor(endMs)?.sinceMs ?? clockMs)
  }

  /** From which offset on the wait for this slice can be worked out again; null = it has not begun. */
  neededOffset(endMs: number): number | null {
    return this.stepFor(endMs)?.offset ?? null
  }

  /** Slices that end before this are done. */
  forgetBefore(endMs: number): void {
    const first = this.steps.findIndex(({ throughMs }) => throughMs >= endMs)
    this.steps = first < 0 ? [] : this.steps.slice(first)
  }

  private stepFor(endMs: number): Step | undefined {
    return this.steps.find(({ throughMs }) => throughMs >= endMs)
  }
}

interface Step {
  throughMs: number
  offset: number
  sinceMs: number | null
}
