import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'
import type { LogRecord } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { startService } from '../../src/service.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { readAll } from './event-topic.ts'
import { eventually, scrape } from './metrics.ts'
import { shopConfig, SHOP_START_MS } from './traffic.ts'
import type { ShopEvent } from './traffic.ts'

const LENGTH_MS = 300_000
const PARTITIONS = 2
export const TOPICS = ['ledger', 'panes', 'slices', 'alerts', 'quarantine'].map((name) => `evenkeel.${name}`)
export const EVENTS_TOPIC = 'shop.events'

/** What the service itself leaves on its topics when it has read these events, and is stopped. */
export async function recordOf(
  events: readonly ShopEvent[],
  stream: Record<string, unknown> = {},
  extra: Record<string, unknown> = {},
  /** What happens before it is stopped; by itself it waits for all slices but the last, which no later event closes. */
  meanwhile: (running: Running) => Promise<void> = ({ until }) =>
    until(Math.floor((events.at(-1)!.ts - SHOP_START_MS) / LENGTH_MS), 'all slices judged'),
): Promise<Recorded> {
  const parts = { http: { listen: '127.0.0.1:0' }, ...extra }
  const config = readConfig(JSON.stringify(shopConfig({ start: 'earliest', ...stream }, parts)), 'test.yaml', {})
  const log = new MemoryLog()
  await log.createTopics([{ topic: EVENTS_TOPIC, partitions: PARTITIONS, replicationFactor: 1, config: {} }])
  await log.append(EVENTS_TOPIC, events.map((event) => ({ key: event.user, value: JSON.stringify(event) }))) // prettier-ignore
  const service = await startService(config, { log, memoryView: true, logger: createLogger({ instance: 'test', level: 'silent' }) }) // prettier-ignore
  const until = async (slices: number, what: string): Promise<void> => {
    const isDone = ({ judged, unpublished }: { judged: number; unpublished: number }): boolean =>
      judged >= slices && unpublished === 0
    const look = async () => {
      const metrics = await scrape(service.url)
      return { judged: metrics.sum('evenkeel_slices_total'), unpublished: metrics.sum('evenkeel_alerts_unpublished') }
    }
    await eventually(look, isDone, what)
  }
  try {
    await meanwhile({ log, until })
  } finally {
    await service.stop()
  }
  return { config, log }
}

export interface Running {
  log: MemoryLog
  /** So many slices are judged, and their alerts sent. */
  until: (slices: number, what: string) => Promise<void>
}

export interface Recorded {
  config: Config
  log: MemoryLog
}

/** The same topics, but for what `change` makes of each record; null leaves it out. */
export async function changed(
  from: MemoryLog,
  change: (record: LogRecord) => Partial<LogRecord> | null = () => ({}),
  topics: readonly string[] = [EVENTS_TOPIC, ...TOPICS],
): Promise<MemoryLog> {
  const log = new MemoryLog()
  for (const topic of topics) {
    const partitions = (await from.bounds(topic))!.length
    await log.createTopics([{ topic, partitions, replicationFactor: 1, config: {} }])
    for (const record of await readAll(from, topic)) {
      const to = change(record)
      if (to === null) log.store.addGap(topic, record.partition)
      else await log.append(topic, [{ ...toAppend({ ...record, ...to }), partition: record.partition }])
    }
  }
  return log
}

function toAppend({ key, value, headers }: LogRecord) {
  return { key: key?.toString('utf8') ?? null, value, headers }
}

/** One bit of a byte in the middle. */
export function flipped(value: Buffer): Buffer {
  const copy = Buffer.from(value)
  copy[copy.length >> 1]! ^= 1
  return copy
}
