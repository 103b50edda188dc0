import type { PanesConfig } from '../config/shape.ts'
import type { SegmentsFrozen, WatchStarted } from '../ledger/record.ts'
import type { StreamPlan } from '../pane/plan.ts'
import { NO_SEGMENTS, planSegments } from '../pane/segments.ts'
import type { SegmentKnowledge } from '../pane/segments.ts'
import { CategoryCounts } from '../sketch/category-counts.ts'
import { compareUtf8 } from '../sketch/category-name.ts'
import type { Slice } from './slice.ts'

/** Values of one field that are counted inside, the most frequent of the first day. */
export const SEGMENT_VALUES_MAX = 20

/**
 * Which values of declared segments are counted inside (pane/segments.ts): a fold over the slices of the first day and the
 * ledger. One record for the whole group, due after the day's last slice and before the next one is assembled.
 */
export class SegmentBook {
  frozen: SegmentsFrozen | null = null
  private readonly stream: string
  private readonly panes: PanesConfig
  private readonly slicesPerDay: number
  /** By stream; empty = nothing to count inside. */
  private readonly fields: { fieldStream: string; field: string; at: number; counts: CategoryCounts }[]
  private readonly known = new Map<string, SegmentKnowledge>()
  private last: Slice | null = null

  /** @param isWanted what the policy says */
  constructor(streams: readonly Pick<StreamPlan, 'stream' | 'fields'>[], panes: PanesConfig, isWanted: boolean) {
    this.stream = streams[0]!.stream
    this.panes = panes
    this.slicesPerDay = slicesPerDay(panes.lengthMs)
    this.fields = !isWanted
      ? []
      : streams.flatMap(({ stream: fieldStream, fields }) =>
          fields.flatMap(({ name: field, role }, at) =>
            role === 'segment' ? [{ fieldStream, field, at, counts: new CategoryCounts() }] : [],
          ),
        )
  }

  /** Whether a record will come, or has. */
  get isWanted(): boolean {
    return this.fields.length > 0
  }

  /** It may be known long before its slice is folded: a restart reads the ledger first. */
  addFrozen(body: SegmentsFrozen): void {
    this.frozen ??= body
  }

  addSlice(slice: Slice): void {
    if (!this.isWanted || this.frozen !== null) return
    this.last = slice
    for (const { fieldStream, at, counts } of this.fields) {
      const { cohorts, fields } = slice.streams.find(({ name }) => name === fieldStream)!.tallies
      const { categories, counts: byCohort } = fields[at]!
      for (const each of categories ?? []) counts.merge(each)
      if (categories !== null) continue
      for (const [cohort, { nulls, absent, nan, infinite, aside, trues }] of byCohort.entries()) {
        const missing = nulls.total + absent.total + nan.total + infinite.total + aside.total
        const falses = cohorts[cohort]!.accepted.total - missing - trues.total
        if (trues.total > 0) counts.add('true', trues.total)
        if (falses > 0) counts.add('false', falses)
      }
    }
  }

  /** null = nothing. */
  get due(): SegmentsFrozen | null {
    const { last, stream } = this
    if (last === null || this.frozen !== null || last.number < this.slicesPerDay) return null
    const fromMs = segmentsFromMs(last.startMs + last.lengthMs, this.panes)
    const fromNumber = last.number + 1 + (fromMs - last.startMs - last.lengthMs) / last.lengthMs
    const fields = this.fields.map(({ fieldStream, field, counts }) => ({
      fieldStream,
      field,
      values: mostFrequent(counts),
    }))
    return { type: 'segments-frozen', stream, afterNumber: last.number, fromNumber, fromMs, fields }
  }

  /** For observers of a stream. Without a watch nobody can say where its first day ends: only that it is far from here. */
  knowledgeOf(
    plan: Pick<StreamPlan, 'stream' | 'fields'>,
    watch: WatchStarted | null,
    eraEndMs = Infinity,
  ): SegmentKnowledge {
    if (this.frozen !== null) {
      const known = this.known.get(plan.stream) ?? { ...NO_SEGMENTS, plan: planSegments(plan, this.frozen) }
      this.known.set(plan.stream, known)
      return known
    }
    if (!this.isWanted) return NO_SEGMENTS
    if (watch === null) return { ...NO_SEGMENTS, holdAfterFirstMs: segmentsAheadMs(this.panes) }
    const dayEndMs = watch.fromMs + this.slicesPerDay * watch.lengthMs
    const holdFromMs = segmentsFromMs(dayEndMs, this.panes)
    // What starts behind the era is none of its panes: nobody needs to know.
    return holdFromMs >= eraEndMs ? NO_SEGMENTS : { ...NO_SEGMENTS, holdFromMs }
  }
}

/** So far behind the slice that makes the record that no pane there is open yet: its slowest partition and widest clock included. */
function segmentsFromMs(dayEndMs: number, panes: PanesConfig): number {
  const { lengthMs } = panes
  return dayEndMs + Math.ceil(segmentsAheadMs(panes) / lengthMs) * lengthMs
}

function segmentsAheadMs({ lengthMs, latenessMs, aheadMs, completeWithinMs }: PanesConfig): number {
  return aheadMs + latenessMs + completeWithinMs + 2 * lengthMs
}

function mostFrequent(counts: CategoryCounts): string[] {
  return counts
    .entries()
    .sort(([left, leftCount], [right, rightCount]) => rightCount - leftCount || compareUtf8(left, right))
    .slice(0, SEGMENT_VALUES_MAX)
    .map(([value]) => value)
    .sort(compareUtf8)
}

function slicesPerDay(lengthMs: number): number {
  return Math.ceil(86_400_000 / lengthMs)
}
