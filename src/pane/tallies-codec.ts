import { VIOLATION_REASONS } from '../contract/violation.ts'
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
  InsideTallies,
  OutsideTallies,
  SegmentTallies,
  Tallies,
  ViolationTallies,
} from './pane.ts'
import { compareSegments } from './segments.ts'
import { sortedKeys } from './tallies.ts'

/** Tallies as the plain values of the Avro schema (`tallies-schema.ts`), and back. */
export function packTallies(tallies: Tallies): PackedTallies {
  return {
    control: packCohort(tallies.cohorts[0]),
    candidate: packCohort(tallies.cohorts[1]),
    other: tallies.other,
    unknown: tallies.unknown,
    synthetic: tallies.synthetic,
    units: packSketch(tallies.units),
    otherUnits: packSketch(tallies.otherUnits),
    fields: tallies.fields.map(packField),
    violations: tallies.violations.map(packViolation),
    schemaIds: packKeys(tallies.schemaIds),
    shapes: packKeys(tallies.shapes),
    segments: [...tallies.segments].sort(compareSegments).map(packSegment),
  }
}

/** Throws (whatever a sketch throws on bytes that are not its own); the caller turns that into `EVENKEEL_RECORD_CORRUPT`. */
export function unpackTallies(packed: PackedTallies): Tallies {
  return {
    cohorts: [unpackCohort(packed.control), unpackCohort(packed.candidate)],
    other: unpackOutside(packed.other),
    unknown: unpackOutside(packed.unknown),
    synthetic: checkCount(packed.synthetic),
    units: UnitSample.decode(packed.units),
    otherUnits: UnitSample.decode(packed.otherUnits),
    fields: packed.fields.map(unpackField),
    violations: packed.violations.map(unpackViolation),
    schemaIds: unpackKeys(packed.schemaIds),
    shapes: unpackKeys(packed.shapes),
    segments: packed.segments.map(unpackSegment),
  }
}

export interface PackedTallies {
  control: PackedCohort
  candidate: PackedCohort
  other: OutsideTallies
  unknown: OutsideTallies
  synthetic: number
  units: Buffer
  otherUnits: Buffer
  fields: PackedField[]
  violations: PackedViolation[]
  schemaIds: PackedKey[]
  shapes: PackedKey[]
  segments: PackedSegment[]
}

interface PackedCohort {
  accepted: Buffer
  repeats: Buffer
  late: Buffer
  rejected: Buffer
  rates: Buffer[]
  sums: Buffer[]
}

type PackedFieldCounts = Record<keyof FieldCounts, Buffer>

interface PackedField {
  kind: FieldTallies['kind']
  controlCounts: PackedFieldCounts
  candidateCounts: PackedFieldCounts
  controlValues: Buffer
  candidateValues: Buffer
  tableKind: 'none' | 'bins' | 'categories' | 'cells'
  table: Buffer
}

interface PackedViolation {
  reason: string
  field: string
  control: Buffer
  candidate: Buffer
  outside: number
  outsideBuckets: Buffer
}

interface PackedKey {
  key: string
  count: number
}

interface PackedSegment {
  field: number
  value: string
  control: PackedInside
  candidate: PackedInside
}

interface PackedInside {
  accepted: Buffer
  missing: { field: number; counts: Buffer }[]
  rates: Buffer[]
  sums: Buffer[]
}

const NOTHING = Buffer.alloc(0)

function packSketch(sketch: { encode(): Uint8Array }): Buffer {
  const bytes = sketch.encode()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function packCohort(cohort: CohortTallies): PackedCohort {
  return {
    accepted: packSketch(cohort.accepted),
    repeats: packSketch(cohort.repeats),
    late: packSketch(cohort.late),
    rejected: packSketch(cohort.rejected),
    rates: cohort.rates.map(packSketch),
    sums: cohort.sums.map(packSketch),
  }
}

function unpackCohort(packed: PackedCohort): CohortTallies {
  return {
    accepted: BucketCounts.decode(packed.accepted),
    repeats: BucketCounts.decode(packed.repeats),
    late: BucketCounts.decode(packed.late),
    rejected: BucketCounts.decode(packed.rejected),
    rates: packed.rates.map((bytes) => BucketCounts.decode(bytes)),
    sums: packed.sums.map((bytes) => SumTable.decode(bytes)),
  }
}

function unpackOutside({ accepted, repeats, late, rejected }: OutsideTallies): OutsideTallies {
  return {
    accepted: checkCount(accepted),
    repeats: checkCount(repeats),
    late: checkCount(late),
    rejected: checkCount(rejected),
  }
}

function packField(field: FieldTallies): PackedField {
  const values = field.histograms ?? field.categories
  return {
    kind: field.kind,
    controlCounts: packFieldCounts(field.counts[0]),
    candidateCounts: packFieldCounts(field.counts[1]),
    controlValues: values === null ? NOTHING : packSketch(values[0]),
    candidateValues: values === null ? NOTHING : packSketch(values[1]),
    tableKind: tableKindOf(field.table),
    table: field.table === null ? NOTHING : packSketch(field.table),
  }
}

function unpackField(packed: PackedField): FieldTallies {
  const { kind, controlValues, candidateValues } = packed
  if (!TABLES_OF[kind].includes(packed.tableKind))
    throw new RangeError(`a ${kind} field has no table of ${packed.tableKind}`)
  if (kind === 'boolean' && controlValues.length + candidateValues.length + packed.table.length > 0) {
    throw new RangeError('a boolean field has no sketch')
  }
  return {
    kind,
    counts: [unpackFieldCounts(packed.controlCounts), unpackFieldCounts(packed.candidateCounts)],
    histograms:
      kind === 'numeric' ? [ValueHistogram.decode(controlValues), ValueHistogram.decode(candidateValues)] : null,
    categories:
      kind === 'categorical' ? [CategoryCounts.decode(controlValues), CategoryCounts.decode(candidateValues)] : null,
    table: unpackTable(packed),
  }
}

const TABLES_OF: Readonly<Record<FieldTallies['kind'], readonly PackedField['tableKind'][]>> = {
  numeric: ['bins', 'cells'],
  categorical: ['categories', 'cells'],
  boolean: ['none'],
}

function tableKindOf(table: FieldTallies['table']): PackedField['tableKind'] {
  if (table instanceof BinTable) return 'bins'
  if (table instanceof CategoryTable) return 'categories'
  return table === null ? 'none' : 'cells'
}

function unpackTable({ tableKind, table }: PackedField): FieldTallies['table'] {
  switch (tableKind) {
    case 'bins':
      return BinTable.decode(table)
    case 'categories':
      return CategoryTable.decode(table)
    case 'cells':
      return CellTable.decode(table)
    case 'none':
      return null
  }
}

function packFieldCounts(counts: FieldCounts): PackedFieldCounts {
  return {
    nulls: packSketch(counts.nulls),
    absent: packSketch(counts.absent),
    nan: packSketch(counts.nan),
    infinite: packSketch(counts.infinite),
    outOfRange: packSketch(counts.outOfRange),
    aside: packSketch(counts.aside),
    trues: packSketch(counts.trues),
  }
}

function unpackFieldCounts(packed: PackedFieldCounts): FieldCounts {
  return {
    nulls: BucketCounts.decode(packed.nulls),
    absent: BucketCounts.decode(packed.absent),
    nan: BucketCounts.decode(packed.nan),
    infinite: BucketCounts.decode(packed.infinite),
    outOfRange: BucketCounts.decode(packed.outOfRange),
    aside: BucketCounts.decode(packed.aside),
    trues: BucketCounts.decode(packed.trues),
  }
}

function packViolation(pair: ViolationTallies): PackedViolation {
  const outsideBuckets = Buffer.alloc(32)
  pair.outsideBuckets.forEach((word, at) => outsideBuckets.writeUInt32LE(word, at * 4))
  return {
    reason: pair.reason,
    field: pair.field,
    control: packSketch(pair.counts[0]),
    candidate: packSketch(pair.counts[1]),
    outside: pair.outside,
    outsideBuckets,
  }
}

function unpackViolation(packed: PackedViolation): ViolationTallies {
  return {
    reason: reasonOf(packed.reason),
    field: packed.field,
    counts: [BucketCounts.decode(packed.control), BucketCounts.decode(packed.candidate)],
    outside: checkCount(packed.outside),
    outsideBuckets: Uint32Array.from({ length: 8 }, (_, at) => packed.outsideBuckets.readUInt32LE(at * 4)),
  }
}

function reasonOf(text: string): ViolationTallies['reason'] {
  const reason = text === 'other' ? text : VIOLATION_REASONS.find((known) => known === text)
  if (reason === undefined) throw new RangeError('a violation of no known reason')
  return reason
}

function packSegment({ field, value, cohorts }: SegmentTallies): PackedSegment {
  return { field, value, control: packInside(cohorts[0]), candidate: packInside(cohorts[1]) }
}

function packInside({ accepted, missing, rates, sums }: InsideTallies): PackedInside {
  const some = [...missing].filter(([, counts]) => counts.total > 0).sort(([left], [right]) => left - right)
  return {
    accepted: packSketch(accepted),
    missing: some.map(([field, counts]) => ({ field, counts: packSketch(counts) })),
    rates: rates.map(packSketch),
    sums: sums.map(packSketch),
  }
}

/** Twice the same value would be two truths of one segment; any other order is refused with the bytes as a whole. */
function unpackSegment(packed: PackedSegment, at: number, all: readonly PackedSegment[]): SegmentTallies {
  const { field, value, control, candidate } = packed
  checkCount(field)
  if (at > 0 && compareSegments(all[at - 1]!, packed) >= 0) throw new RangeError('segments out of order')
  return { field, value, cohorts: [unpackInside(control), unpackInside(candidate)] }
}

function unpackInside({ accepted, missing, rates, sums }: PackedInside): InsideTallies {
  checkOrder(missing, ({ field }, next) => field < next.field)
  if (missing.some(({ counts }) => counts.length === 0)) throw new RangeError('nothing missing is not told')
  return {
    accepted: BucketCounts.decode(accepted),
    missing: new Map(missing.map(({ field, counts }) => [checkCount(field), BucketCounts.decode(counts)])),
    rates: rates.map((bytes) => BucketCounts.decode(bytes)),
    sums: sums.map((bytes) => SumTable.decode(bytes)),
  }
}

function packKeys(counts: ReadonlyMap<string, number>): PackedKey[] {
  return sortedKeys(counts).map(([key, count]) => ({ key, count }))
}

function unpackKeys(packed: readonly PackedKey[]): Map<string, number> {
  checkOrder(packed, ({ key }, next) => key < next.key)
  return new Map(packed.map(({ key, count }) => [key, checkCount(count)]))
}

function checkOrder<T>(items: readonly T[], isBefore: (one: T, next: T) => boolean): void {
  for (let at = 1; at < items.length; at++) {
    if (!isBefore(items[at - 1]!, items[at]!)) throw new RangeError('out of order')
  }
}

/** Counts are never negative; avsc has refused what is beyond 2^53. */
function checkCount(count: number): number {
  if (count < 0) throw new RangeError(`a count of ${count}`)
  return count
}
