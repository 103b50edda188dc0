import type { CohortTallies, FieldCounts, Pair } from '../../pane/pane.ts'
import { BUCKETS } from '../../sketch/bucket-counts.ts'
import type { BucketCounts } from '../../sketch/bucket-counts.ts'
import type { SumTable } from '../../sketch/sum-table.ts'

/** A number per unit bucket, of control and of candidate. */
export type ByBucket = Pair<Float64Array>

export function sumByBucket(plus: readonly BucketCounts[], minus: readonly BucketCounts[] = []): Float64Array {
  const sum = new Float64Array(BUCKETS)
  addToBuckets(sum, plus)
  addToBuckets(sum, minus, -1)
  return sum
}

export function addToBuckets(sum: Float64Array, each: readonly BucketCounts[], sign: 1 | -1 = 1): void {
  for (const counts of each) counts.addTo(sum, sign)
}

/** Values of a field: accepted records that hold one, finite where it is a number. */
export function valuesByBucket(cohort: CohortTallies, counts: FieldCounts): Float64Array {
  const { denominators, without } = valuesOf(cohort, counts)
  return sumByBucket(denominators, without)
}

/** The same not added up yet. */
export function valuesOf(
  { accepted }: CohortTallies,
  { nulls, absent, nan, infinite, aside }: FieldCounts,
): { denominators: readonly BucketCounts[]; without: readonly BucketCounts[] } {
  return { denominators: [accepted], without: [nulls, absent, nan, infinite, aside] }
}

/** Exact sums as numbers. */
export function numbersOf(sums: SumTable): Float64Array {
  return Float64Array.from({ length: BUCKETS }, (_, bucket) => sums.toNumber(bucket))
}

/** Records of a cohort: accepted, late and rejected; repeats aside. */
export function recordsByBucket({ accepted, late, rejected }: CohortTallies): Float64Array {
  return sumByBucket([accepted, late, rejected])
}
