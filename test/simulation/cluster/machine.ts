import type { Clock } from '../../../src/service/clock.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * One process on one machine: what is done for it happens while it is alive and not paused. A crash is silence: no promise that it
 * waits for is ever settled, and no timer of it goes off, so its code stands still at the `await` it had come to.
 */
export class Machine {
  readonly name: string
  isDead = false
  private pausedUntilMs = -Infinity
  private cutOffUntilMs = -Infinity
  /** Where it crashes when it comes there next. */
  private deadlyPlace: string | null = null
  private readonly scheduler: Scheduler
  /** `place`: where it was told to. */
  private readonly onCrash: (place: string | null) => void
  /** How far its wall clock is off; somebody may set it. */
  skewMs: number

  constructor(
    name: string,
    scheduler: Scheduler,
    options: { skewMs: number; onCrash: (place: string | null) => void },
  ) {
    this.name = name
    this.scheduler = scheduler
    this.skewMs = options.skewMs
    this.onCrash = options.onCrash
  }

  get random() {
    return this.scheduler.random
  }

  get nowMs(): number {
    return this.scheduler.nowMs
  }

  later(ms: number, work: () => void): void {
    this.scheduler.after(ms, () => this.whenAwake(work))
  }

  /** Something on another machine: it happens whatever becomes of this one. */
  elsewhere(ms: number, work: () => void): void {
    this.scheduler.after(ms, work)
  }

  crash(place: string | null = null): void {
    if (this.isDead) return
    this.isDead = true
    this.onCrash(place)
  }

  /** As SIGSTOP and SIGCONT. */
  pause(ms: number): void {
    this.pausedUntilMs = this.nowMs + ms
  }

  /** No packet reaches anybody. */
  cutOff(ms: number): void {
    this.cutOffUntilMs = this.nowMs + ms
  }

  get isCutOffForMs(): number {
    return Math.max(0, this.cutOffUntilMs - this.nowMs)
  }

  crashAt(place: string): void {
    this.deadlyPlace = place
  }

  /** Each call has two places to die at: before anybody else hears of it, and when all is done but the answer. */
  pass(place: string): void {
    if (place === this.deadlyPlace) this.crash(place)
  }

  readonly clock: Clock = {
    now: () => this.nowMs + this.skewMs,
    elapsed: () => this.nowMs - 1e9,
    after: (ms, work) => {
      let isCancelled = false
      this.later(ms, () => {
        if (!isCancelled) work()
      })
      return () => void (isCancelled = true)
    },
    every: (ms, work) => {
      let isCancelled = false
      const again = (): void => {
        if (isCancelled) return
        work()
        this.later(ms, again)
      }
      this.later(ms, again)
      return () => void (isCancelled = true)
    },
    turn: () => new Promise((resolve) => this.later(0, resolve)),
  }

  private whenAwake(work: () => void): void {
    if (this.isDead) return
    const pausedForMs = this.pausedUntilMs - this.nowMs
    if (pausedForMs > 0) this.later(pausedForMs, work)
    else work()
  }
}
