import { MonitorError } from '../errors.ts'
import type { OffsetToCommit } from './log.ts'

/** Kafka's `offset.metadata.max.bytes`: a longer one is refused by the broker for good. */
const METADATA_BYTES_MAX = 4096

/** The same refusals in every log, so that a test on the memory log finds what Kafka would refuse. */
export function checkCommit(offsets: readonly OffsetToCommit[]): void {
  for (const { topic, partition, offset, metadata } of offsets) {
    const where = `commit of ${topic}[${partition}]`
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`${where}: ${offset} is not an offset`)
    const size = Buffer.byteLength(metadata)
    if (size > METADATA_BYTES_MAX) {
      throw new MonitorError(
        'EVENKEEL_LOG_FAILED',
        `${where}: metadata of ${size} bytes, Kafka takes ${METADATA_BYTES_MAX}`,
      )
    }
  }
}
