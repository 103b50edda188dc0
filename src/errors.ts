/** The closed list of what can go wrong outside: each has a page section in docs/errors.md. */
export type ErrorCode =
  | 'EVENKEEL_CONFIG_INVALID'
  | 'EVENKEEL_USAGE'
  | 'EVENKEEL_LOG_UNREACHABLE'
  | 'EVENKEEL_LOG_FAILED'
  | 'EVENKEEL_TOPIC_MISSING'
  | 'EVENKEEL_TOPIC_UNFIT'
  | 'EVENKEEL_REGISTRY_UNREACHABLE'
  | 'EVENKEEL_INPUT_UNREADABLE'
  | 'EVENKEEL_STATE_IO'
  | 'EVENKEEL_PANE_CONFIG_CHANGED'
  | 'EVENKEEL_RECORD_CORRUPT'
  | 'EVENKEEL_HTTP_LISTEN'
  | 'EVENKEEL_ALERTMANAGER_FAILED'

/** A failing outside world, as plain facts. `retriable` says whether trying again can help. */
export class MonitorError extends Error {
  readonly code: ErrorCode
  readonly retriable: boolean

  constructor(code: ErrorCode, message: string, options: { retriable?: boolean; cause?: unknown } = {}) {
    super(`${code}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'MonitorError'
    this.code = code
    this.retriable = options.retriable ?? false
  }
}

/** Exit codes of every command that is not a verdict (docs/contracts.md). */
export const EXIT = { ok: 0, usage: 64, unreachable: 69, defect: 70, state: 74, config: 78 } as const
