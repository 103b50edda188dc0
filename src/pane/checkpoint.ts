import { MonitorError } from '../errors.ts'
import type { WatermarkState } from './watermark.ts'

/**
 * What stands in the metadata of a committed offset, and all that a restart needs: from that offset on it
 * classifies every record exactly as the first time, skips what belongs to a pane that is published, and rebuilds the rest.
 */
export interface Checkpoint {
  /** All panes before this time are published. */
  publishedThroughMs: number
  /** The panes that were closed when the record at the offset arrived: what counted as late then. */
  closedThroughMs: number
  watermark: WatermarkState
}

/** At most some 800 bytes; Kafka takes 4,096. Times are differences in base 36: readable in `kafka-consumer-groups`, and small. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  const { valueMs, settled, times } = checkpoint.watermark
  let before = 0
  const differences = times.map((time) => {
    const difference = time - before
    before = time
    return difference.toString(36)
  })
  return [
    VERSION,
    numberText(checkpoint.publishedThroughMs),
    numberText(checkpoint.closedThroughMs),
    numberText(valueMs),
    settled ? 'settled' : 'open',
    differences.join(','),
  ].join(' ')
}

export function decodeCheckpoint(text: string): Checkpoint {
  const parts = text.split(' ')
  const [version, published, closed, value, settled, differences] = parts
  if (parts.length !== 6 || version !== VERSION || (settled !== 'settled' && settled !== 'open')) throw corrupt(text)
  let before = 0
  const times = differences === '' ? [] : differences!.split(',').map((each) => (before += parseInt(each, 36)))
  const checkpoint: Checkpoint = {
    publishedThroughMs: numberOf(published!),
    closedThroughMs: numberOf(closed!),
    watermark: { valueMs: numberOf(value!), settled: settled === 'settled', times },
  }
  const numbers = [checkpoint.publishedThroughMs, checkpoint.closedThroughMs, checkpoint.watermark.valueMs, ...times]
  if (numbers.some((each) => Number.isNaN(each)) || times.length > 64) throw corrupt(text)
  return checkpoint
}

const VERSION = 'evenkeel/1'

function numberText(value: number): string {
  return value === -Infinity ? '-' : String(value)
}

function numberOf(text: string): number {
  return text === '-' ? -Infinity : text === '' ? NaN : Number(text)
}

function corrupt(text: string): MonitorError {
  return new MonitorError(
    'EVENKEEL_RECORD_CORRUPT',
    `commit metadata is not ours: ${JSON.stringify(text.slice(0, 80))}`,
  )
}
