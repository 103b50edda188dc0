import { sha256 } from '../ledger/digest.ts'
import { sealRecord } from '../ledger/chain.ts'
import type { RecordQuarantined } from '../ledger/record.ts'
import type { Log, LogRecord } from '../log/log.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { Follower } from './follower.ts'

/**
 * Names a record in the ledger that kills whoever reads it, and waits until it is read back: before it is passed over, so that
 * whoever has the partition next passes it over as well, and the panes are the same.
 */
export function quarantineWith({ log, follower, ledgerTopic, logger, telemetry }: QuarantineOptions) {
  return async (stream: string, record: LogRecord): Promise<void> => {
    const { topic, partition, offset, value } = record
    const hash = sha256(value ?? '')
    const body: RecordQuarantined = { type: 'record-quarantined', stream, topic, partition, offset, hash }
    // Another writer may have taken the place in the chain: then ours is refused, and sealed anew.
    while (follower.poison.at(record) === null) {
      const { head } = follower.chain
      await log.append(ledgerTopic, [{ key: stream, value: sealRecord(body, head), partition: 0 }])
      await follower.until(() => follower.chain.head !== head)
    }
    telemetry.poisonFound(stream)
    const message = 'a record ended the process whenever it was read; it is taken for undecodable from now on'
    logger.warn(message, { stream, topic, partition, offset, hash })
  }
}

export interface QuarantineOptions {
  log: Log
  follower: Follower
  ledgerTopic: string
  logger: Logger
  telemetry: Telemetry
}
