import type { Assembler } from '../assemble.ts'
import { Attention } from '../alert/attention.ts'
import type { AlertNotice } from '../alert/notice.ts'
import type { Judge } from '../judge.ts'
import { MonitorError } from '../errors.ts'
import { LedgerChain } from '../ledger/chain.ts'
import type { LedgerBody } from '../ledger/record.ts'
import type { Log, LogRecord, Tail } from '../log/log.ts'
import { ChunkAssembler } from '../pane/chunk-assembler.ts'
import { openSlice } from '../slice/codec.ts'
import type { SealedSlice } from '../slice/slice.ts'
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

/** All that one instance knows of one group of streams; every instance knows it of every group. */
export interface GroupState {
  /** The group's first stream. */
  name: string
  streams: readonly string[]
  assembler: Assembler
  judge: Judge
  /** Number of the last slice that was read back and folded. */
  folded: number
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
  /** Ids of the events that stand on the alerts topic. */
  readonly published = new Set<string>()
  /** What was told, for who listens. */
  readonly ring = new AlertRing()
  /** Those that were read there: what we published is in `published` before it comes back. */
  private readonly heard = new Set<string>()
  readonly chain = new LedgerChain()
  /** What people have said of alerts and checks. */
  readonly attention = new Attention()
  /** Records that nobody must read. */
  readonly poison = new PoisonBook()
  private readonly options: FollowerOptions
  private readonly groups: ReadonlyMap<string, GroupState>
  private readonly chunks = new ChunkAssembler()
  private readonly positions = new Map<string, number>()
  private tails: Tail[] = []
  private isStopped = false
  private changed = Promise.withResolvers<void>()

  constructor(options: FollowerOptions) {
    this.options = options
    this.groups = new Map(options.groups.map((group) => [group.name, group]))
  }

  /** Resolves when all three logs are read to where they ended at the call. */
  async start(): Promise<void> {
    const { topics } = this.options
    const ledger = await this.follow(topics.ledger, (records) => this.onLedger(records))
    await ledger.caughtUp
    const slices = await this.follow(topics.slices, (records) => this.onSlices(records))
    const alerts = await this.follow(topics.alerts, (records) => this.onAlerts(records))
    await Promise.all([slices.caughtUp, alerts.caughtUp])
    this.ring.isWhole = true
  }

  /** Whoever waits for something to be read waits no longer: it will not come. */
  async stop(): Promise<void> {
    this.isStopped = true
    this.changed.resolve()
    for (const tail of this.tails) await tail.stop()
    this.tails = []
  }

  /** Waits until the topic is read as far as it stands now. */
  async readToEnd(topic: string): Promise<void> {
    for (const { partition, low, high } of (await this.options.log.bounds(topic)) ?? []) {
      if (high > low) await this.until(() => (this.positions.get(placeOf(topic, partition)) ?? 0) >= high)
    }
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
      if (refused !== null) this.options.logger.warn('a ledger record is refused', { refused, offset: record.offset })
      else this.addLedger(body)
    }
    this.readThrough(records)
  }

  private addLedger(body: LedgerBody): void {
    this.attention.add(body)
    this.poison.add(body)
    for (const group of this.groups.values()) {
      group.assembler.addLedger(body)
      if (body.type !== 'baseline-verified' && body.stream === group.name) group.judge.addLedger(body)
    }
  }

  private async onSlices(records: readonly LogRecord[]): Promise<void> {
    await this.readToEnd(this.options.topics.ledger)
    const breath = new Breath(this.options.clock)
    for (const record of records) {
      await breath.take()
      const chunk = this.chunks.add(record)
      if (chunk.kind === 'conflict' || chunk.kind === 'corrupt') {
        this.options.telemetry.errorCounted('EVENKEEL_RECORD_CORRUPT')
        this.options.logger.warn('a slice record is ignored', { kind: chunk.kind, offset: record.offset })
      }
      if (chunk.kind !== 'complete') continue
      const sealed = openSlice(chunk.bytes)
      const { stream, startMs, lengthMs } = sealed.slice
      const group = this.groups.get(stream)
      if (group === undefined || !this.isNext(group, sealed)) continue
      group.folded = sealed.slice.number
      group.due.push(...group.judge.addSlice(sealed).notices)
      for (const totals of group.totals.values()) totals.add(sealed.slice)
      for (const drift of group.drift.values()) drift.add(sealed.slice)
      for (const trail of group.trails.values()) trail.add(sealed.slice)
      for (const each of sealed.slice.streams) {
        this.options.telemetry.sliceJudged(each.name, { endMs: startMs + lengthMs, isComplete: isComplete(each) })
      }
    }
    this.readThrough(records)
    this.options.onJudged()
  }

  /**
   * Whether the slice is the one to fold now. The first in the log counts; another's copy, or one of a configuration that is
   * gone, is passed over. Our own assembler may be ahead by what we wrote: if another's slice stands where ours should, what
   * we assembled after it is void, and only beginning anew from the logs is right.
   */
  private isNext(group: GroupState, { slice, digest }: SealedSlice): boolean {
    if (slice.number <= group.folded || group.assembler.addSlice({ slice, digest }) === 'foreign') return false
    const ours = group.written.get(slice.number)
    group.written.delete(slice.number)
    if (ours === undefined || ours === digest) return true
    throw new MonitorError(
      'EVENKEEL_LOG_FAILED',
      `another instance wrote slice ${slice.number} of ${slice.stream} first; beginning anew from the logs`,
    )
  }

  private async onAlerts(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      const id = record.value === null ? null : eventId(record.value)
      // A second copy is the same event: who listens has heard it.
      if (id === null || this.heard.has(id)) continue
      this.heard.add(id)
      this.published.add(id)
      this.ring.add(record, record.value!)
    }
    this.readThrough(records)
  }

  private readThrough(records: readonly LogRecord[]): void {
    for (const { topic, partition, offset } of records) this.positions.set(placeOf(topic, partition), offset + 1)
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
