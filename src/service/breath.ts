import { setImmediate as nextTurn } from 'node:timers/promises'

/** Long work on one thread: every 20 ms a turn for everybody else, so that sessions live and probes are answered. */
export class Breath {
  private lastMs = performance.now()

  async take(): Promise<boolean> {
    if (performance.now() - this.lastMs < BREATH_MS) return false
    await nextTurn()
    this.lastMs = performance.now()
    return true
  }
}

const BREATH_MS = 20
