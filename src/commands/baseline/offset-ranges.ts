import type { BaselineOffsets } from '../../baseline/baseline.ts'
import type { Config } from '../../config/shape.ts'
import { MonitorError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'

/** A part of one partition of a stream's topic: the records [from, to). */
export interface StreamRange extends BaselineOffsets {
  stream: string
}

/** What was asked for: offsets, or times by which Kafka knows them. */
export type AskedRanges = { offsets: readonly Omit<StreamRange, 'topic'>[] } | { fromMs: number; toMs: number }

/** STREAM=PARTITION:FROM-TO[,…] for every stream; the stream's name may be left out where there is only one. */
export function readOffsets(config: Pick<Config, 'streams'>, texts: readonly string[]): Omit<StreamRange, 'topic'>[] {
  const names = config.streams.map(({ name }) => name)
  const ranges = texts.flatMap((text) => {
    const name = names.find((each) => text.startsWith(`${each}=`))
    if (name === undefined && (names.length > 1 || text.includes('=')))
      throw usage(`--offsets ${text}: write STREAM=PARTITION:FROM-TO, with one of ${names.join(', ')}`)
    const stream = name ?? names[0]!
    const list = name === undefined ? text : text.slice(name.length + 1)
    return list.split(',').map((each) => ({ stream, ...readRange(each) }))
  })
  for (const [at, { stream, partition }] of ranges.entries()) {
    if (ranges.findIndex((each) => each.stream === stream && each.partition === partition) !== at)
      throw usage(`--offsets: partition ${partition} of ${stream} is named twice`)
  }
  const missing = names.filter((name) => !ranges.some(({ stream }) => stream === name))
  if (missing.length > 0) throw usage(`no offsets for ${missing.join(', ')}: --offsets ${missing[0]}=PARTITION:FROM-TO`)
  return ranges
}

function readRange(text: string): { partition: number; from: number; to: number } {
  const [partition, from, to] = (/^(\d+):(\d+)-(\d+)$/.exec(text)?.slice(1) ?? []).map(Number)
  if (partition === undefined || from === undefined || to === undefined || !Number.isSafeInteger(to))
    throw usage(`--offsets ${text}: write PARTITION:FROM-TO, like 0:1200-98000; TO is the first offset not read`)
  if (from > to) throw usage(`--offsets ${text}: it ends before it begins`)
  return { partition, from, to }
}

/**
 * Every partition of the streams' topics with what is to be read of it; nothing of those that were not asked for. Throws where
 * the log does not hold all of it: a baseline of less than was asked for would look like the whole.
 */
export async function findRanges(
  log: Log,
  config: Pick<Config, 'streams'>,
  asked: AskedRanges,
): Promise<StreamRange[]> {
  const ranges: StreamRange[] = []
  for (const { name: stream, topic } of config.streams) {
    const bounds = await log.bounds(topic)
    if (bounds === null) throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}`)
    if ('offsets' in asked) {
      const own = asked.offsets.filter((each) => each.stream === stream)
      for (const range of own) check({ ...range, topic }, bounds)
      ranges.push(...bounds.map(({ partition, high }) => {
        const { from, to } = own.find((each) => each.partition === partition) ?? { from: high, to: high }
        return { stream, topic, partition, from, to }
      })) // prettier-ignore
      continue
    }
    const { fromMs, toMs } = asked
    const starts = fromMs === -Infinity ? null : await log.offsetsAt(topic, fromMs)
    const ends = toMs === Infinity ? null : await log.offsetsAt(topic, toMs)
    ranges.push(...bounds.map(({ partition, low, high }) => {
      const from = starts?.find((each) => each.partition === partition)?.offset ?? low
      const to = ends?.find((each) => each.partition === partition)?.offset ?? high
      return { stream, topic, partition, from, to: Math.max(from, to) }
    })) // prettier-ignore
  }
  return ranges
}

type Bounds = NonNullable<Awaited<ReturnType<Log['bounds']>>>

function check({ topic, partition, from, to }: StreamRange, bounds: Bounds): void {
  const here = bounds.find((each) => each.partition === partition)
  const what = `${topic}[${partition}]`
  if (here === undefined) {
    throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no ${what}: the topic has ${bounds.length} partitions`)
  }
  const { low, high } = here
  if (from < low) throw unreadable(`${what}: offset ${from} is below the start of its log, ${low}: what stood there is gone`) // prettier-ignore
  if (to > high) throw unreadable(`${what}: offset ${to} is above the end of its log, ${high}: nothing stands there yet`) // prettier-ignore
}

export function unreadable(message: string): MonitorError {
  return new MonitorError('EVENKEEL_INPUT_UNREADABLE', message)
}

function usage(message: string): MonitorError {
  return new MonitorError('EVENKEEL_USAGE', message)
}
