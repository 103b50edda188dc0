import type { PaneConfig } from '../config/shape.ts'
import { canonicalJson } from './canonical-json.ts'
import type { EraBody, LedgerBody, PanesConfigured, PanesWithdrawn, WatchStarted } from './record.ts'

/** A stretch of a group's event time in which its panes have one shape. Each has a watch of its own, with slices from 1 on. */
export interface Era {
  record: PanesConfigured
  /** Its watch has started: everybody is past the era before. */
  hasBegun: boolean
}

/**
 * The eras of every group of streams, in order: a fold over the valid records of the ledger so far.
 *
 * One change at a time: the next era may be announced when the newest one has begun, so that whoever has an old configuration or a
 * new one is never more than one era away from what everybody does.
 */
export class EraBook {
  private readonly eras = new Map<string, Era[]>()
  /** Watches of groups that have no eras yet: of ledgers from before there were any. */
  private readonly watches = new Map<string, WatchStarted>()

  of(stream: string): readonly Era[] {
    return this.eras.get(stream) ?? []
  }

  /** Why a new era cannot be announced here; null = it can. */
  refusalOf(body: PanesConfigured): string | null {
    const newest = this.of(body.stream).at(-1)
    if (newest === undefined) {
      const watch = this.watches.get(body.stream)
      if (body.fromMs !== null) return 'the first era has no beginning'
      return watch === undefined || watch.paneConfigDigest === body.paneConfigDigest ? null : 'it is watched with another configuration of panes already' // prettier-ignore
    }
    const { record } = newest
    const startsAfterMs = record.fromMs ?? -Infinity
    if (body.fromMs === null) return 'it has eras already'
    if (body.paneConfigDigest === record.paneConfigDigest) return 'that is its configuration of panes'
    if (!newest.hasBegun && this.of(body.stream).length > 1) return 'the change that was announced before it has not happened yet' // prettier-ignore
    if (body.fromMs <= startsAfterMs) return 'it begins before the era that it ends'
    const lengths = [record, body].map(({ paneConfig }) => paneConfig.panes.lengthMs)
    if (lengths.some((lengthMs) => body.fromMs! % lengthMs !== 0)) return 'it does not begin where a pane does, of both lengths' // prettier-ignore
    return fixedPart(record.paneConfig) === fixedPart(body.paneConfig) ? null : 'the streams of a group, their topics, formats and event times cannot change: begin a stream of another name' // prettier-ignore
  }

  /** The era that is announced and can be withdrawn: until its watch has started. */
  announced(stream: string): (PanesConfigured & { fromMs: number }) | null {
    const newest = this.of(stream).at(-1)
    if (newest === undefined || newest.hasBegun || newest.record.fromMs === null) return null
    return { ...newest.record, fromMs: newest.record.fromMs }
  }

  /** Takes the record in when it is valid here. */
  take(body: EraBody | WatchStarted): boolean {
    if (body.type === 'watch-started') return this.start(body)
    if (body.type === 'panes-withdrawn') return this.withdraw(body)
    if (this.refusalOf(body) !== null) return false
    const hasBegun = this.watches.has(body.stream)
    this.eras.set(body.stream, [...this.of(body.stream), { record: body, hasBegun: hasBegun && body.fromMs === null }])
    return true
  }

  private withdraw({ stream, fromMs, paneConfigDigest }: PanesWithdrawn): boolean {
    const announced = this.announced(stream)
    if (announced?.fromMs !== fromMs || announced.paneConfigDigest !== paneConfigDigest) return false
    this.eras.set(stream, this.of(stream).slice(0, -1))
    return true
  }

  /** An era that nobody had data of is left out; one that is over never begins. */
  private start(watch: WatchStarted): boolean {
    const eras = this.of(watch.stream)
    if (eras.length === 0) {
      if (this.watches.has(watch.stream)) return false
      this.watches.set(watch.stream, watch)
      return true
    }
    const after = eras.findLastIndex(({ hasBegun }) => hasBegun)
    const started = eras.find((_, at) => at > after && isWatchOf(eras, at, watch))
    if (started === undefined) return false
    started.hasBegun = true
    return true
  }
}

/** Whether a record of the ledger has a say in where eras are. */
export function isOfEras(body: LedgerBody): body is EraBody | WatchStarted {
  return body.type === 'watch-started' || isEraBody(body)
}

export function isEraBody(body: LedgerBody): body is EraBody {
  return body.type === 'panes-configured' || body.type === 'panes-withdrawn'
}

/** Whether a watch is that of the era at this place. */
export function isWatchOf(eras: readonly Pick<Era, 'record'>[], at: number, watch: WatchStarted): boolean {
  const { fromMs, paneConfig, paneConfigDigest } = eras[at]!.record
  const endMs = eras[at + 1]?.record.fromMs ?? Infinity
  const isItsShape = watch.paneConfigDigest === paneConfigDigest && watch.lengthMs === paneConfig.panes.lengthMs
  return isItsShape && (fromMs === null || watch.fromMs === fromMs) && watch.fromMs < endMs
}

/** What an era must leave as it is: a watch of other events is the watch of another stream. */
function fixedPart({ streams }: PaneConfig): string {
  return canonicalJson(streams.map(({ name, topic, format, eventTime }) => ({ name, topic, format, eventTime })))
}
