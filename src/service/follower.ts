import type { Assembler } from '../assemble.ts'
import { Attention } from '../alert/attention.ts'
import type { AlertNotice } from '../alert/notice.ts'
import type { Config } from '../config/shape.ts'
import type { Judge } from '../judge.ts'
import { MonitorError } from '../errors.ts'
import { LedgerChain } from '../ledger/chain.ts'
import { isEraBody } from '../ledger/era-book.ts'
import type { EraBody, LedgerBody } from '../ledger/record.ts'
import type { Log, LogRecord, Tail } from '../log/log.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/metrics.ts'
import type { RecentDrift } from '../view/recent-drift.ts'
import { isComplete } from '../view/stream-totals.ts'
import type { StreamTotals } from '../view/stream-totals.ts'
import type { StreamTrail } from '../view/stream-trail.ts'

import { AlertRing } from './alert-ring.ts'
import { Breath } from './breath.ts'
import type { Clock } from './clock.ts'
import { PoisonBook } from './poison-book.ts'
import { SliceReader } from './slice-reader.ts'
import type { Gap, OpenedSlice } from './slice-reader.ts'

/** All that one instance knows of one group of streams; every instance knows it of every group. */
export interface GroupState {
  /** The group's first stream. */
  name: string
  streams: readonly string[]
  /** Of its era. */
  config: Config
  assembler: Assembler
  judge: Judge
  /** Number of the last slice that was read back and folded. */
  folded: number
  /** What has to come before the slices that stand in the log behind it; null = nothing. */
  gap: Gap | null
  /** Behind the last folded slice stands a record that cannot be read, or not all of one: it may have been the next. */
  isTailUnread: boolean
  /** Slices that we wrote and have not read back yet, by number: their digests. */
  written: Map<number, string>
  /** Due by the slices so far, in order. */
  due: AlertNotice[]
  /** Of each stream by name: what was counted since the watch began, the last hour's distances, two days by the hour. */
  totals: ReadonlyMap<string, StreamTotals>
  drift: ReadonlyMap<string, RecentDrift>
  trails: ReadonlyMap<string, StreamTrail>
}

export interface FollowedTopics {
  ledger: string
  slices: string
  alerts: string
}

/**
 * Follows the ledger, the slices and the alerts from their beginning: what stands in the logs, never what we think we did.
 * After a restart the fold over them gives back every verdict and every alert; nothing else is remembered.
 *
 * A slice is folded only after the ledger is read as far as it stood when the slice was: the cells it is written on were
 * frozen there.
 */
export class Follower {
  /** Ids of the events that were read on the alerts topic. */
  readonly published = new Set<string>()
  /** What was told, for who listens. */
  readonly ring = new AlertRing()
  readonly chain = new LedgerChain()
  /** What people have said of alerts and checks. */
  readonly attention = new Attention()
  /** Records that nobody must read. */
  readonly poison = new PoisonBook()
  private readonly options: FollowerOptions
  private readonly groups: ReadonlyMap<string, GroupState>
  private readonly slices: SliceReader
  private readonly positions = new Map<string, number>()
  private tails: Tail[] = []
  private isStopped = false
  private changed = Promise.withResolvers<void>()

  constructor(options: FollowerOptions) {
    this.options = options
    this.groups = new Map(options.groups.map((group) => [group.name, group]))
    const { log, topics, logger, telemetry, clock } = options
    this.slices = new SliceReader({
      ...{ log, topic: topics.slices, logger, telemetry, clock },
      onRecords: (records) => this.onSlices(records),
      onUnread: (stream, why) => this.onUnread(stream, why),
      onTurned: () => this.wake(),
    })
  }

  /** Resolves when all three logs are read to where they ended at the call. */
  async start(): Promise<void> {
    const { topics } = this.options
    const ledger = await this.follow(topics.ledger, (records) => this.onLedger(records))
    await ledger.caughtUp
    await this.slices.start()
    const alerts = await this.follow(topics.alerts, (records) => this.onAlerts(records))
    const isIdle = (): Promise<void> => this.until(() => !this.isReadingAgain)
    await Promise.all([this.slices.caughtUp(isIdle), alerts.caughtUp])
    this.ring.isWhole = true
  }

  /** Slices that had been left aside are still to come. */
  get isReadingAgain(): boolean {
    return this.slices.isReadingAgain
  }

  /** Whoever waits for something to be read waits no longer: it will not come. */
  async stop(): Promise<void> {
    this.isStopped = true
    this.changed.resolve()
    await this.slices.stop()
    for (const tail of this.tails) await tail.stop()
    this.tails = []
  }

  /** Waits until the topic is read as far as it stands now. */
  async readToEnd(topic: string): Promise<void> {
    for (const { partition, low, high } of (await this.options.log.bounds(topic)) ?? []) {
      if (high > low) await this.until(() => (this.positions.get(placeOf(topic, partition)) ?? 0) >= high)
    }
    if (topic === this.options.topics.slices) await this.until(() => !this.isReadingAgain)
  }

  /** Waits until something that was read made the condition true; fails when nothing more is read. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.isStopped) throw notFollowing()
      await this.changed.promise
    }
  }

  private async follow(topic: string, onRecords: (records: readonly LogRecord[]) => Promise<void>): Promise<Tail> {
    const tail = await this.options.log.tail(topic, new Map(), onRecords)
    this.tails.push(tail)
    if (!this.isStopped) return tail
    await tail.stop()
    throw notFollowing()
  }

  private async onLedger(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      const { body, refused } = this.chain.add(record.value)
      if (refused === 'not-a-record' || refused === 'wrong-digest') this.options.telemetry.recordBroken('ledger')
      if (refused !== null) this.options.logger.warn('a ledger record is refused', { refused, offset: record.offset })
      else this.addLedger(body)
    }
    this.readThrough(records)
  }

  private addLedger(body: LedgerBody): void {
    this.attention.add(body)
    this.poison.add(body)
    for (const group of this.groups.values()) {
      if (isEraBody(body) && body.stream === group.name) this.heed(group, body)
      else if (group.assembler.addLedger(body)) group.judge.addLedger(body)
      else if (body.type === 'watch-started' && body.stream === group.name && body.fromMs === group.assembler.era.endMs)
        throw beginningAnew(`another era of ${group.name} has begun`)
      if (group.gap?.missing === 'ledger record') this.closeGap(group)
    }
  }

  /** Observers have left aside by now what they must count after all: who is past the start begins anew, from the commits. */
  private heed({ assembler, name }: GroupState, body: EraBody): void {
    assembler.era.heed(body)
    if (body.type !== 'panes-withdrawn' || !this.ring.isWhole) return
    throw beginningAnew(`the change of the panes of ${name} that was announced is withdrawn`)
  }

  private async onSlices(records: readonly LogRecord[]): Promise<void> {
    await this.readToEnd(this.options.topics.ledger)
    const breath = new Breath(this.options.clock)
    for (const record of records) {
      await breath.take()
      const opened = this.slices.open(record)
      const group = opened === null ? undefined : this.groups.get(opened.slice.stream)
      if (opened !== null && group !== undefined && this.isNext(group, opened)) this.fold(group, opened)
    }
    this.slices.readThrough(records)
    this.readThrough(records)
    this.options.onJudged()
  }

  private fold(group: GroupState, sealed: OpenedSlice): void {
    const { slice } = sealed
    group.folded = slice.number
    group.isTailUnread = false
    group.due.push(...group.judge.addSlice(sealed).notices)
    if (slice.startMs + slice.lengthMs === group.assembler.era.endMs) group.due.push(...group.judge.end())
    for (const totals of group.totals.values()) totals.add(slice)
    for (const drift of group.drift.values()) drift.add(slice)
    for (const trail of group.trails.values()) trail.add(slice)
    for (const each of slice.streams) {
      this.options.telemetry.sliceJudged(each.name, { endMs: slice.startMs + slice.lengthMs, isComplete: isComplete(each) }) // prettier-ignore
    }
    this.closeGap(group)
  }

  /**
   * Whether the slice is the one to fold now. The first in the log counts; another's copy, or one of a configuration that is
   * gone, is passed over. Our own assembler may be ahead by what we wrote: if another's slice stands where ours should, what
   * we assembled after it is void, and only beginning anew from the logs is right.
   */
  private isNext(group: GroupState, opened: OpenedSlice): boolean {
    const { slice, digest } = opened
    const { assembler } = group
    if (slice.number <= group.folded) return false
    const missing = this.missingBefore(group, opened)
    if (missing !== null) {
      if (group.gap === null && missing === 'slice' && assembler.nextNumber > group.folded + 1) throw notReadBack(group)
      const { partition, offset } = opened
      group.gap ??= this.gapOf(group, { missing, number: group.folded + 1, partition, offset })
      // Read again, the log shows what was left aside before another gap had begun behind it.
      group.gap.offset = Math.min(group.gap.offset, offset)
      return false
    }
    if (assembler.addSlice({ slice, digest }) === 'foreign') {
      this.slices.reject(opened)
      return false
    }
    const ours = group.written.get(slice.number)
    group.written.delete(slice.number)
    if (ours === undefined || ours === digest) return true
    throw beginningAnew(`another instance wrote slice ${slice.number} of ${slice.stream} first`)
  }

  /** What should stand in the logs before this slice and does not; null: it comes in its turn, or is none of the group's. */
  private missingBefore({ assembler, folded }: GroupState, { slice, partition }: OpenedSlice): Gap['missing'] | null {
    // Whoever wrote it had read every record of the ledger that is due before it: one that is due still was lost.
    if (this.chain.isDamaged && assembler.missesRecordBefore(slice)) return 'ledger record'
    if (!assembler.isOurs(slice) || slice.number === folded + 1) return null
    // Retention takes the first slices away: then the watch is judged from what is left of it.
    return folded === 0 && this.slices.isCut(partition) ? null : 'slice'
  }

  private gapOf(group: GroupState, gap: Gap): Gap {
    this.options.logger.warn('something is missing in the logs; what comes after it waits until it is made again', { stream: group.name, missing: gap.missing, slice: gap.number }) // prettier-ignore
    return gap
  }

  private closeGap(group: GroupState): void {
    const { gap } = group
    if (gap === null) return
    if (gap.missing === 'slice' ? gap.number > group.folded : group.assembler.isRecordDue) return
    group.gap = null
    this.options.logger.info('what was missing in the logs is there again; what came after it is read', { stream: group.name, missing: gap.missing, slice: gap.number }) // prettier-ignore
    this.slices.readAgain(gap)
  }

  /** Nothing need ever come behind it that would show the gap. */
  private onUnread(stream: string | null, why: 'partial' | 'corrupt'): void {
    for (const group of this.groups.values()) {
      if (stream !== null && stream !== group.name) continue
      group.isTailUnread = true
      if (why === 'corrupt' && group.written.size > 0) throw notReadBack(group)
    }
  }

  private async onAlerts(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      const id = record.value === null ? null : eventId(record.value)
      if (id === null) this.options.telemetry.recordBroken('alerts')
      // A second copy is the same event: who listens has heard it.
      if (id === null || this.published.has(id)) continue
      this.published.add(id)
      this.ring.add(record, record.value!)
    }
    this.readThrough(records)
  }

  private readThrough(records: readonly LogRecord[]): void {
    for (const { topic, partition, offset } of records) this.positions.set(placeOf(topic, partition), offset + 1)
    this.wake()
  }

  private wake(): void {
    this.changed.resolve()
    this.changed = Promise.withResolvers()
  }
}

export interface FollowerOptions {
  log: Log
  topics: FollowedTopics
  groups: readonly GroupState[]
  logger: Logger
  telemetry: Telemetry
  clock: Clock
  /** A batch of slices was folded: alerts may be due. */
  onJudged: () => void
}

export function beginningAnew(why: string): MonitorError {
  return new MonitorError('EVENKEEL_LOG_FAILED', `${why}; beginning anew from the logs`)
}

function notReadBack({ name, folded }: GroupState): MonitorError {
  return beginningAnew(`slice ${folded + 1} of ${name} that we wrote cannot be read back`)
}

function notFollowing(): MonitorError {
  return new MonitorError('EVENKEEL_LOG_FAILED', 'the logs are followed no longer', { retriable: true })
}

function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

/** The id of an event on the alerts topic; null for what is none: it can be no alert of ours, and stays where it is. */
function eventId(value: Buffer): string | null {
  try {
    const event: unknown = JSON.parse(value.toString('utf8'))
    const id = typeof event === 'object' && event !== null && 'id' in event ? event.id : null
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}
