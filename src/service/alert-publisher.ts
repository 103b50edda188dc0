import { alertsToSend } from '../alert/to-send.ts'
import { toCloudEvent } from '../alert/cloud-event.ts'
import { MonitorError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { Cancel, Clock } from './clock.ts'
import type { Follower, GroupState } from './follower.ts'

/**
 * Alerts need no outbox: what should have been sent follows from the slices, what has been sent stands on the topic. This
 * reads the topic to its end, sends the difference, in order, and reads it back; a crash in between repeats an event under the
 * same id.
 */
export class AlertPublisher {
  private readonly options: AlertPublisherOptions
  private running: Promise<void> = Promise.resolve()
  private isRunning = false
  private isAsked = false
  private isStopped = false
  private forgetRetry: Cancel | null = null

  constructor(options: AlertPublisherOptions) {
    this.options = options
  }

  /** Something may be due. Returns at once; calls while it runs are answered by one more round. */
  kick(): void {
    this.isAsked = true
    if (this.isRunning || this.isStopped) return
    this.running = this.run()
  }

  /** Sends what is due by now, and then nothing more. */
  async stop(): Promise<void> {
    await this.running
    this.isStopped = true
    this.forgetRetry?.()
  }

  private async run(): Promise<void> {
    this.isRunning = true
    try {
      while (this.isAsked && !this.isStopped) {
        this.isAsked = false
        await this.sendDue()
      }
    } catch (error) {
      if (!(error instanceof MonitorError)) throw error
      this.options.telemetry.alertsPublished('failed')
      this.options.logger.error(error)
      this.kickLater()
    } finally {
      // In the same turn as the last look: who kicks between the two would be answered by nobody.
      this.isRunning = false
    }
  }

  /** One timer, however often something fails meanwhile. */
  private kickLater(): void {
    this.forgetRetry?.()
    this.forgetRetry = this.options.clock.after(RETRY_MS, () => this.kick())
  }

  private async sendDue(): Promise<void> {
    const { log, alertsTopic, follower, groups, owns, instance, telemetry } = this.options
    const owned = groups.filter(owns)
    const countUnsent = (): number =>
      owned.reduce((sum, { due }) => sum + alertsToSend(due, follower.published).length, 0)
    // Before anything is tried: as long as they cannot be sent this is what is told of them.
    const waiting = countUnsent()
    telemetry.alertsUnpublished(waiting)
    // Another instance may have sent them while the group was its own.
    if (waiting > 0) await follower.readToEnd(alertsTopic)
    for (const group of owned) {
      for (const notice of alertsToSend(group.due, follower.published)) {
        if (!owns(group)) break
        const { key, value } = toCloudEvent(notice, instance)
        await log.append(alertsTopic, [{ key, value, headers: { 'content-type': CONTENT_TYPE } }])
        telemetry.alertsPublished('ok')
      }
    }
    // What counts is what stands there, and not what was acknowledged: a record that cannot be read told nobody.
    if (countUnsent() > 0) await follower.readToEnd(alertsTopic)
    const left = countUnsent()
    if (left > 0) this.kickLater()
    telemetry.alertsUnpublished(left)
  }
}

export interface AlertPublisherOptions {
  log: Log
  alertsTopic: string
  groups: readonly GroupState[]
  follower: Follower
  owns: (group: GroupState) => boolean
  instance: string
  logger: Logger
  telemetry: Telemetry
  clock: Clock
}

const CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8'
const RETRY_MS = 2_000
