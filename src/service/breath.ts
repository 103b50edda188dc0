import type { Clock } from './clock.ts'

/** Long work on one thread: every 20 ms a turn for everybody else, so that sessions live and probes are answered. */
export class Breath {
  private readonly clock: Clock
  private lastMs: number

  constructor(clock: Clock) {
    this.clock = clock
    this.lastMs = clock.elapsed()
  }

  async take(): Promise<boolean> {
    if (this.clock.elapsed() - this.lastMs < BREATH_MS) return false
    await this.clock.turn()
    this.lastMs = this.clock.elapsed()
    return true
  }
}

const BREATH_MS = 20
