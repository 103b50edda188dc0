import { setTimeout as sleep } from 'node:timers/promises'
import type { Baseline } from '../baseline/baseline.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import type { Log } from '../log/log.ts'
import type { SchemaSource } from '../registry/registry.ts'
import { nextEraOf } from '../service/groups.ts'
import { ownTopics } from '../service/own-topics.ts'
import { PoisonBook } from '../service/poison-book.ts'
import { Comparison } from './comparison.ts'
import { eraAt, eraOfObserver, erasToVerify } from './eras.ts'
import type { VerifiedEra } from './eras.ts'
import { readEvents } from './events-reading.ts'
import { partitionsToRebuild } from './events-start.ts'
import { rebuildAlerts } from './rebuilt-alerts.ts'
import type { Due } from './rebuilt-alerts.ts'
import { RebuiltCells } from './rebuilt-cells.ts'
import type { RebuiltEras } from './rebuilt-eras.ts'
import { rebuildSlices } from './rebuilt-slices.ts'
import { readAlerts } from './recorded-alerts.ts'
import type { LengthAt } from './recorded-alerts.ts'
import { readLedger } from './recorded-ledger.ts'
import { readPanes } from './recorded-panes.ts'
import { readSlices } from './recorded-slices.ts'
import { sealReport } from './report.ts'
import type { VerifyReport } from './report.ts'
import { extentOf } from './topic.ts'
import type { TopicExtent } from './topic.ts'

/**
 * Everything on record made again from what it was made of, and compared, as far back as each log reaches. Nothing is written.
 *
 *   ledger ─► its chain
 *   events ─► panes      one observer for each partition
 *   panes  ─► slices     on the cells of the ledger
 *   slices ─► cells      what the ledger should say
 *   slices ─► alerts     the judge, from the first slice on
 *
 * Each era with the shape of panes that the ledger has for it (eras.ts), back to the first.
 *
 * A running service goes on writing meanwhile, so the ends of the topics are taken first, what is made before what it is made
 * of: of everything before such an end, the causes stand before the others.
 */
export async function verifyLogs(log: Log, config: Config, options: VerifyOptions): Promise<VerifyReport> {
  const {
    schemas,
    baseline = null,
    range = EVERYTHING,
    keepsAll = false,
    alertsWithinMs = 0,
    only = null,
    progress,
  } = options
  const comparison = new Comparison(range, keepsAll)
  const problems = options.problems ?? []
  const chosen = streamGroups(config).filter(({ name }) => only === null || name === only)
  const names = new Set(chosen.flatMap(({ streams }) => streams.map(({ name }) => name)))
  /** Configured, and not asked for. */
  const isSkipped = (stream: string): boolean =>
    !names.has(stream) && config.streams.some(({ name }) => name === stream)
  const topics = ownTopics(config)
  const [alertsTopic, slicesTopic, panesTopic, ledgerTopic] = [
    await extentOf(log, topics.alerts), await extentOf(log, topics.slices),
    await extentOf(log, topics.panes), await extentOf(log, topics.ledger),
  ] // prettier-ignore
  const eventTopics = new Map<string, TopicExtent>()
  for (const { name, topic } of config.streams) if (names.has(name)) eventTopics.set(name, await extentOf(log, topic))

  progress?.('the ledger')
  const ledger = await readLedger(log, ledgerTopic, comparison)
  const eras = erasToVerify({ config, baseline, ledger, schemas }).filter(({ name }) => names.has(name))
  const lengthAt: LengthAt = (stream, timeMs) => ((stream === null ? undefined : eraAt(eras, stream, timeMs)?.state.config) ?? config).panes.lengthMs // prettier-ignore
  await readPanes(log, panesTopic, {
    ...{ comparison, isSkipped },
    eraAt: (stream, startMs) => eraAt(eras, stream, startMs),
    eraOf: (stream, digest, closedThroughMs) => eraOfObserver(eras, stream, digest, closedThroughMs),
    lowOf: (stream, partition) => eventTopics.get(stream)?.partitions[partition]?.low ?? 0,
  })

  progress?.('panes from events')
  const differing = new Set<string>()
  const partitions: RebuiltEras[] = []
  for (const [stream, eventTopic] of eventTopics) {
    const own = eras.filter(({ state }) => state.streams.includes(stream))
    const wanted = own.filter(({ state }) => state.assembler.era.endMs > range.fromMs)
    const found = await partitionsToRebuild(log, {
      ...{ eventTopic, comparison, fromMs: range.fromMs },
      eras: wanted.map(({ observed, panes, watch, state: { assembler } }) => ({
        ...{ panes, watch, segments: assembler.segmentsOf(stream), next: nextEraOf(assembler) },
        stream: observed.find(({ plan }) => plan.stream === stream)!,
      })),
      differs: (name, partition, startMs) => void differing.add(`${startMs} ${partition} ${name}`),
    })
    partitions.push(...found)
  }
  const poison = new PoisonBook()
  for (const body of ledger) poison.add(body)
  const failure = await readEvents(log, partitions, {
    ...{ schemas, poison, prefix: config.topics.prefix, registryWithinMs: options.registryWithinMs },
  })
  if (failure !== null) problems.push(`events: ${failure}`)
  for (const partition of partitions) partition.finish(failure)

  progress?.('slices from panes')
  const slices = await readSlices(log, slicesTopic, {
    eras: new Map(eras.map((era) => [era, { name: era.name, watch: era.watch, paneConfigDigest: era.digest, firstPaneMs: firstPaneMs(era) }])), // prettier-ignore
    eraAt: (name, startMs) => eraAt(eras, name, startMs),
    ...{ comparison, isSkipped },
  })
  const proven = await rebuildSlices(log, panesTopic, {
    ...{ eras, comparison },
    slicesOf: (era) => slices.get(era)!,
    isTold: (stream, partition, startMs) => differing.has(`${startMs} ${partition} ${stream}`),
  })

  progress?.('alerts from slices')
  const alerts = await readAlerts(log, alertsTopic, lengthAt, comparison)
  const due = await rebuildAlerts(log, slicesTopic, {
    ...{ alerts, instance: config.instance, comparison, isSkipped },
    eras: eras.map((era) => {
      const { name: stream, state, watch, cells: assembler, own: ledger } = era
      const startOf = (number: number): number => watch!.fromMs + (number - 1) * watch!.lengthMs
      const cells = assembler === null || watch === null ? null : new RebuiltCells({ stream, assembler, ledger, comparison, startOf }) // prettier-ignore
      return { ...{ state, ledger, cells }, slices: slices.get(era)!, proven: proven.get(era)! }
    }),
  })
  await compareDue(log, config, due, { comparison, alertsWithinMs, lengthAt })
  return sealReport(comparison, problems, lengthAt)
}

export interface VerifyOptions {
  schemas: SchemaSource
  baseline?: Baseline | null
  /** Event time of what is compared. */
  range?: { fromMs: number; toMs: number }
  /** The group of streams that was asked for; null: all. */
  only?: string | null
  /** What could not be read; who opened the log adds to it while we read. */
  problems?: string[]
  /** List everything that was compared, not only what differs. */
  keepsAll?: boolean
  /** How long an alert that is due may take to come: where a service may be running. */
  alertsWithinMs?: number
  /** How long the schema registry may be silent. */
  registryWithinMs?: number
  progress?: (what: string) => void
}

const EVERYTHING = { fromMs: -Infinity, toMs: Infinity }
const ALERTS_POLL_MS = 500

function firstPaneMs({ state, panes }: VerifiedEra): number {
  return Math.min(...state.streams.map((stream) => panes.firstStartMs(stream)))
}

/** A running service may have sent meanwhile what was due when we read the topic. */
async function compareDue(
  log: Log,
  config: Config,
  due: readonly Due[],
  { comparison, alertsWithinMs, lengthAt }: { comparison: Comparison; alertsWithinMs: number; lengthAt: LengthAt }, // prettier-ignore
): Promise<void> {
  let missing = due
  for (const endMs = performance.now() + alertsWithinMs; missing.length > 0; await sleep(ALERTS_POLL_MS)) {
    const extent = await extentOf(log, ownTopics(config).alerts)
    const alerts = await readAlerts(log, extent, lengthAt, new Comparison(EVERYTHING, false))
    for (const { of, id, digest, startMs } of missing) {
      const found = alerts.get(id)
      if (found === undefined) continue
      const isEqual = found.digest === digest
      comparison.add({ level: 'alerts', of, id, startMs, onRecord: found.digest, recomputed: digest, outcome: isEqual ? 'equal' : 'differs', reason: isEqual ? null : 'the slices give another alert' }) // prettier-ignore
    }
    missing = missing.filter(({ id }) => !alerts.has(id))
    if (performance.now() >= endMs) break
  }
  for (const { of, id, digest, startMs } of missing) {
    comparison.add({ level: 'alerts', of, id, startMs, onRecord: null, recomputed: digest, outcome: 'differs', reason: 'it is due, and not on the topic' }) // prettier-ignore
  }
}
