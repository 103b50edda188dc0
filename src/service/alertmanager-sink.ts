import type { AlertmanagerConfig } from '../config/shape.ts'
import { MonitorError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { Alert } from '../verdict/check.ts'
import { ended, pushedAlerts } from './alertmanager-alerts.ts'
import type { PushedAlert } from './alertmanager-alerts.ts'
import { pushTo } from './alertmanager-client.ts'
import type { Cancel, Clock } from './clock.ts'

/**
 * Tells every Alertmanager of a cluster what fires, as its documentation asks of a client: the whole set, again and again while it
 * fires, and its end. There is no queue. What is to be said follows from the fold over the slices, so that nothing is lost while
 * an Alertmanager is away, nothing grows, and a restart or another instance says the same.
 *
 * Beside the path of verdicts, never on it: nobody waits for a push.
 */
export class AlertmanagerSink {
  private readonly targets: readonly Target[]

  constructor(options: SinkOptions) {
    this.targets = options.config.urls.map((url) => new Target(url, options))
  }

  start(): void {
    for (const target of this.targets) target.start()
  }

  /** An alert may have changed. Returns at once; before the start it does nothing. */
  kick(): void {
    for (const target of this.targets) target.kick()
  }

  /** What is under way is given up: whoever runs next says it again. */
  async stop(): Promise<void> {
    await Promise.all(this.targets.map((target) => target.stop()))
  }
}

export interface SinkOptions {
  config: AlertmanagerConfig
  groups: readonly PushedGroup[]
  /** Why nobody shall be told of an alert, or null. */
  mutedBecause: (alert: Alert) => string | null
  clock: Clock
  logger: Logger
  telemetry: Pick<Telemetry, 'alertmanagerPushed'>
}

/** What the sink asks of one group of streams. */
export interface PushedGroup {
  name: string
  /** One instance speaks for a group: the one that assembles it. */
  isOwned(): boolean
  alerts(): readonly Alert[]
  /** End of the last slice that was judged. */
  judgedToMs(): number
}

/** One Alertmanager: each has its own pace and its own failures. */
class Target {
  private readonly url: string
  private readonly options: SinkOptions
  /** By group: what it was told is firing. */
  private readonly told = new Map<string, Map<string, PushedAlert>>()
  private readonly aborted = new AbortController()
  private lastSet = ''
  private failures = 0
  private isStarted = false
  private isAsked = false
  private isDue = false
  private running: Promise<void> | null = null
  private forgetNext: Cancel | null = null

  constructor(url: string, options: SinkOptions) {
    this.url = url
    this.options = options
  }

  start(): void {
    this.isStarted = true
    this.begin(true)
  }

  kick(): void {
    if (!this.isStarted) return
    this.isAsked = true
    // After a failure the next attempt has its time; it will say what holds then.
    if (this.failures === 0) this.begin(false)
  }

  async stop(): Promise<void> {
    this.aborted.abort()
    this.forgetNext?.()
    await this.running
  }

  private begin(isDue: boolean): void {
    if (this.running !== null || this.aborted.signal.aborted) {
      this.isDue ||= isDue
      return
    }
    this.isDue = isDue
    this.running = this.rounds().finally(() => (this.running = null))
  }

  private async rounds(): Promise<void> {
    let outcome: Outcome = 'ok'
    while (outcome !== 'failed' && (this.isDue || this.isAsked)) {
      outcome = await this.round(this.isDue)
      if (outcome === 'unchanged') continue
      if (this.aborted.signal.aborted) return
      this.failures = outcome === 'ok' ? 0 : this.failures + 1
      // Only a push that was tried moves the next one: what is said must be said again in time, however often it is looked at.
      this.forgetNext?.()
      this.forgetNext = this.options.clock.after(this.pauseMs(), () => this.begin(true))
    }
  }

  /** Doubles from a second on, up to the usual pace; with some chance in it, so that instances do not come back in step. */
  private pauseMs(): number {
    const { everyMs } = this.options.config
    if (this.failures === 0) return everyMs
    return Math.min(everyMs, RETRY_MS * 2 ** Math.min(this.failures - 1, 20)) * (0.5 + Math.random() / 2)
  }

  private async round(isDue: boolean): Promise<Outcome> {
    this.isDue = false
    this.isAsked = false
    const owned = this.options.groups.filter((group) => group.isOwned())
    for (const name of this.told.keys()) if (!owned.some((group) => group.name === name)) this.told.delete(name)
    const said = owned.map((group) => ({ group, current: this.currentOf(group) }))
    const alerts = said.flatMap(({ group, current }) => [...this.endedOf(group, current), ...current.values()])
    const set = JSON.stringify(alerts.map(({ labels, endsAt }) => [labels, endsAt === undefined]))
    if (!isDue && set === this.lastSet) return 'unchanged'
    // An empty push as well: a failure is better known before there is something to say.
    for (let from = 0; from === 0 || from < alerts.length; from += ALERTS_PER_PUSH) {
      if (!(await this.push(alerts.slice(from, from + ALERTS_PER_PUSH)))) return 'failed'
    }
    this.lastSet = set
    for (const { group, current } of said) this.told.set(group.name, firingOf(current))
    return 'ok'
  }

  private currentOf(group: PushedGroup): Map<string, PushedAlert> {
    const { config, clock, mutedBecause } = this.options
    const { link, labels } = config
    const context = { nowMs: clock.now(), judgedToMs: group.judgedToMs(), link, labels, mutedBecause }
    return pushedAlerts(group.alerts(), context)
  }

  private endedOf({ name }: PushedGroup, current: ReadonlyMap<string, PushedAlert>): PushedAlert[] {
    const told = this.told.get(name) ?? new Map<string, PushedAlert>()
    return [...told].flatMap(([key, alert]) => (current.has(key) ? [] : [ended(alert, this.options.clock.now())]))
  }

  private async push(alerts: readonly PushedAlert[]): Promise<boolean> {
    const { config, telemetry, logger, clock } = this.options
    const result = await pushTo(this.url, config, alerts, this.aborted.signal)
    if (this.aborted.signal.aborted) return false
    telemetry.alertmanagerPushed(result.kind, clock.now())
    if (result.kind === 'ok') {
      if (this.failures > 0) logger.recovered('EVENKEEL_ALERTMANAGER_FAILED')
      return true
    }
    const message = `alerts do not reach Alertmanager at ${this.url}: ${result.message}`
    logger.error(new MonitorError('EVENKEEL_ALERTMANAGER_FAILED', message, { retriable: true }))
    return false
  }
}

function firingOf(current: ReadonlyMap<string, PushedAlert>): Map<string, PushedAlert> {
  return new Map([...current].filter(([, { endsAt }]) => endsAt === undefined))
}

type Outcome = 'ok' | 'failed' | 'unchanged'

const RETRY_MS = 1_000
const ALERTS_PER_PUSH = 64
