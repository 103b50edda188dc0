import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from './clock.ts'

/** Started parts register how they are stopped; stopping runs the steps in reverse, under one deadline. */
export class StopSteps {
  private readonly clock: Clock
  private readonly steps: { name: string; stop: () => void | Promise<void> }[] = []
  private readonly aborted = new AbortController()
  private running: Promise<void> | null = null
  /** Rejects when stopping begins: for what cannot be told to give up. */
  readonly begun: Promise<never>

  constructor(clock: Clock, signal?: AbortSignal) {
    this.clock = clock
    const begun = Promise.withResolvers<never>()
    this.begun = begun.promise
    this.begun.catch(() => undefined) // most of the time nobody waits for it
    this.signal.addEventListener('abort', () => begun.reject(this.signal.reason as Error), { once: true })
    signal?.addEventListener('abort', () => this.aborted.abort(), { once: true })
    if (signal?.aborted === true) this.aborted.abort()
  }

  /** Aborted when stopping begins: what still waits for a broker gives up. */
  get signal(): AbortSignal {
    return this.aborted.signal
  }

  add(name: string, stop: () => void | Promise<void>): void {
    this.steps.push({ name, stop })
  }

  /** Asked twice, it stops once. */
  run(logger: Logger): Promise<void> {
    return (this.running ??= this.runOnce(logger))
  }

  private async runOnce(logger: Logger): Promise<void> {
    this.aborted.abort()
    const deadlineMs = this.clock.elapsed() + DEADLINE_MS
    for (const { name, stop } of this.steps.reverse()) {
      const startedMs = this.clock.elapsed()
      const isLate = await this.within(deadlineMs - startedMs, stop).catch((error: unknown) => {
        // One part that cannot stop must not keep the others from it.
        logger.error(error, { step: name })
        return false
      })
      logger.info('stopped', { step: name, ms: Math.round(this.clock.elapsed() - startedMs), ...(isLate ? { gaveUp: true } : {}) }) // prettier-ignore
    }
  }

  private async within(ms: number, stop: () => void | Promise<void>): Promise<boolean> {
    const late = Promise.withResolvers<boolean>()
    const forget = this.clock.after(Math.max(0, ms), () => late.resolve(true))
    try {
      return await Promise.race([Promise.resolve(stop()).then(() => false), late.promise])
    } finally {
      forget()
    }
  }
}

/** Orchestrators kill after ten seconds at the least; half of it is ours, and a busy machine needs its part of that. */
const DEADLINE_MS = 4_000
