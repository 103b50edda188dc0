import process from 'node:process'
import type { Config } from './config/shape.ts'
import { MonitorError } from './errors.ts'
import { createHttpServer } from './http/server.ts'
import type { Log } from './log/log.ts'
import { openRegistry } from './registry/registry.ts'
import { AppendFaults } from './service/append-faults.ts'
import { loadBaseline } from './service/baseline-file.ts'
import { machineClock } from './service/clock.ts'
import { createAlertmanagerSink } from './service/alertmanager.ts'
import { Conditions } from './service/conditions.ts'
import { connectLog } from './service/connect.ts'
import { countedLog } from './service/counted-log.ts'
import { createFacts } from './service/facts.ts'
import { ensureEventTopics } from './service/feed.ts'
import type { GroupState } from './service/follower.ts'
import { createGroups } from './service/groups.ts'
import { ensureTopics, ownTopics, waitForEventTopics } from './service/own-topics.ts'
import { startPipes } from './service/pipes.ts'
import type { Parts } from './service/pipes.ts'
import { StopSteps } from './service/stop-steps.ts'
import { createLogger } from './telemetry/logger.ts'
import type { Logger } from './telemetry/logger.ts'
import { Telemetry } from './telemetry/metrics.ts'
import { version } from './version.ts'

/**
 * The always-on service: every part in flow order, each with a named stop step; stopping runs them in reverse.
 *
 *   http ─ log ─ topics ─ registry ─ pipes (view ─ follower ─ alerts ─ assemble ─ observe)
 *
 * HTTP comes first, so that `/readyz` can say what the rest is waiting for.
 */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const telemetry = new Telemetry({ version, processMetrics: true })
  const logger =
    options.logger ??
    createLogger({
      instance: config.instance,
      level: logLevelOf(options.logLevel),
      onError: (code) => telemetry.errorCounted(code),
    })
  const steps = new StopSteps(machineClock, options.signal)
  const conditions = new Conditions(['log', 'topics', 'view', 'history', 'assignment'])
  const baseline = config.baseline === null ? null : loadBaseline(config.baseline, config)
  const groups = createGroups(config, baseline)
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined) // whoever runs the service awaits it; until then it must not end the process
  /** A start may wait for long, say for a long history; not longer than anybody wants it, and not for a log that broke. */
  const unlessOver = <T>(work: Promise<T>): Promise<T> => Promise.race([work, broken.promise, steps.begun])
  telemetry.watch(config.streams)
  try {
    const parts: Parts = { view: null, observe: null, assemble: null }
    const facts = createFacts({ config, groups, conditions, telemetry, parts, baseline })
    const http = await createHttpServer(facts, {
      ...config.http,
      version,
      alertsTopic: ownTopics(config).alerts,
      allowInsecure: options.allowInsecure === true,
      onError: (error) => logger.error(error),
    })
    steps.add('http', () => http.close())
    options.onListening?.(http.url)

    telemetry.watchdog(Date.now())
    const watchdog = setInterval(() => telemetry.watchdog(Date.now()), WATCHDOG_MS)
    steps.add('watchdog', () => clearInterval(watchdog))

    const waiting = { logger, telemetry, conditions, signal: steps.signal }
    const opened =
      options.log ?? (await connectLog(config, { ...waiting, exitOnUnreachable: options.exitOnUnreachable === true }))
    const faults = new AppendFaults(logger, machineClock)
    const log = countedLog(opened, telemetry, faults)
    if (options.log === undefined) steps.add('log', () => log.close())
    log.failed.catch((error: unknown) => broken.reject(error as Error))
    conditions.met('log')
    conditions.noted('log', () => faults.detail)
    conditions.noted('history', () => groups.flatMap(gapText).join('; '))
    conditions.noted('view', () => parts.view?.trouble?.message ?? '')

    const topics = ownTopics(config)
    const unfit = await unlessOver(ensureTopics(log, config, { logger, create: options.createTopics !== false }))
    if (config.log !== null && options.log === undefined) await ensureEventTopics(log, config)
    if (config.roles.includes('observe')) await unlessOver(waitForEventTopics(log, config, waiting))
    conditions.met('topics', unfit.join('; '))

    const schemas = openRegistry(usesSchemas(config) ? config.registry : null, {
      onFetch: (isOk) => telemetry.registryFetched(isOk),
    })
    steps.add('registry', () => schemas.close())
    const sink = config.alertmanager === null ? null : createAlertmanagerSink(config.alertmanager, { groups, parts, logger, telemetry, clock: machineClock }) // prettier-ignore
    await startPipes({
      ...{ config, baseline, groups, log, topics, schemas, parts, steps, telemetry, logger, conditions, unlessOver },
      viewDirectory: options.memoryView === true ? null : config.state.directory,
      reporter: `${config.instance}/${process.pid}`,
      clock: machineClock,
      onAlerts: () => sink?.kick(),
    })
    if (sink !== null) steps.add('alertmanager', () => sink.stop())
    sink?.start()
    logger.info('running', { url: http.url, roles: config.roles, streams: config.streams.map(({ name }) => name) })
    return { url: http.url, log, telemetry, groups, failed: broken.promise, stop: () => steps.run(logger) }
  } catch (error) {
    await steps.run(logger)
    throw error
  }
}

/** Something that cannot be read holds all verdicts of a stream up until it is made again. */
function gapText({ name, gap }: GroupState): string[] {
  if (gap === null) return []
  return [`${name}: a ${gap.missing} cannot be read, and everything from slice ${gap.number} on waits until it is made again`] // prettier-ignore
}

const WATCHDOG_MS = 5_000
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

function logLevelOf(text: string | undefined): (typeof LOG_LEVELS)[number] {
  if (text === undefined || text === '') return 'info'
  const level = LOG_LEVELS.find((each) => each === text)
  if (level === undefined)
    throw new MonitorError('EVENKEEL_USAGE', `EVENKEEL_LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}`)
  return level
}

/** Without a stream of Avro nobody asks for a schema, and a registry or directory that is not there does not matter. */
function usesSchemas({ streams }: Config): boolean {
  return streams.some(({ format }) => format === 'avro')
}

export interface ServiceOptions {
  logger?: Logger
  /** In place of what the configuration names: the demo's and the tests' own. It stays open when the service stops. */
  log?: Log
  /** Keep the view in memory: nothing is written to disk. */
  memoryView?: boolean
  /** Exit 69 instead of waiting for a broker that does not answer: for jobs. */
  exitOnUnreachable?: boolean
  /** Listen beyond this machine without authentication. */
  allowInsecure?: boolean
  /** Default true: our own topics are created where they are missing. */
  createTopics?: boolean
  /** Asked to stop while it starts: whatever waits for a broker gives up, and the start rejects. */
  signal?: AbortSignal
  /** debug | info (default) | warn | error | silent */
  logLevel?: string | undefined
  onListening?: (url: string) => void
}

export interface Service {
  url: string
  log: Log
  telemetry: Telemetry
  groups: readonly GroupState[]
  /** Rejects when the service cannot go on: the process should exit, Kafka redelivers. */
  failed: Promise<never>
  /** Named steps in reverse order, within five seconds. */
  stop(): Promise<void>
}
