/**
 * When the registry may be asked again after it failed: each failure in a row doubles the wait, up to half a minute, with
 * some chance in it, so that many instances do not come back in step.
 */
export class Breaker {
  private failures = 0
  private closedAtMs = 0
  private lastReason = ''
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  /** How long to wait; 0 = ask now. */
  waitMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.closedAtMs - nowMs))
  }

  get reason(): string {
    return this.lastReason
  }

  /** After a failure one question goes first, before many do. */
  get isCautious(): boolean {
    return this.failures > 0
  }

  succeed(): void {
    this.failures = 0
    this.closedAtMs = 0
  }

  fail(nowMs: number, reason: string): void {
    // Several questions that were under way together fail together: that is one failure.
    if (nowMs >= this.closedAtMs) this.failures++
    const waitMs = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** (this.failures - 1))
    this.closedAtMs = nowMs + waitMs * (0.5 + this.random() / 2)
    this.lastReason = reason
  }
}

const WAIT_MS_MIN = 500
const WAIT_MS_MAX = 30_000
