import type { Log } from '../log/log.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { AppendFaults } from './append-faults.ts'

/** The same log, its appends counted: each attempt, and each failure, which the caller will try again. */
export function countedLog(log: Log, telemetry: Telemetry, faults?: Pick<AppendFaults, 'failed' | 'succeeded'>): Log {
  return {
    bounds: (topic) => log.bounds(topic),
    offsetsAt: (topic, timestampMs) => log.offsetsAt(topic, timestampMs),
    createTopics: (specs) => log.createTopics(specs),
    append: async (topic, records) => {
      telemetry.logAppendAttempted()
      try {
        await log.append(topic, records)
        faults?.succeeded(topic)
      } catch (error) {
        telemetry.logRetried()
        faults?.failed(topic, error as Error)
        throw error
      }
    },
    consume: (group, topics, handler) => log.consume(group, topics, handler),
    tail: (topic, from, onRecords) => log.tail(topic, from, onRecords),
    failed: log.failed,
    close: () => log.close(),
  }
}
