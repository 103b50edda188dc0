import type { BucketCounts } from '../sketch/bucket-counts.ts'
import type { BinTable } from '../sketch/bin-table.ts'
import type { CategoryCounts } from '../sketch/category-counts.ts'
import type { CategoryTable } from '../sketch/category-table.ts'
import type { CellTable } from '../sketch/cell-table.ts'
import type { SumTable } from '../sketch/sum-table.ts'
import type { UnitSample } from '../sketch/unit-sample.ts'
import type { ValueHistogram } from '../sketch/value-histogram.ts'
import type { ViolationReason } from '../contract/violation.ts'

export const CONTROL = 0
export const CANDIDATE = 1
export const OTHER = 2
export const UNKNOWN = 3
export type Cohort = typeof CONTROL | typeof CANDIDATE | typeof OTHER | typeof UNKNOWN
/** Two of something, for control and for candidate, in this order. */
export type Pair<T> = [control: T, candidate: T]

/**
 * Everything of one stream that adds: of one partition's five minutes (a pane), of all partitions' (a slice).
 * `mergeTallies(a, b)` equals having counted both into one, in any order and split.
 *
 *   read = Σ accepted + repeats + late + rejected over all cohorts, + synthetic
 */
export interface Tallies {
  cohorts: Pair<CohortTallies>
  /** Records of a cohort that is configured nowhere, and records whose cohort could not be read. */
  other: OutsideTallies
  unknown: OutsideTallies
  synthetic: number
  /** Control and candidate pooled; each unit carries the mask of its cohorts (1 control, 2 candidate). */
  units: UnitSample
  /** Of cohort `other` (mask 4). */
  otherUnits: UnitSample
  /** In the order of the configuration. */
  fields: FieldTallies[]
  /** In order of first appearance; at most 64 pairs, then one pair `other`. */
  violations: ViolationTallies[]
  /** Accepted, late and rejected records by schema id; and by top-level field and type, as `name:type`. Capped at 256 keys, then `other`. */
  schemaIds: Map<string, number>
  shapes: Map<string, number>
  /** Inside counted values of declared segments, by field and value (UTF-8 bytes); empty = not counted (segments.ts). */
  segments: SegmentTallies[]
}

/** Accepted non-repeat records that hold this value of a segment's field. */
export interface SegmentTallies {
  /** Position of the field. */
  field: number
  value: string
  cohorts: Pair<InsideTallies>
}

/** As in `CohortTallies`; `missing` (null, absent or NaN) by position of the field, where there is any. */
export interface InsideTallies {
  accepted: BucketCounts
  missing: Map<number, BucketCounts>
  rates: BucketCounts[]
  sums: SumTable[]
}

/** Per unit bucket. "accepted" here leaves repeats out; a report's `accepted` is accepted + repeats. */
export interface CohortTallies {
  accepted: BucketCounts
  repeats: BucketCounts
  late: BucketCounts
  /** Rejected although the cohort could be read. */
  rejected: BucketCounts
  /** Numerators, in the order of the plan's `rates` and `sums`; accepted non-repeats only. */
  rates: BucketCounts[]
  sums: SumTable[]
}

export interface OutsideTallies {
  accepted: number
  repeats: number
  late: number
  rejected: number
}

/** Accepted non-repeat records only. values = accepted - nulls - absent - nan - infinite - aside. */
export interface FieldTallies {
  kind: 'numeric' | 'categorical' | 'boolean'
  counts: Pair<FieldCounts>
  /** numeric: finite values per cohort; else null. */
  histograms: Pair<ValueHistogram> | null
  /** categorical: exact names per cohort; else null. */
  categories: Pair<CategoryCounts> | null
  /** [256][bins] of control and candidate; null for boolean. In a slice whose cells are frozen it is a CellTable. */
  table: BinTable | CategoryTable | CellTable | null
}

export interface FieldCounts {
  nulls: BucketCounts
  absent: BucketCounts
  nan: BucketCounts
  infinite: BucketCounts
  /** Finite values outside the declared range. */
  outOfRange: BucketCounts
  /** Set aside: wrong-type and not-in-values. */
  aside: BucketCounts
  /** boolean only. */
  trues: BucketCounts
}

export interface ViolationTallies {
  reason: ViolationReason | 'other'
  /** The field; for a timestamp the time field, for a cohort the cohort field; '' where there is none. */
  field: string
  counts: Pair<BucketCounts>
  /** Of cohort other and of unknown cohort. */
  outside: number
  /** Which of the 256 buckets `outside` came from, where the unit could be read: bit b of word b >> 5. */
  outsideBuckets: Uint32Array
}

/** What one partition said in [startMs, startMs + lengthMs). Immutable; its identity is (stream, partition, startMs). */
export interface Pane {
  stream: string
  partition: number
  startMs: number
  lengthMs: number
  paneConfigDigest: string
  /** Closed because the partition fell silent, not because its watermark passed. */
  idle: boolean
  /** Records that vanished from the log before or inside this pane. 0 = complete. */
  lost: number
  tallies: Tallies
}
