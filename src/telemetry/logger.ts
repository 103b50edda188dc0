import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import { MonitorError } from '../errors.ts'

export type Facts = Readonly<Record<string, unknown>>

export interface Logger {
  info(message: string, facts?: Facts): void
  warn(message: string, facts?: Facts): void
  /** Logs the error the first time; afterwards only counts it, until `recovered` is said for its code. */
  error(error: unknown, facts?: Facts): void
  /** The dependency behind these errors answers again: says how many were not logged, and is ready to log the next. */
  recovered(code: string, facts?: Facts): void
  /** The same logger with facts on every line; errors are still told apart over all of it. */
  child(facts: Facts): Logger
}

/**
 * JSON lines on stderr. A broker that is down for a night fails ten times a second: the log gets one line with the cause and
 * one when it is over, `evenkeel_errors_total{code}` gets the number.
 */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? pino.destination({ fd: 2, sync: true })
  const lines = pino(
    {
      level: options.level ?? 'info',
      base: { instance: options.instance },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: ['password', '*.password', 'sasl', '*.sasl', 'authorization', '*.authorization'], censor: '…' },
    },
    destination,
  )
  return loggerOver(lines, new SeenErrors(), options.onError ?? (() => undefined))
}

export interface LoggerOptions {
  instance: string
  level?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Default: stderr. */
  destination?: DestinationStream
  /** Every error, logged or not: `telemetry.errorCounted`. */
  onError?: (code: string) => void
}

function loggerOver(lines: pino.Logger, seen: SeenErrors, onError: (code: string) => void): Logger {
  return {
    info: (message, facts) => lines.info(facts ?? {}, message),
    warn: (message, facts) => lines.warn(facts ?? {}, message),
    error: (error, facts) => {
      const code = codeOf(error)
      onError(code)
      if (seen.isFirst(code, messageOf(error))) lines.error({ ...facts, code, ...causeOf(error) }, messageOf(error))
    },
    recovered: (code, facts) => {
      const repeats = seen.forget(code)
      if (repeats !== null) lines.info({ ...facts, code, repeats }, `${code} is over`)
    },
    child: (facts) => loggerOver(lines.child(facts), seen, onError),
  }
}

/** Which errors stand in the log already. Offsets, ports and times do not make an error a new one. */
class SeenErrors {
  private readonly repeats = new Map<string, Map<string, number>>()

  isFirst(code: string, message: string): boolean {
    const known = this.repeats.get(code) ?? new Map<string, number>()
    this.repeats.set(code, known)
    const likeness = message.replace(/\d+/g, '#').slice(0, 200)
    const key = known.has(likeness) || known.size < MESSAGES_PER_CODE_MAX ? likeness : ''
    const count = known.get(key)
    known.set(key, count === undefined ? 0 : count + 1)
    return count === undefined
  }

  /** How many were not logged; null if there was no such error. */
  forget(code: string): number | null {
    const known = this.repeats.get(code)
    if (known === undefined) return null
    this.repeats.delete(code)
    return [...known.values()].reduce((sum, count) => sum + count, 0)
  }
}

/** Messages made of hostile text must not fill the memory, nor the log: what comes after these is logged once. */
const MESSAGES_PER_CODE_MAX = 32

function codeOf(error: unknown): string {
  if (error instanceof MonitorError) return error.code
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'UNEXPECTED'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The stack only of what nobody foresaw: a `MonitorError` says all there is to know. */
function causeOf(error: unknown): Facts {
  if (!(error instanceof Error)) return {}
  const cause = error.cause === undefined ? {} : { cause: messageOf(error.cause) }
  return error instanceof MonitorError ? { ...cause, retriable: error.retriable } : { ...cause, stack: error.stack }
}
