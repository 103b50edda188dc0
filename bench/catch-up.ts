import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../src/config/shape.ts'
import { ownTopicSpecs } from '../src/config/topic-specs.ts'
import { KafkaLog } from '../src/log/kafka.ts'
import type { Log } from '../src/log/log.ts'
import { startService } from '../src/service.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { fakeRegistry } from '../test/real/fake-registry.ts'
import { realBroker } from '../test/real/broker.ts'
import { scrape } from '../test/support/metrics.ts'
import { benchConfig } from './config.ts'
import { inTurns, nsSince } from './cpu-time.ts'
import { SCHEMA, SCHEMA_ID, STEP_MS, TEN_FIELDS } from './events.ts'
import { observe, produce } from './kafka.ts'
import type { BenchOptions, Row } from './row.ts'

/** What comes in ten minutes of outage, at a thousand a second; and a tenth of it before. */
const OUTAGE_EVENTS = 600_000
const TOPIC = 'outage'
const SERVICES = 3
const ROUNDS = 4

/**
 * A service that was away for ten minutes, and takes up its work where it was: all of it, judging and pages too, against observing
 * alone (the bench rate, see `kafka.ts`). And what observing alone spends on commits and on saying how far it has come.
 */
export async function catchUpRows({ scale }: BenchOptions): Promise<readonly Row[]> {
  const broker = await realBroker({ jit: 'full', heap: 1024 })
  if (broker === null) return [{ name: 'not measured', note: 'a real broker needs Java and Maven' }]
  const registry = await fakeRegistry()
  try {
    registry.answers.set(`/schemas/ids/${SCHEMA_ID}`, { schema: JSON.stringify(SCHEMA) })
    const setting = { bootstrap: broker.bootstrap, registryUrl: registry.url }
    return await measure(setting, Math.round(OUTAGE_EVENTS * scale))
  } finally {
    await Promise.all([registry.close(), broker.stop()])
  }
}

async function measure({ bootstrap, registryUrl }: { bootstrap: string; registryUrl: string }, events: number) {
  const configOf = (prefix: string): Config =>
    benchConfig(TEN_FIELDS, { topic: TOPIC }, { topics: { prefix }, kafka: { brokers: [bootstrap] }, registry: { url: registryUrl }, http: { listen: '127.0.0.1:0' } }) // prettier-ignore
  const log = new KafkaLog(configOf('alone').kafka!)
  const before = Math.ceil(events / 10)
  await produce(bootstrap, TOPIC, before, STEP_MS.slicesOf300000)
  for (let at = 0; at < SERVICES; at++) await runUntilRead(log, configOf(`s${at}`), before)
  await produce(bootstrap, TOPIC, before + events, STEP_MS.slicesOf300000, { first: before })

  const alone = configOf('alone')
  await log.createTopics(ownTopicSpecs(alone, { brokerCount: 1 }))
  let runs = 0
  const [plain, silent] = await inTurns(ROUNDS, [
    { calls: before + events, run: () => observe(log, alone, `alone-${runs++}`) },
    { calls: before + events, run: () => observe(withoutCommits(log), alone, `alone-${runs++}`) },
  ]) as [number, number] // prettier-ignore

  const caughtUp: Caught[] = []
  for (let at = 0; at < SERVICES; at++) caughtUp.push(await runUntilRead(log, configOf(`s${at}`), events))
  await log.close()
  const ns = Math.min(...caughtUp.map((each) => each.ns))
  const perSecond = Math.max(...caughtUp.map((each) => each.perSecond))
  const rate = plain / ns
  return [
    { name: 'o: observe alone', ns: plain, per: 'event' },
    {
      ...{ name: 'the whole service, after ten minutes of outage', ns, per: 'event', ratio: ns / plain },
      ...{ goal: "≥ 80 % of o's rate", isMet: rate >= 0.8 },
      note: `${Math.round(100 * rate)} %; ${Math.round(perSecond / 1000)},000 a second by the clock`,
    },
    {
      ...{ name: 'observe alone, without commits and progress', ns: silent, per: 'event', ratio: silent / plain },
      ...{ goal: 'both together ≤ 5 % of it', isMet: plain / silent <= 1.05 },
      note: `they cost ${(100 * (plain / silent - 1)).toFixed(1)} %`,
    },
  ]
}

interface Caught {
  ns: number
  perSecond: number
}

/** From when it runs to the last of so many records; then it commits, and leaves. */
async function runUntilRead(log: Log, config: Config, records: number): Promise<Caught> {
  const logger = createLogger({ instance: 'bench', level: 'error' })
  const service = await startService(config, { log, logger, memoryView: true })
  const [startMs, start] = [performance.now(), process.cpuUsage()]
  const sum = async (name: string): Promise<number> => (await scrape(service.url)).sum(name)
  // Seldom: to answer costs it what observing thousands of events does.
  while ((await sum('evenkeel_records_read_total')) < records) await sleep(LOOK_EVERY_MS)
  const caught = { ns: nsSince(start) / records, perSecond: (1000 * records) / (performance.now() - startMs) }
  while ((await sum('evenkeel_consumer_lag_records')) > 0) await sleep(LOOK_EVERY_MS)
  await service.stop()
  return caught
}

const LOOK_EVERY_MS = 200

/** The same log, in which nobody commits and nobody says how far he has come. */
function withoutCommits(log: Log): Log {
  return {
    failed: log.failed,
    close: () => log.close(),
    bounds: (topic) => log.bounds(topic),
    offsetsAt: (topic, timestampMs) => log.offsetsAt(topic, timestampMs),
    createTopics: (specs) => log.createTopics(specs),
    tail: (topic, from, onRecords) => log.tail(topic, from, onRecords),
    append: async (topic, records) => {
      if (records[0]?.headers?.['kind'] !== 'progress') await log.append(topic, records)
    },
    consume: async (group, topics, handler) => {
      const consumer = await log.consume(group, topics, handler)
      return { commit: () => Promise.resolve(), stop: () => consumer.stop() }
    },
  }
}
