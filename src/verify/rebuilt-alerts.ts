import { toCloudEvent } from '../alert/cloud-event.ts'
import type { AlertNotice } from '../alert/notice.ts'
import type { LedgerBody } from '../ledger/record.ts'
import type { Log } from '../log/log.ts'
import type { GroupState } from '../service/follower.ts'
import type { SealedSlice } from '../slice/slice.ts'
import { eraAt } from './eras.ts'
import type { Comparison } from './comparison.ts'
import { alertDigest } from './recorded-alerts.ts'
import type { RecordedAlert } from './recorded-alerts.ts'
import { readSliceRecords } from './recorded-slices.ts'
import type { RecordedSlices } from './recorded-slices.ts'
import type { RebuiltCells } from './rebuilt-cells.ts'
import type { TopicExtent } from './topic.ts'

/** One era's judge, fed with the slices on record; where one is not as it must have been, with the one that was. */
export interface EraOfAlerts {
  state: Pick<GroupState, 'name' | 'streams' | 'judge' | 'assembler'>
  slices: RecordedSlices
  proven: ReadonlyMap<number, SealedSlice>
  ledger: readonly LedgerBody[]
  cells: RebuiltCells | null
}

/**
 * Alerts made again from slices. Evidence is added up from the first slice on, so they can only be made again while the slices
 * topic holds that; and as long as no slice is missing. Answers what is due and not on record: where a service is running, it
 * may be on its way.
 */
export async function rebuildAlerts(
  log: Log,
  slicesTopic: TopicExtent,
  options: {
    eras: readonly EraOfAlerts[]
    alerts: Map<string, RecordedAlert>
    instance: string
    comparison: Comparison
    isSkipped: (stream: string) => boolean
  },
): Promise<Due[]> {
  const foldings = options.eras.map((era) => new Folding(era, options))
  const byGroup = Map.groupBy(foldings, ({ name }) => name)
  // One that was made again after its record had been damaged stands behind those that come after it.
  for (let foldedBefore = -1, folded = 0; folded > foldedBefore;) {
    for (const folding of foldings) folding.isAside = false
    await readSliceRecords(log, slicesTopic, {
      onSlice: (sealed) => byGroup.get(sealed.slice.stream)?.forEach((folding) => folding.add(sealed)),
      onBroken: () => undefined, // told already; where it is proven what it was, the next slice brings it in
    })
    if (!foldings.some(({ isAside }) => isAside)) break
    foldedBefore = folded
    folded = foldings.reduce((sum, each) => sum + each.folded, 0)
  }
  const isCut = slicesTopic.partitions.some(({ low }) => low > 0)
  for (const folding of foldings) folding.finish(isCut)
  for (const [id, { digest, stream, startMs }] of options.alerts) {
    if (stream !== null && options.isSkipped(stream)) continue
    const folding = stream === null ? undefined : eraAt(foldings, stream, startMs ?? Infinity)
    const what = folding?.problem ?? null
    const told = { level: 'alerts', of: folding?.name ?? stream ?? slicesTopic.topic, id, startMs, onRecord: digest, recomputed: null } as const // prettier-ignore
    if (folding === undefined && stream !== null)
      options.comparison.add({ ...told, outcome: 'out-of-reach', reason: 'of a stream that is not in this configuration' }) // prettier-ignore
    else if (what !== null && (startMs ?? 0) >= what.fromMs)
      options.comparison.add({ ...told, outcome: what.outcome, reason: what.reason }) // prettier-ignore
    else options.comparison.add({ ...told, outcome: 'differs', reason: 'it follows from no slices' })
  }
  return foldings.flatMap(({ due }) => due)
}

/** Due, and not on record yet. */
export interface Due {
  of: string
  id: string
  digest: string
  startMs: number
}

interface Problem {
  outcome: 'out-of-reach' | 'unreadable'
  reason: string
  /** For alerts of slices that start here or later. */
  fromMs: number
}

const CUT: Problem = {
  outcome: 'out-of-reach',
  reason: 'the first slices, from which evidence is added up, are deleted by now',
  fromMs: -Infinity,
}

class Folding {
  readonly name: string
  readonly state: EraOfAlerts['state']
  readonly due: Due[] = []
  /** Why alerts after a time cannot be made again. */
  problem: Problem | null = null
  /** Slices were left aside for one that comes later: they must be read again. */
  isAside = false
  private readonly era: EraOfAlerts
  private readonly options: { alerts: Map<string, RecordedAlert>; instance: string; comparison: Comparison }
  folded = 0
  private endMs = -Infinity

  constructor(era: EraOfAlerts, options: Folding['options']) {
    const { name, judge } = era.state
    this.era = era
    this.state = era.state
    this.options = options
    this.name = name
    for (const body of era.ledger) if (body.type !== 'baseline-verified' && body.stream === name) judge.addLedger(body)
  }

  add(sealed: SealedSlice): void {
    const { number } = sealed.slice
    if (number <= this.folded || this.problem !== null || !this.stands(sealed)) return
    while (this.folded + 1 < number) {
      const before = this.era.proven.get(this.folded + 1)
      if (before === undefined) return this.comesLater(this.folded + 1) ? void (this.isAside = true) : this.stop()
      this.fold(before)
    }
    this.fold(this.era.proven.get(number) ?? sealed)
  }

  /** `isCut`: slices were deleted, of whichever group. */
  finish(isCut: boolean): void {
    const { lastNumber } = this.era.slices
    if (lastNumber === 0 && isCut) this.problem = CUT
    while (this.problem === null && this.folded < lastNumber) {
      const next = this.era.proven.get(this.folded + 1)
      if (next === undefined) this.stop()
      else this.fold(next)
    }
    this.era.cells?.finish(this.problem?.reason ?? null)
  }

  /** Those of another era or not at their place were told; a copy by a zombie is none of ours. */
  private stands({ slice, digest }: SealedSlice): boolean {
    if (!this.state.assembler.isOurs(slice)) return false
    const kept = this.era.slices.byNumber.get(slice.number)
    return kept === undefined ? this.era.slices.firstNumber <= slice.number : kept.digest === digest
  }

  private comesLater(number: number): boolean {
    const { firstNumber, missing, byNumber } = this.era.slices
    return number >= firstNumber && !missing.has(number) && byNumber.get(number)?.broken == null
  }

  private fold(sealed: SealedSlice): void {
    this.folded = sealed.slice.number
    this.endMs = sealed.slice.startMs + sealed.slice.lengthMs
    const { judge, assembler } = this.state
    for (const notice of judge.addSlice(sealed).notices) this.compare(notice)
    if (this.endMs === assembler.era.endMs) for (const notice of judge.end()) this.compare(notice)
    this.era.cells?.add(sealed)
  }

  private stop(): void {
    const isCut = this.folded === 0 && this.era.slices.firstNumber > 1
    const reason = 'a slice before it is missing or broken'
    this.problem = isCut ? CUT : { outcome: 'unreadable', reason, fromMs: this.endMs }
  }

  private compare(notice: AlertNotice): void {
    const { alerts, instance, comparison } = this.options
    const { id, key, value } = toCloudEvent(notice, instance)
    const recomputed = alertDigest(key, value)
    const startMs = notice.sliceStartMs
    const recorded = alerts.get(id)
    alerts.delete(id)
    if (recorded === undefined) return void this.due.push({ of: this.name, id, digest: recomputed, startMs })
    const told = { level: 'alerts', of: this.name, id, startMs, onRecord: recorded.digest, recomputed } as const
    if (recorded.digest === recomputed) comparison.add({ ...told, outcome: 'equal', reason: null })
    else comparison.add({ ...told, outcome: 'differs', reason: 'the slices give another alert, or another version or policy sent it' }) // prettier-ignore
  }
}
