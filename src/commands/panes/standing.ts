import type { Config } from '../../config/shape.ts'
import { MonitorError } from '../../errors.ts'
import type { EraBook } from '../../ledger/era-book.ts'
import type { Log } from '../../log/log.ts'
import { openLog } from '../../log/open.ts'
import { kindOf, labelOf } from '../../pane/chunks.ts'
import { EraReader } from '../../service/era-reader.ts'
import { ownTopics } from '../../service/own-topics.ts'
import { readProgress } from '../../slice/progress.ts'
import type { Progress } from '../../slice/progress.ts'

/** What the logs say of panes at this moment. */
export interface Standing extends Told {
  eras: EraBook
}

/** How far observers are. */
export interface Told {
  /** Of every partition of every stream the last one. */
  progress: readonly Progress[]
  /** Of every partition of every stream the last pane that was published: an observer that is killed has not said so any more. */
  panes: readonly LastPane[]
}

export type LastPane = Pick<Progress, 'stream' | 'partition'> & { startMs: number }

/** Throws MonitorErrors. `whatFor`: how far partitions are is only asked where something depends on it. */
export async function readStanding(config: Config, whatFor: 'eras' | 'eras and progress'): Promise<Standing> {
  const topics = ownTopics(config)
  const log = await openLog(config, { retries: 0 })
  try {
    for (const topic of [topics.ledger, topics.panes])
      if ((await log.bounds(topic)) === null)
        throw new MonitorError('EVENKEEL_TOPIC_MISSING', `there is no topic ${topic}: create with "evenkeel topics --create"`) // prettier-ignore
    const reader = await EraReader.open(log, topics.ledger)
    await reader.stop()
    return {
      eras: reader.eras,
      ...(whatFor === 'eras' ? { progress: [], panes: [] } : await lastTold(log, topics.panes)),
    }
  } finally {
    await log.close()
  }
}

/** Of the end of the topic; of all of it where that does not tell of every partition. */
async function lastTold(log: Log, topic: string): Promise<Told> {
  const recent = await toldIn(log, topic, RECENT_RECORDS)
  return isOfAll(recent.progress) ? recent : toldIn(log, topic, Infinity)
}

/** Observers say every few seconds how far each partition is, so this many reach back over a pane and more. */
const RECENT_RECORDS = 20_000

async function toldIn(log: Log, topic: string, count: number): Promise<Told> {
  const bounds = (await log.bounds(topic))!
  const from = new Map(bounds.map(({ low, high }, partition) => [partition, Math.max(low, high - count)]))
  const progressOf = new Map<string, Progress>()
  const paneOf = new Map<string, LastPane>()
  const tail = await log.tail(topic, from, async (records) => {
    for (const record of records) {
      const progress = kindOf(record) === 'progress' ? readProgress(record) : null
      if (progress !== null) progressOf.set(keyOf(progress), progress)
      const pane = labelOf(record)?.identity
      if (pane?.kind !== 'pane') continue
      const { startMs } = pane
      // A pane may be published again, after later ones.
      if (startMs > (paneOf.get(keyOf(pane))?.startMs ?? -Infinity)) paneOf.set(keyOf(pane), pane)
    }
  })
  await Promise.race([tail.caughtUp, log.failed])
  await tail.stop()
  return { progress: [...progressOf.values()], panes: [...paneOf.values()] }
}

function keyOf({ stream, partition }: Pick<Progress, 'stream' | 'partition'>): string {
  return `${partition} ${stream}`
}

function isOfAll(progress: readonly Progress[]): boolean {
  const told = Map.groupBy(progress, ({ stream }) => stream)
  return told.size > 0 && [...told.values()].every((each) => each.length === Math.max(...each.map(({ partitions }) => partitions))) // prettier-ignore
}
