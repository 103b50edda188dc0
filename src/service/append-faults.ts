import { MonitorError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from './clock.ts'

/**
 * Topics to which nothing could be appended the last time: a full disk, a broker that is away. Whoever appends tries again for as long
 * as it takes; this is for people: one line in the log when it begins, one when it is over, and `/readyz?verbose` in between.
 */
export class AppendFaults {
  private readonly failing = new Map<string, { error: Error; atMs: number }>()
  private readonly logger: Logger
  private readonly clock: Clock

  constructor(logger: Logger, clock: Clock) {
    this.logger = logger
    this.clock = clock
  }

  failed(topic: string, error: Error): void {
    if (!this.failing.has(topic)) this.logger.error(error, { topic })
    this.failing.set(topic, { error, atMs: this.clock.elapsed() })
  }

  succeeded(topic: string): void {
    const known = this.failing.get(topic)
    if (known === undefined) return
    this.failing.delete(topic)
    const code = codeOf(known.error)
    const isOver = ![...this.failing.values()].some(({ error }) => codeOf(error) === code)
    if (code !== null && isOver) this.logger.recovered(code, { topic })
  }

  /** '' = none. Who wrote there may have nothing more to write, or its partition is another's by now: that is no fault for ever. */
  get detail(): string {
    const since = this.clock.elapsed() - STALE_MS
    const known = [...this.failing.values()].filter(({ atMs }) => atMs >= since)
    return known.map(({ error }) => error.message).join('; ')
  }
}

/** Twice the longest pause between two attempts. */
const STALE_MS = 60_000

function codeOf(error: Error): string | null {
  return error instanceof MonitorError ? error.code : null
}
