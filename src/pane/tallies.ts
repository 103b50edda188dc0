import assert from 'node:assert/strict'
import type { ViolationReason } from '../contract/violation.ts'
import { BinTable } from '../sketch/bin-table.ts'
import { BucketCounts } from '../sketch/bucket-counts.ts'
import { CategoryCounts } from '../sketch/category-counts.ts'
import { CategoryTable } from '../sketch/category-table.ts'
import { CellTable } from '../sketch/cell-table.ts'
import { SumTable } from '../sketch/sum-table.ts'
import { UnitSample } from '../sketch/unit-sample.ts'
import { ValueHistogram } from '../sketch/value-histogram.ts'
import type {
  CohortTallies,
  FieldCounts,
  FieldTallies,
  OutsideTallies,
  Pair,
  SegmentTallies,
  Tallies,
  ViolationTallies,
} from './pane.ts'
import type { FieldPlan, StreamPlan } from './plan.ts'
import { mergeSegments } from './segments.ts'

/** Units of one pane that are kept exactly; above it the smallest hashes of that many (statistics.md 10). */
export const SAMPLED_UNITS_MAX = 4096
export const VIOLATION_PAIRS_MAX = 64
/** Of schema ids and of shapes. */
export const KEYS_MAX = 256
export const OTHER_KEY = 'other'

/** Nothing counted yet, in the shape that the plan asks for. */
export function createTallies(plan: Pick<StreamPlan, 'fields' | 'rates' | 'sums'>): Tallies {
  return {
    cohorts: [createCohort(plan), createCohort(plan)],
    other: createOutside(),
    unknown: createOutside(),
    synthetic: 0,
    units: new UnitSample(SAMPLED_UNITS_MAX),
    otherUnits: new UnitSample(SAMPLED_UNITS_MAX),
    fields: plan.fields.map(createField),
    violations: [],
    schemaIds: new Map(),
    shapes: new Map(),
    segments: [],
  }
}

/**
 * Adds all of `from` to `into`; `from` stays as it is. Equals having counted both into one, in any order and split; only the
 * order of violations, and which of them share `other` beyond 64 pairs (or 256 keys), follows the order of merging. Totals never do.
 */
export function mergeTallies(into: Tallies, from: Tallies): void {
  assert.equal(from.fields.length, into.fields.length, 'tallies of different fields do not add')
  mergeCohort(into.cohorts[0], from.cohorts[0])
  mergeCohort(into.cohorts[1], from.cohorts[1])
  mergeOutside(into.other, from.other)
  mergeOutside(into.unknown, from.unknown)
  into.synthetic += from.synthetic
  into.units.merge(from.units)
  into.otherUnits.merge(from.otherUnits)
  from.fields.forEach((field, at) => mergeField(into.fields[at]!, field))
  for (const pair of from.violations) mergeViolation(violationPair(into.violations, pair.reason, pair.field), pair)
  mergeKeys(into.schemaIds, from.schemaIds)
  mergeKeys(into.shapes, from.shapes)
  mergeSegments(into.segments, from.segments)
}

/** The counters of one pair of reason and field, made on its first appearance; beyond 64 pairs those of the shared pair `other`, which stays last. */
export function violationPair(
  violations: ViolationTallies[],
  reason: ViolationReason | 'other',
  field: string,
): ViolationTallies {
  for (const pair of violations) if (pair.reason === reason && pair.field === field) return pair
  if (violations.length >= VIOLATION_PAIRS_MAX && reason !== 'other') return violationPair(violations, 'other', '')
  const pair: ViolationTallies = {
    reason,
    field,
    counts: [new BucketCounts(), new BucketCounts()],
    outside: 0,
    outsideBuckets: new Uint32Array(8),
  }
  violations.push(pair)
  return pair
}

/**
 * Counts by key, with at most 256 keys; the excess goes to `other`, so that totals stay right. Half of a surrogate pair, which
 * hostile JSON can hold, becomes U+FFFD here and not first in the bytes: there, two such keys would turn into one.
 */
export function capCounts(counts: Map<string, number>, key: string, count: number): void {
  const name = key.toWellFormed()
  const known = counts.get(name)
  if (known !== undefined) counts.set(name, known + count)
  else if (name === OTHER_KEY || counts.size - (counts.has(OTHER_KEY) ? 1 : 0) < KEYS_MAX) counts.set(name, count)
  else counts.set(OTHER_KEY, (counts.get(OTHER_KEY) ?? 0) + count)
}

/** Keys in the order that bytes and merges use: by UTF-16 code units, never by arrival. */
export function sortedKeys(counts: ReadonlyMap<string, number>): [key: string, count: number][] {
  return [...counts].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
}

/** read = accepted + rejected + late + synthetic: nothing is uncounted. `accepted` contains the repeats, which `duplicates` counts. */
export interface TallyTotals {
  read: number
  accepted: number
  rejected: number
  late: number
  synthetic: number
  duplicates: number
}

export function tallyTotals(tallies: Tallies): TallyTotals {
  const { cohorts, other, unknown, synthetic } = tallies
  const sum = (kind: keyof OutsideTallies): number =>
    cohorts[0][kind].total + cohorts[1][kind].total + other[kind] + unknown[kind]
  const duplicates = sum('repeats')
  const accepted = sum('accepted') + duplicates
  const rejected = sum('rejected')
  const late = sum('late')
  return { read: accepted + rejected + late + synthetic, accepted, rejected, late, synthetic, duplicates }
}

/** Whether tallies (decoded ones, say) have the shape that the plan asks for, so that they can be merged with its others. */
export function fitsPlan(tallies: Tallies, plan: Pick<StreamPlan, 'fields' | 'rates' | 'sums'>): boolean {
  return (
    tallies.fields.length === plan.fields.length &&
    tallies.fields.every((field, at) => field.kind === plan.fields[at]!.kind) &&
    tallies.cohorts.every(
      ({ rates, sums }) => rates.length === plan.rates.length && sums.length === plan.sums.length,
    ) &&
    tallies.segments.every((segment) => fitsSegment(segment, plan))
  )
}

function fitsSegment({ field, cohorts }: SegmentTallies, plan: Pick<StreamPlan, 'fields' | 'rates' | 'sums'>): boolean {
  return (
    field < plan.fields.length &&
    cohorts.every(
      ({ missing, rates, sums }) =>
        [...missing.keys()].every((at) => at < plan.fields.length) &&
        rates.length === plan.rates.length &&
        sums.length === plan.sums.length,
    )
  )
}

function createCohort(plan: Pick<StreamPlan, 'rates' | 'sums'>): CohortTallies {
  return {
    accepted: new BucketCounts(),
    repeats: new BucketCounts(),
    late: new BucketCounts(),
    rejected: new BucketCounts(),
    rates: plan.rates.map(() => new BucketCounts()),
    sums: plan.sums.map(() => new SumTable()),
  }
}

function createOutside(): OutsideTallies {
  return { accepted: 0, repeats: 0, late: 0, rejected: 0 }
}

function createField({ kind }: Pick<FieldPlan, 'kind'>): FieldTallies {
  return {
    kind,
    counts: [createFieldCounts(), createFieldCounts()],
    histograms: kind === 'numeric' ? [new ValueHistogram(), new ValueHistogram()] : null,
    categories: kind === 'categorical' ? [new CategoryCounts(), new CategoryCounts()] : null,
    table: kind === 'numeric' ? new BinTable() : kind === 'categorical' ? new CategoryTable() : null,
  }
}

function createFieldCounts(): FieldCounts {
  return {
    nulls: new BucketCounts(),
    absent: new BucketCounts(),
    nan: new BucketCounts(),
    infinite: new BucketCounts(),
    outOfRange: new BucketCounts(),
    aside: new BucketCounts(),
    trues: new BucketCounts(),
  }
}

function mergeCohort(into: CohortTallies, from: CohortTallies): void {
  into.accepted.merge(from.accepted)
  into.repeats.merge(from.repeats)
  into.late.merge(from.late)
  into.rejected.merge(from.rejected)
  assert.equal(from.rates.length, into.rates.length, 'tallies of different rates do not add')
  assert.equal(from.sums.length, into.sums.length, 'tallies of different sums do not add')
  from.rates.forEach((rate, at) => into.rates[at]!.merge(rate))
  from.sums.forEach((sum, at) => into.sums[at]!.merge(sum))
}

function mergeOutside(into: OutsideTallies, from: OutsideTallies): void {
  into.accepted += from.accepted
  into.repeats += from.repeats
  into.late += from.late
  into.rejected += from.rejected
}

function mergeField(into: FieldTallies, from: FieldTallies): void {
  assert.equal(from.kind, into.kind, 'fields of different kinds do not add')
  mergeFieldCounts(into.counts[0], from.counts[0])
  mergeFieldCounts(into.counts[1], from.counts[1])
  mergePair(into.histograms, from.histograms)
  mergePair(into.categories, from.categories)
  mergeTable(into.table, from.table)
}

function mergeFieldCounts(into: FieldCounts, from: FieldCounts): void {
  into.nulls.merge(from.nulls)
  into.absent.merge(from.absent)
  into.nan.merge(from.nan)
  into.infinite.merge(from.infinite)
  into.outOfRange.merge(from.outOfRange)
  into.aside.merge(from.aside)
  into.trues.merge(from.trues)
}

function mergePair<T extends { merge(other: T): void }>(into: Pair<T> | null, from: Pair<T> | null): void {
  if (into === null || from === null) return assert.equal(into, from, 'a sketch is missing on one side')
  into[0].merge(from[0])
  into[1].merge(from[1])
}

function mergeTable(into: FieldTallies['table'], from: FieldTallies['table']): void {
  if (into instanceof BinTable && from instanceof BinTable) into.merge(from)
  else if (into instanceof CategoryTable && from instanceof CategoryTable) into.merge(from)
  else if (into instanceof CellTable && from instanceof CellTable) into.merge(from)
  else assert.equal(into, from, 'tables of different kinds do not add')
}

function mergeViolation(into: ViolationTallies, from: ViolationTallies): void {
  into.counts[0].merge(from.counts[0])
  into.counts[1].merge(from.counts[1])
  into.outside += from.outside
  for (let word = 0; word < 8; word++) into.outsideBuckets[word]! |= from.outsideBuckets[word]!
}

function mergeKeys(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [key, count] of sortedKeys(from)) capCounts(into, key, count)
}
