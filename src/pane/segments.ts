import { fieldViolation } from '../contract/field.ts'
import type { SlotValue } from '../decode/decoder.ts'
import { textOf } from '../decode/text.ts'
import type { SegmentsFrozen } from '../ledger/record.ts'
import { BucketCounts } from '../sketch/bucket-counts.ts'
import { categoryName, compareUtf8 } from '../sketch/category-name.ts'
import { SumTable } from '../sketch/sum-table.ts'
import type { InsideTallies, SegmentTallies } from './pane.ts'
import type { FieldPlan, StreamPlan } from './plan.ts'

/**
 * Counting inside declared segments: what `missing` and `engagement` need, again for each counted value of a segment's field.
 *
 * Which values are counted stands in one record of the ledger, made after the stream's first day. A pane counts them or not,
 * decided by its start and that record alone: so every observer, after any restart, makes the same pane. The record names a
 * start so far ahead that nobody has opened such a pane when it is written; and whoever might (catching up with old data, far
 * ahead of the others) reads no further until the record is known.
 *
 *   slice 288 is done       the record       its start
 *   ──────────┤················│················├──── panes that start here or later count
 *             ◄── completeWithin + ahead + … ──►│
 *                     an observer that does not know the record holds before a pane here could open
 *
 * A pane that counts has an entry for every counted value, with data or not; one that does not has none at all.
 */
export interface SegmentPlan {
  /** The first pane that counts. */
  fromMs: number
  fields: readonly { at: number; values: readonly string[] }[]
}

/** What an observer knows of the segments of its stream. */
export interface SegmentKnowledge {
  /** null = no record yet, or none to come. */
  plan: SegmentPlan | null
  /** No pane that starts here or later may be opened before the record is known; ∞ = it is, or none is to come. */
  holdFromMs: number
  /** The same, while not even the start of the watch is known: so long after the first pane that was opened. */
  holdAfterFirstMs: number
}

export const NO_SEGMENTS: SegmentKnowledge = { plan: null, holdFromMs: Infinity, holdAfterFirstMs: Infinity }

/** What a record means to one stream: fields in the order of the plan; those the plan does not know are left out. */
export function planSegments(
  { stream, fields }: Pick<StreamPlan, 'stream' | 'fields'>,
  record: SegmentsFrozen,
): SegmentPlan {
  const own = record.fields.filter(({ fieldStream }) => fieldStream === stream)
  const found = fields.flatMap(({ name }, at) => {
    const named = own.find(({ field }) => field === name)
    return named === undefined ? [] : [{ at, values: [...named.values].sort(compareUtf8) }]
  })
  return { fromMs: record.fromMs, fields: found }
}

/** Nothing counted yet, for each counted value. */
export function createSegments(plan: Pick<StreamPlan, 'rates' | 'sums'>, { fields }: SegmentPlan): SegmentTallies[] {
  return fields.flatMap(({ at, values }) =>
    values.map((value): SegmentTallies => ({ field: at, value, cohorts: [createInside(plan), createInside(plan)] })),
  )
}

export function createInside({ rates, sums }: { rates: readonly unknown[]; sums: readonly unknown[] }): InsideTallies {
  return {
    accepted: new BucketCounts(),
    missing: new Map(),
    rates: rates.map(() => new BucketCounts()),
    sums: sums.map(() => new SumTable()),
  }
}

export function missingIn({ missing }: InsideTallies, field: number): BucketCounts {
  const known = missing.get(field)
  if (known !== undefined) return known
  const counts = new BucketCounts()
  missing.set(field, counts)
  return counts
}

/** Counts accepted records of one open pane into its segments. */
export class SegmentCounter {
  private readonly plan: StreamPlan
  private readonly places: { field: FieldPlan; byValue: ReadonlyMap<string, SegmentTallies> }[]

  constructor(plan: StreamPlan, segments: SegmentPlan, tallies: readonly SegmentTallies[]) {
    this.plan = plan
    this.places = segments.fields.map(({ at }) => ({
      field: plan.fields[at]!,
      byValue: new Map(tallies.filter(({ field }) => field === at).map((each) => [each.value, each])),
    }))
  }

  count(cohort: 0 | 1, bucket: number, values: readonly SlotValue[]): void {
    for (const { field, byValue } of this.places) {
      const value = values[field.slot]
      if (isMissing(field, value) || fieldViolation(field, value) !== null) continue
      const found = byValue.get(categoryName(textOf(value)!))
      if (found !== undefined) this.countInside(found.cohorts[cohort], bucket, values)
    }
  }

  private countInside(inside: InsideTallies, bucket: number, values: readonly SlotValue[]): void {
    const { fields, rates, sums } = this.plan
    inside.accepted.add(bucket)
    for (let at = 0; at < fields.length; at++) {
      if (isMissing(fields[at]!, values[fields[at]!.slot])) missingIn(inside, at).add(bucket)
    }
    for (let at = 0; at < rates.length; at++) {
      if (textOf(values[rates[at]!.slot]) === rates[at]!.equals) inside.rates[at]!.add(bucket)
    }
    for (let at = 0; at < sums.length; at++) {
      const value = values[sums[at]!.slot]
      if (typeof value === 'number' && Number.isFinite(value)) inside.sums[at]!.add(bucket, value)
      else if (typeof value === 'bigint') inside.sums[at]!.add(bucket, Number(value))
    }
  }
}

/** As the field's own counts have it: null, absent, or NaN where that is a value of the kind. */
function isMissing(field: FieldPlan, value: SlotValue): boolean {
  if (value === null || value === undefined) return true
  return value !== value && fieldViolation(field, value) === null
}

/** Adds all of `from` to `into`: by field and value, in canonical order. */
export function mergeSegments(into: SegmentTallies[], from: readonly SegmentTallies[]): void {
  for (const each of from) {
    let own = into.find(({ field, value }) => field === each.field && value === each.value)
    if (own === undefined) {
      const { rates, sums } = each.cohorts[0]
      own = {
        field: each.field,
        value: each.value,
        cohorts: [createInside({ rates, sums }), createInside({ rates, sums })],
      }
      into.push(own)
      into.sort(compareSegments)
    }
    for (const cohort of [0, 1] as const) mergeInside(own.cohorts[cohort], each.cohorts[cohort])
  }
}

type Named = Pick<SegmentTallies, 'field' | 'value'>

export function compareSegments(one: Named, other: Named): number {
  return one.field - other.field || compareUtf8(one.value, other.value)
}

/** Whether both count the same values of the same fields. */
export function areSameSegments(one: readonly Named[], other: readonly Named[]): boolean {
  return one.length === other.length && one.every((each, at) => compareSegments(each, other[at]!) === 0)
}

function mergeInside(into: InsideTallies, from: InsideTallies): void {
  into.accepted.merge(from.accepted)
  for (const [field, counts] of from.missing) missingIn(into, field).merge(counts)
  from.rates.forEach((counts, at) => into.rates[at]!.merge(counts))
  from.sums.forEach((sums, at) => into.sums[at]!.merge(sums))
}
