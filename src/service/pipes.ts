import type { Attention } from '../alert/attention.ts'
import type { Baseline } from '../baseline/baseline.ts'
import type { Config } from '../config/shape.ts'
import { digestOf } from '../ledger/digest.ts'
import type { Log } from '../log/log.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import type { SchemaSource } from '../registry/registry.ts'
import type { Slice } from '../slice/slice.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import { HourBook } from '../view/hour-book.ts'
import type { BookedStream } from '../view/hour-book.ts'
import { HourStore } from '../view/hour-store.ts'
import { SliceView } from '../view/slice-view.ts'
import type { AlertRing } from './alert-ring.ts'
import { bookedStreams } from './booked-streams.ts'
import { AlertPublisher } from './alert-publisher.ts'
import { AssembleRunner } from './assemble-runner.ts'
import type { Clock } from './clock.ts'
import type { Conditions } from './conditions.ts'
import { CrashJournal } from './crash-journal.ts'
import { Follower } from './follower.ts'
import type { GroupState } from './follower.ts'
import { createGroups, nextEraOf, observedStreams } from './groups.ts'
import { PaneRepair } from './pane-repair.ts'
import { quarantineWith } from './poison-record.ts'
import { ObserveRunner } from './observe-runner.ts'
import type { OwnTopicNames } from './own-topics.ts'
import { QuarantineBook } from './quarantine-book.ts'
import { settlePanes } from './settle-panes.ts'
import type { StopSteps } from './stop-steps.ts'
import { ViewFeeder } from './view-feeder.ts'

/** What exists by now of the pipes; the facts that HTTP shows grow with it. */
export interface Parts {
  /** As they are planned and counted; there before the view is. */
  streams?: readonly BookedStream[]
  view: SliceView | null
  hours?: HourStore
  quarantine?: QuarantineBook
  attention?: Attention
  ring?: AlertRing
  observe: ObserveRunner | null
  assemble: AssembleRunner | null
}

/**
 * From the logs to the alerts: every part in flow order, each with a named stop step.
 *
 *   view ─ follower ─ alerts ─ assemble ─ observe
 *
 * Log, registry, disk and clock come from outside: the service gives real ones, test/simulation a cluster's worth of others.
 */
export async function startPipes(options: PipesOptions): Promise<void> {
  const { config, groups, log, topics, schemas, parts, steps, clock, logger, telemetry, conditions } = options
  const eras = await options.unlessOver(settlePanes({ config, log, ledgerTopic: topics.ledger, clock, logger }))
  // The ledger's word on panes counts, not the file's.
  for (const [at, group] of createGroups(config, options.baseline ?? null, eras).entries())
    Object.assign(groups[at]!, group)
  const streams = (parts.streams = bookedStreams(config, (group) => eras.get(group)!.config))
  const view = (parts.view = await SliceView.open({
    directory: options.viewDirectory,
    source: `${config.kafka?.brokers.join() ?? config.log?.directory ?? 'memory'} ${topics.slices}`,
    horizonMs: config.policy.horizonMs,
    onFailure: (reason, error) => {
      telemetry.viewFailed(reason)
      logger.error(error)
    },
    onWritten: () => logger.recovered('EVENKEEL_STATE_IO', { file: 'view.sqlite' }),
  }))
  conditions.met('view')
  steps.add('view', () => view.close())
  const hours = (parts.hours = new HourStore({
    directory: options.viewDirectory,
    source: digestOf([topics.slices, config.kafka?.brokers ?? config.log?.directory ?? 'memory', streams.map((each) => each.paneConfigDigest), streams.map(({ stream }) => stream.engagement)]), // prettier-ignore
    horizonMs: config.policy.horizonMs,
    onFailure: (error) => logger.warn('sums of hours are not kept until the next start', { reason: error.message }),
  }))
  steps.add('hours', () => hours.close())
  const book = new HourBook(hours, streams)
  const onTaken = (slice: Slice): void => book.add(slice)
  const feeder = new ViewFeeder({ log, slicesTopic: topics.slices, view, logger, clock, onTaken })
  steps.add('view feeder', () => feeder.stop())
  await options.unlessOver(feeder.start())

  const onJudged = (): void => {
    publisher.kick()
    options.onAlerts?.()
  }
  const follower = new Follower({ log, topics, groups, logger, telemetry, clock, onJudged })
  const publisher: AlertPublisher = new AlertPublisher({
    ...{ log, groups, follower, logger, telemetry, clock, alertsTopic: topics.alerts, instance: config.instance },
    owns: (group) => parts.assemble?.owns(group) ?? false,
  })
  parts.attention = follower.attention
  parts.ring = follower.ring
  steps.add('follower', () => follower.stop())
  await options.unlessOver(follower.start())
  const names = config.streams.map(({ name }) => name)
  const quarantine = (parts.quarantine = new QuarantineBook({ log, topic: topics.quarantine, streams: names }))
  steps.add('quarantine', () => quarantine.stop())
  await options.unlessOver(quarantine.start())
  conditions.met('history')

  const groupOf = (stream: string): GroupState => groups.find(({ streams }) => streams.includes(stream))!
  const segmentsOf = (stream: string): SegmentKnowledge => groupOf(stream).assembler.segmentsOf(stream)
  const observed = observedStreams(config, schemas, eras)
  if (config.roles.includes('assemble')) {
    const repair = new PaneRepair({
      ...{ log, schemas, logger, telemetry, clock, poison: follower.poison, streams: observed, segmentsOf },
      ...{ panesTopic: topics.panes, prefix: config.topics.prefix },
      watchOf: (stream) => groupOf(stream).assembler.started,
    })
    steps.add('repair', () => repair.stop())
    const assemble = new AssembleRunner({ log, groups, follower, topics, logger, telemetry, clock, repair, onOwned: onJudged }) // prettier-ignore
    parts.assemble = assemble
    steps.add('alerts', () => publisher.stop())
    steps.add('assemble', () => assemble.stop())
    await options.unlessOver(assemble.start(`${config.topics.prefix}.assemble`))
  }
  if (config.roles.includes('observe')) {
    const onFailure = (error: Error): void => logger.warn('no journal of crashes is kept', { reason: error.message })
    const crashes = options.viewDirectory === null ? null : new CrashJournal(options.viewDirectory, onFailure)
    steps.add('journal', () => crashes?.close())
    const observe = (parts.observe = new ObserveRunner({
      log,
      logger,
      streams: observed,
      segmentsOf,
      isWatched: (stream) => groupOf(stream).assembler.nextNumber > 1 || groupOf(stream).assembler.era.fromMs !== null,
      nextEraOf: (stream) => nextEraOf(groupOf(stream).assembler),
      publishing: {
        ...{ crashes, poison: follower.poison },
        quarantine: quarantineWith({ log, follower, ledgerTopic: topics.ledger, logger, telemetry }),
        ...{ log, schemas, telemetry, clock, panesTopic: topics.panes, quarantineTopic: topics.quarantine },
        reporter: options.reporter,
        readLedger: () => follower.readToEnd(topics.ledger),
        onParked: (stream, reason) => logger.warn('waiting for the schema registry', { stream, reason }),
      },
    }))
    steps.add('observe', () => observe.stop())
    await options.unlessOver(observe.start(`${config.topics.prefix}.observe`))
  }
  steps.add('unready', () => conditions.stopping())
  conditions.met('assignment')
}

export interface PipesOptions {
  config: Config
  baseline?: Baseline | null
  groups: readonly GroupState[]
  log: Log
  topics: OwnTopicNames
  schemas: SchemaSource
  /** Where the view's file lies; null: in memory. */
  viewDirectory: string | null
  /** Who tells of progress: the instance and its process. */
  reporter: string
  clock: Clock
  telemetry: Telemetry
  logger: Logger
  conditions: Conditions
  steps: StopSteps
  /** Alerts may have changed, or who speaks for them. */
  onAlerts?: () => void
  /** Filled as they come. */
  parts: Parts
  /** A start may wait for long: this ends the wait when nobody wants it any more. */
  unlessOver: <T>(work: Promise<T>) => Promise<T>
}
