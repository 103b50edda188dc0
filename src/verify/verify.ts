import { setTimeout as sleep } from 'node:timers/promises'
import type { Baseline } from '../baseline/baseline.ts'
import type { Config } from '../config/shape.ts'
import { streamGroups } from '../config/stream-groups.ts'
import { paneConfigDigest } from '../config/pane-config.ts'
import { EraBook } from '../ledger/era-book.ts'
import type { LedgerBody, WatchStarted } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import { planStream } from '../pane/plan.ts'
import type { SchemaSource } from '../registry/registry.ts'
import { currentEras } from '../service/current-era.ts'
import type { CurrentEras } from '../service/current-era.ts'
import { createGroups, observedStreams } from '../service/groups.ts'
import { ownTopics } from '../service/own-topics.ts'
import { PoisonBook } from '../service/poison-book.ts'
import { Comparison } from './comparison.ts'
import { readEvents } from './events-reading.ts'
import { partitionsToRebuild } from './events-start.ts'
import { rebuildAlerts } from './rebuilt-alerts.ts'
import type { Due } from './rebuilt-alerts.ts'
import { RebuiltCells } from './rebuilt-cells.ts'
import { rebuildSlices } from './rebuilt-slices.ts'
import { readAlerts } from './recorded-alerts.ts'
import { readLedger } from './recorded-ledger.ts'
import { readPanes } from './recorded-panes.ts'
import { readSlices } from './recorded-slices.ts'
import { sealReport } from './report.ts'
import type { VerifyReport } from './report.ts'
import { extentOf } from './topic.ts'

/**
 * Everything on record made again from what it was made of, and compared, as far back as each log reaches. Nothing is written.
 *
 *   ledger ─► its chain
 *   events ─► panes      one observer for each partition
 *   panes  ─► slices     on the cells of the ledger
 *   slices ─► cells      what the ledger should say
 *   slices ─► alerts     the judge, from the first slice on
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
  const eventTopics = new Map<string, Awaited<ReturnType<typeof extentOf>>>()
  for (const { name, topic } of config.streams) if (names.has(name)) eventTopics.set(name, await extentOf(log, topic))

  progress?.('the ledger')
  const ledger = await readLedger(log, ledgerTopic, comparison)
  const eras = erasOf(config, ledger)
  const groups = groupsOf(config, baseline, ledger, eras).filter(({ state }) => names.has(state.name))
  const panes = await readPanes(log, panesTopic, {
    ...{ comparison, isSkipped },
    eras: new Map(groups.flatMap(({ state, digest }) => state.streams.map((name) => [name, { digest, fromMs: state.assembler.era.fromMs }]))), // prettier-ignore
    lowOf: (stream, partition) => eventTopics.get(stream)?.partitions[partition]?.low ?? 0,
  })

  progress?.('panes from events')
  const differing = new Set<string>()
  const observed = observedStreams(config, schemas, eras).filter(({ plan }) => names.has(plan.stream))
  const partitions = await partitionsToRebuild(log, {
    ...{ streams: observed, eventTopics, panes, comparison, fromMs: range.fromMs },
    watchOf: (stream) => groups.find(({ state }) => state.streams.includes(stream))!.watch,
    segmentsOf: (stream) => groups.find(({ state }) => state.streams.includes(stream))!.state.assembler.segmentsOf(stream), // prettier-ignore
    differs: (stream, partition, startMs) => void differing.add(`${startMs} ${partition} ${stream}`),
  })
  const poison = new PoisonBook()
  for (const body of ledger) poison.add(body)
  const failure = await readEvents(log, partitions, {
    ...{ schemas, poison, prefix: config.topics.prefix, registryWithinMs: options.registryWithinMs },
  })
  if (failure !== null) problems.push(`events: ${failure}`)
  for (const partition of partitions) partition.finish(failure)

  progress?.('slices from panes')
  const slices = await readSlices(
    log,
    slicesTopic,
    groups.map(({ state, watch, digest }) => ({
      ...{ name: state.name, watch, paneConfigDigest: digest, fromMs: state.assembler.era.fromMs },
      firstPaneMs: Math.min(...state.streams.map((stream) => panes.firstStartMs(stream))),
    })),
    { comparison, isSkipped },
  )
  const proven = await rebuildSlices(log, panesTopic, {
    ...{ panes, comparison },
    isTold: (stream, partition, startMs) => differing.has(`${startMs} ${partition} ${stream}`),
    groups: groups.map(({ state, watch, digest, plans, own }) => ({
      ...{
        name: state.name,
        watch,
        plans,
        lengthMs: state.config.panes.lengthMs,
        paneConfigDigest: digest,
        ledger: own,
      },
      slices: slices.get(state.name)!,
    })),
  })

  progress?.('alerts from slices')
  const lengthOf = (stream: string | null): number => (groups.find(({ state }) => stream !== null && state.streams.includes(stream))?.state.config ?? config).panes.lengthMs // prettier-ignore
  const alerts = await readAlerts(log, alertsTopic, lengthOf, comparison)
  const due = await rebuildAlerts(log, slicesTopic, {
    ...{ alerts, instance: config.instance, comparison, isSkipped },
    groups: groups.map(({ state, watch, cells, own }) => ({
      ...{ state, slices: slices.get(state.name)!, proven: proven.get(state.name)!, ledger: own },
      cells: cells === null || watch === null ? null : new RebuiltCells({
        ...{ stream: state.name, assembler: cells, ledger: own, comparison },
        startOf: (number) => watch.fromMs + (number - 1) * watch.lengthMs,
      }),
    })), // prettier-ignore
  })
  await compareDue(log, config, due, { comparison, alertsWithinMs, lengthOf })
  return sealReport(comparison, problems, (groups[0]?.state.config ?? config).panes.lengthMs)
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

/** The newest era of each group that has begun: what was before it is out of reach, because it had panes of another shape. */
function erasOf(config: Config, ledger: readonly LedgerBody[]): CurrentEras {
  const eras = new EraBook()
  for (const body of ledger) if (body.type === 'panes-configured' || body.type === 'watch-started') eras.take(body)
  return currentEras(config, eras)
}

/** All that the configuration asks for, and what the ledger says of it: `own`, since the group's last watch has started. */
function groupsOf(config: Config, baseline: Baseline | null, ledger: readonly LedgerBody[], eras: CurrentEras) {
  const again = createGroups(config, baseline, eras)
  // With a baseline the moment of a cut depends on when that was configured.
  const knowsCells = baseline === null && !ledger.some(({ type }) => type === 'baseline-verified')
  return createGroups(config, baseline, eras).map((state, at) => {
    const isStart = (body: LedgerBody): body is WatchStarted => body.type === 'watch-started' && body.stream === state.name // prettier-ignore
    const own = ledger.slice(Math.max(0, ledger.findLastIndex(isStart)))
    for (const body of ledger) {
      if (body.type === 'panes-configured' && body.stream === state.name) state.assembler.era.heed(body)
      else state.assembler.addLedger(body)
    }
    const group = streamGroups(state.config).find(({ name }) => name === state.name)!
    return {
      state,
      own,
      watch: ledger.findLast(isStart) ?? null,
      digest: paneConfigDigest(group, state.config),
      plans: group.streams.map((stream) => planStream(stream, state.config)),
      cells: knowsCells ? again[at]!.assembler : null,
    }
  })
}

/** A running service may have sent meanwhile what was due when we read the topic. */
async function compareDue(
  log: Log,
  config: Config,
  due: readonly Due[],
  { comparison, alertsWithinMs, lengthOf }: { comparison: Comparison; alertsWithinMs: number; lengthOf: (stream: string | null) => number }, // prettier-ignore
): Promise<void> {
  let missing = due
  for (const endMs = performance.now() + alertsWithinMs; missing.length > 0; await sleep(ALERTS_POLL_MS)) {
    const extent = await extentOf(log, ownTopics(config).alerts)
    const alerts = await readAlerts(log, extent, lengthOf, new Comparison(EVERYTHING, false))
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
