import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import type { KafkaOptions } from './kafka-settings.ts'
import type { Log } from './log.ts'

export interface OpenOptions extends KafkaOptions {
  /** How often the first connection is tried again. Default: for ever; 0: one attempt. */
  retries?: number
  /** Told before each wait, so that `/readyz` can name what is missing. */
  onRetry?: (error: MonitorError, waitMs: number) => void
  /** Ends the waiting. */
  signal?: AbortSignal
}

/**
 * The log of a configuration: Kafka, or a directory. A Kafka that does not answer is tried again with back-off; what
 * cannot get better by waiting (a wrong password) is thrown at once.
 */
export async function openLog(config: Pick<Config, 'kafka' | 'log'>, options: OpenOptions = {}): Promise<Log> {
  if (config.log !== null) {
    const { FileLog } = await import('./file.ts')
    const log = await FileLog.open(config.log.directory)
    for (const { topic, partition, bytes } of log.store.torn) {
      const message = `${topic}[${partition}]: an interrupted append of ${bytes} bytes was cut off`
      options.onProblem?.({ kind: 'torn', message, topic, partition, count: bytes })
    }
    return log
  }
  if (config.kafka === null) throw new MonitorError('EVENKEEL_CONFIG_INVALID', 'neither kafka nor log is configured')
  const { KafkaLog } = await import('./kafka.ts') // loading KafkaJS takes a tenth of a second that file logs need not pay
  const log = new KafkaLog(config.kafka, options)
  const retries = options.retries ?? Infinity
  for (let attempt = 0; ; attempt++) {
    try {
      await unlessAborted(log.connect(), options.signal)
      return log
    } catch (error) {
      if (!(error instanceof MonitorError && error.retriable) || attempt >= retries) throw error
      const waitMs = backoffMs(attempt, 500, 15_000)
      options.onRetry?.(error, waitMs)
      await sleep(waitMs, undefined, options.signal === undefined ? {} : { signal: options.signal })
    }
  }
}

/** An address that swallows everything keeps one attempt for ten seconds; who gives up does not wait for it. */
async function unlessAborted(attempt: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return attempt
  const ended = new AbortController() // takes the listener off again
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(signal.reason as Error)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { signal: ended.signal })
  })
  try {
    await Promise.race([attempt, aborted])
  } finally {
    ended.abort()
  }
}
