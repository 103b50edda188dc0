import type { Config } from '../config/shape.ts'
import type { Log } from '../log/log.ts'
import { openLog } from '../log/open.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Conditions } from './conditions.ts'

/**
 * Opens the log. A broker that does not answer is waited for, at growing intervals and for ever: a monitor that gives up
 * during an outage is missing after it. Jobs that cannot wait say so and get exit 69.
 */
export async function connectLog(config: Config, options: ConnectOptions): Promise<Log> {
  const { logger, conditions, signal, exitOnUnreachable } = options
  const log = await openLog(config, {
    signal,
    ...(exitOnUnreachable ? { retries: 0 } : {}),
    onRetry: (error) => {
      conditions.unmet('log', error.message)
      logger.error(error)
    },
  })
  logger.recovered('EVENKEEL_LOG_UNREACHABLE')
  return log
}

export interface ConnectOptions {
  logger: Logger
  conditions: Conditions
  signal: AbortSignal
  exitOnUnreachable: boolean
}
