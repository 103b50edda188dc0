import { setImmediate as nextTurn } from 'node:timers/promises'

/** All that the service knows of time: what reads it here can be run by the simulation, in a time of its own. */
export interface Clock {
  /** The wall's, ms since 1970: for what others read. Somebody may set it. */
  now(): number
  /** Milliseconds that nobody sets, from anywhere: for how long something lasts. */
  elapsed(): number
  /** Does the work once; what it answers takes it back. */
  after(ms: number, work: () => void): Cancel
  /** Does the work again and again; what it answers ends that. */
  every(ms: number, work: () => void): Cancel
  /** A turn for everybody else on this thread. */
  turn(): Promise<void>
}

export type Cancel = () => void

export const machineClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
  every: (ms, work) => {
    const timer = setInterval(work, ms)
    return () => clearInterval(timer)
  },
  turn: () => nextTurn(),
}
