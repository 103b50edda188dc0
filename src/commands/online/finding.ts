import { EXIT, MonitorError } from '../../errors.ts'

/** One thing that `check --online` looked at. */
export interface Finding {
  /** `ok`; `no`: it will not work like this; `--`: nobody can say from here. */
  state: 'ok' | 'no' | '--'
  thing: string
  /** What was found and, unless it is ok, what to do. */
  fact: string
  /** Of the command, where this is `no`. */
  exitCode?: number
}

export function ok(thing: string, fact: string): Finding {
  return { state: 'ok', thing, fact }
}

export function unsure(thing: string, fact: string): Finding {
  return { state: '--', thing, fact }
}

/** Something outside is missing or shut. */
export function missing(thing: string, fact: string): Finding {
  return { state: 'no', thing, fact, exitCode: EXIT.unreachable }
}

/** The configuration does not fit to what is outside. */
export function misfit(thing: string, fact: string): Finding {
  return { state: 'no', thing, fact, exitCode: EXIT.config }
}

/** A question that failed: its error, without our code in front, and what to do. */
export function failed(thing: string, error: unknown, advice: string): Finding {
  return missing(thing, `${wordsOf(error)}; ${advice}`)
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof MonitorError ? error.message.slice(error.code.length + 2) : error.message
}
