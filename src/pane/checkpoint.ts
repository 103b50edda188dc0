import { MonitorError } from '../errors.ts'
import type { Turn } from './era-turn.ts'
import type { LossState } from './loss.ts'
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
  /** What was lost before the offset, while panes are open that may miss some of it. */
  loss: LossState | null
  /** Where eras before ended, in order, as long as the offset is not behind that. */
  turns: readonly Turn[]
}

/** At most some 1,000 bytes; Kafka takes 4,096. Times are differences in base 36: readable in `kafka-consumer-groups`, and small. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  const { publishedThroughMs, closedThroughMs, watermark, loss, turns } = checkpoint
  return [
    VERSION,
    numberText(publishedThroughMs),
    numberText(closedThroughMs),
    numberText(watermark.valueMs),
    watermark.settled ? 'settled' : 'open',
    timesText(watermark.times),
    // Most have lost nothing, and say nothing of it.
    ...(loss === null ? [] : [String(loss.lost), timesText(loss.times)]),
    ...turns.map(turnText),
  ].join(' ')
}

export function decodeCheckpoint(text: string): Checkpoint {
  const all = text.split(' ')
  const parts = all.filter((part) => !part.startsWith('@'))
  const turns = all.slice(parts.length).map(turnOf)
  const [version, published, closed, value, settled, times, lost, timesSince] = parts
  if (parts.length !== 6 && parts.length !== 8) throw corrupt(text)
  if (version !== VERSION || (settled !== 'settled' && settled !== 'open')) throw corrupt(text)
  const checkpoint: Checkpoint = {
    publishedThroughMs: numberOf(published!),
    closedThroughMs: numberOf(closed!),
    watermark: { valueMs: numberOf(value!), settled: settled === 'settled', times: timesOf(times!) },
    loss: lost === undefined ? null : { lost: numberOf(lost), times: timesOf(timesSince!) },
    turns,
  }
  const { publishedThroughMs, closedThroughMs, watermark, loss } = checkpoint
  const numbers = [publishedThroughMs, closedThroughMs, watermark.valueMs, loss?.lost ?? 0]
  for (const { offset, untilMs, pace } of turns) numbers.push(offset, untilMs, ...Object.values(pace))
  const isWrong = [...numbers, ...watermark.times, ...(loss?.times ?? [])].some((each) => Number.isNaN(each))
  if (isWrong || watermark.times.length > 64 || (loss?.times.length ?? 0) > 15) throw corrupt(text)
  return checkpoint
}

const VERSION = 'evenkeel/1'

/** `@offset,until,length,lateness,ahead` */
function turnText({ offset, untilMs, pace }: Turn): string {
  return `@${[offset, untilMs, pace.lengthMs, pace.latenessMs, pace.aheadMs].join(',')}`
}

function turnOf(text: string): Turn {
  const [offset, untilMs, lengthMs, latenessMs, aheadMs, ...more] = text.slice(1).split(',').map(numberOf)
  const pace = { lengthMs: lengthMs ?? NaN, latenessMs: latenessMs ?? NaN, aheadMs: aheadMs ?? NaN }
  return { offset: more.length > 0 ? NaN : offset!, untilMs: untilMs ?? NaN, pace }
}

function timesText(times: readonly number[]): string {
  return times.map((time, at) => (time - (times[at - 1] ?? 0)).toString(36)).join(',')
}

function timesOf(text: string): number[] {
  let before = 0
  return text === '' ? [] : text.split(',').map((each) => (before += parseInt(each, 36)))
}

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
